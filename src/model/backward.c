/* The forward pass in reverse: read it beside forward.c, bottom to top. dx is
 * the gradient of the residual stream, to which each sublayer adds its own. The
 * slabs leave both sides of every weight gradient behind; the products follow
 * when all have, layer by layer. */
#include "kernels/bias.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/headnorm.h"
#include "kernels/layernorm.h"
#include "kernels/relu2.h"
#include "kernels/rmsnorm.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "model/network.h"

#include <math.h>
#include <string.h>

/* One pass through the layers: what every step below needs. */
typedef struct {
	const lk_model *model;
	const lk_model_config *c;
	const lk_activations *act;
	const lk_pass *pass;
	size_t layer;
} backward;

/* dx += the gradient through a norm; those of its gain and bias into this slab's
 * row of act->gains[which]. */
static void norm_backward(const backward *b, const lk_slab *slab, lk_real *dx,
		const lk_real *dy, const lk_real *x, const lk_real *gain,
		const lk_real *mean, const lk_real *rstd, int which, bool add)
{
	const lk_activations *act = b->act;
	size_t C = b->c->width;
	lk_real *dgain = act->gains[which] + slab->number * 2 * C;
	lk_real *partial = act->partial + slab->worker * act->partial_count;

	if (b->c->norm == LK_LAYERNORM)
		lk_layernorm_backward(dx, dgain, dgain + C, dy, x, gain, mean, rstd,
				slab->rows, C, add, false, partial);
	else
		lk_rmsnorm_backward(dx, dgain, dy, x, gain, rstd, slab->rows, C, add,
				false, partial);
}

/* The stream's gradient as it enters a sublayer's output projection: kept, since
 * the stream's own goes on. */
static void undrop(const backward *b, const lk_slab *slab, lk_real *dy,
		const lk_real *dx, uint32_t which)
{
	const lk_batch *batch = b->pass->batch;
	size_t C = b->c->width;

	if (b->pass->train && b->c->dropout > 0) {
		lk_dropout_backward(dy, dx, slab->B, slab->position * C, slab->T * C,
				b->c->dropout, b->model->dropout, batch->step,
				lk_drop_site(b->layer, which),
				batch->sequence + slab->sequence);
		return;
	}
	#pragma omp for
	for (size_t r = 0; r < slab->rows; r++)
		memcpy(dy + r * C, dx + r * C, C * sizeof *dy);
}

/* From the gradient of act to that of up, and act again. */
static void activation_backward(const lk_model_config *c, lk_real *dup, lk_real *act,
		const lk_real *dact, const lk_real *up, size_t R)
{
	if (c->mlp == LK_GELU)
		lk_gelu_backward(dup, act, dact, up, R, c->hidden);
	else if (c->mlp == LK_SWIGLU)
		lk_swiglu_backward(dup, act, dact, up, R, c->hidden);
	else
		lk_relu2_backward(dup, act, dact, up, R, c->hidden);
}

/* The MLP, and attention's output projection: from dx where the layer ends to
 * dattended. */
static void mlp_backward(const backward *b, const lk_slab *slab)
{
	const lk_model_config *c = b->c;
	const lk_activations *act = b->act;
	const lk_network *network = b->model->network;
	const lk_layer_parameters *p = &network->parameter.layer[b->layer];
	const lk_layer_matrices *m = &act->matrix[b->layer];
	lk_layer_activations a = lk_layer_slab(b->model, b->layer, slab);
	size_t C = c->width, r = slab->row, R = slab->rows;
	lk_real *dx = act->dx + r * C, *dy = act->dy_down + r * C;
	lk_real *dup = act->dup + r * lk_up_rows(c), *dh = a.h2;

	undrop(b, slab, dy, dx, LK_DROP_MLP);
	lk_matrix_backward_input(a.act, dy, &m->down, R);
	activation_backward(c, dup, act->act + r * c->hidden, a.act, a.up, R);
	lk_norm_forward(c, act->h2 + r * C, a.mean2, a.rstd2, a.middle,
			p->norm2_gain, p->norm2_bias, R);
	lk_matrix_backward_input(dh, dup, &m->up, R);
	norm_backward(b, slab, dx, dh, a.middle, p->norm2_gain, a.mean2, a.rstd2,
			LK_GAINS_NORM2, true);
	undrop(b, slab, act->dy_output + r * C, dx, LK_DROP_ATTENDED);
	lk_matrix_backward_input(act->dattended + r * c->heads * c->head_size,
			act->dy_output + r * C, &m->output, R);
}

/* From act->dattended to act->dqkv or act->dqk, of B whole sequences. */
static void attend_backward(const backward *b, const lk_layer_activations *a,
		size_t B, size_t sequence)
{
	const lk_model_config *c = b->c;
	const lk_activations *act = b->act;
	size_t T = b->pass->batch->T, D = c->head_size, H = c->heads;
	size_t K = c->kv_heads, Q = lk_qkv_rows(c), row = sequence * T;
	size_t ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;
	lk_real *dqkv = act->dqkv + row * Q;
	lk_real *dqk = c->qk_norm ? act->dqk + row * ld : dqkv;
	lk_attention_dropout dropout = lk_pass_attention_dropout(b->model, b->layer,
			b->pass, sequence);

	lk_attention_backward(lk_heads_in_rows(dqk, T, D, ld),
			lk_heads_in_rows(dqk + H * D, T, D, ld),
			lk_heads_in_rows(dqkv + (H + K) * D, T, D, Q),
			act->delta + row * H,
			lk_heads_in_rows(act->dattended + row * H * D, T, D, H * D),
			lk_heads_in_rows(a->attended, T, D, H * D), a->lse,
			lk_heads_in_rows(qk, T, D, ld),
			lk_heads_in_rows(qk + H * D, T, D, ld),
			lk_heads_in_rows(a->qkv + (H + K) * D, T, D, Q),
			b->pass->first ? b->pass->first + row : NULL, B, T, H, K, D,
			(lk_real)(1 / sqrt((double)D)), &dropout);
}

/* From the gradients of rotated queries and keys to dx where the layer begins. */
static void queries_backward(const backward *b, const lk_slab *slab)
{
	const lk_model_config *c = b->c;
	const lk_activations *act = b->act;
	const lk_network *network = b->model->network;
	const lk_layer_parameters *p = &network->parameter.layer[b->layer];
	lk_layer_activations a = lk_layer_slab(b->model, b->layer, slab);
	size_t C = c->width, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t Q = lk_qkv_rows(c), ld = c->qk_norm ? (H + K) * D : Q;
	size_t r = slab->row, R = slab->rows;
	lk_real *dqkv = act->dqkv + r * Q;
	lk_real *dqk = c->qk_norm ? act->dqk + r * ld : dqkv;
	lk_real *partial = act->partial + slab->worker * act->partial_count;

	if (c->position == LK_ROPE)
		lk_rope_backward(dqk, act->cosine, act->sine, slab->B, slab->T, H + K,
				D, ld, slab->position);
	if (c->qk_norm) {
		lk_headnorm_backward(dqkv, act->query_gains + slab->number * D, dqk,
				a.qkv, p->query_gain, a.q_rms, R, H, D, Q, ld, Q,
				false, partial);
		lk_headnorm_backward(dqkv + H * D, act->key_gains + slab->number * D,
				dqk + H * D, a.qkv + H * D, p->key_gain, a.k_rms, R,
				K, D, Q, ld, Q, false, partial);
	}
	lk_norm_forward(c, act->h1 + r * C, a.mean1, a.rstd1, a.x, p->norm1_gain,
			p->norm1_bias, R);
	lk_matrix_backward_input(a.h1, dqkv, &act->matrix[b->layer].qkv, R);
	norm_backward(b, slab, act->dx + r * C, a.h1, a.x, p->norm1_gain, a.mean1,
			a.rstd1, LK_GAINS_NORM1, true);
}

static void upper_half(void *context, const lk_slab *slab)
{
	const backward *b = context;

	mlp_backward(b, slab);
	if (!lk_slabs_part(&b->pass->slabs)) {
		lk_layer_activations a = lk_layer_slab(b->model, b->layer, slab);

		attend_backward(b, &a, slab->B, slab->sequence);
		queries_backward(b, slab);
	}
}

static void lower_half(void *context, const lk_slab *slab)
{
	queries_backward(context, slab);
}

/* The gradients of a norm's gain and bias: all slabs' rows together. */
static void gains(const backward *b, lk_real *dgain, lk_real *dbias, int which,
		bool accumulate)
{
	size_t C = b->c->width, count = b->pass->slabs.count;
	const lk_real *rows = b->act->gains[which];

	lk_partials_combine(dgain, rows, count, C, 2 * C, accumulate);
	if (dbias)
		lk_partials_combine(dbias, rows + C, count, C, 2 * C, accumulate);
}

/* The gradients of one layer's parameters. */
static void parameters_backward(const backward *b, const lk_layer_parameters *d,
		bool accumulate)
{
	const lk_model_config *c = b->c;
	const lk_activations *act = b->act;
	const lk_layer_activations *a = &act->layer[b->layer];
	size_t C = c->width, D = c->head_size, heads = c->heads * D;
	size_t R = b->pass->batch->B * b->pass->batch->T, U = lk_up_rows(c);
	const lk_weight_gradient weights[] = {
		{ d->up_weight, act->dup, act->h2, U, C },
		{ d->down_weight, act->dy_down, act->act, C, c->hidden },
		{ d->qkv_weight, act->dqkv, act->h1, lk_qkv_rows(c), C },
		{ d->output_weight, act->dy_output, a->attended, C, heads },
	};
	const struct {
		lk_real *db;
		const lk_real *dy;
	} biases[] = { { d->up_bias, act->dup }, { d->down_bias, act->dy_down },
		{ d->qkv_bias, act->dqkv }, { d->output_bias, act->dy_output } };

	lk_linear_backward_weights(weights, 4, R, accumulate);
	for (size_t i = 0; i < 4; i++)
		if (biases[i].db)
			lk_bias_backward(biases[i].db, biases[i].dy, R, weights[i].N,
					accumulate, act->partial);
	gains(b, d->norm2_gain, d->norm2_bias, LK_GAINS_NORM2, accumulate);
	gains(b, d->norm1_gain, d->norm1_bias, LK_GAINS_NORM1, accumulate);
	if (c->qk_norm) {
		size_t count = b->pass->slabs.count;

		lk_partials_combine(d->query_gain, act->query_gains, count, D, D,
				accumulate);
		lk_partials_combine(d->key_gain, act->key_gains, count, D, D,
				accumulate);
	}
}

static void final_norm_backward(void *context, const lk_slab *slab)
{
	const backward *b = context;
	const lk_activations *act = b->act;
	const lk_parameters *p = &((lk_network *)b->model->network)->parameter;
	size_t C = b->c->width, r = slab->row;

	norm_backward(b, slab, act->dx + r * C, act->dh + r * C, act->x + r * C,
			p->norm_gain, act->mean + r, act->rstd + r, LK_GAINS_FINAL,
			false);
}

static void embedding_backward(const backward *b, const lk_parameters *d,
		bool accumulate)
{
	const lk_model_config *c = b->c;
	const lk_batch *batch = b->pass->batch;
	lk_real *dx = b->act->dx;
	size_t C = c->width, B = batch->B, T = batch->T;

	if (b->pass->train && c->dropout > 0)
		lk_dropout_backward(dx, dx, B, 0, T * C, c->dropout,
				b->model->dropout, batch->step, 0, batch->sequence);
	/* A tied head has written its share of the token gradient already. */
	lk_embedding_backward_token(d->token, dx, batch->input, B, T, c->vocabulary,
			C, accumulate || c->tied);
	if (d->position)
		lk_embedding_backward_position(d->position, dx, B, T, c->context, C,
				accumulate);
}

void lk_network_backward(lk_model *model, const lk_pass *pass, bool accumulate)
{
	lk_network *network = model->network;
	const lk_parameters *d = &network->gradient;
	const lk_activations *act = &network->act;
	backward b = { model, &model->config, act, pass, 0 };

	lk_slabs_run(&pass->slabs, final_norm_backward, &b);
	for (b.layer = model->config.layers; b.layer-- > 0;) {
		lk_slabs_run(&pass->slabs, upper_half, &b);
		#pragma omp barrier
		if (lk_slabs_part(&pass->slabs)) {
			attend_backward(&b, &act->layer[b.layer], pass->batch->B, 0);
			lk_slabs_run(&pass->slabs, lower_half, &b);
			#pragma omp barrier
		}
		parameters_backward(&b, &d->layer[b.layer], accumulate);
	}
	gains(&b, d->norm_gain, d->norm_bias, LK_GAINS_FINAL, accumulate);
	embedding_backward(&b, d, accumulate);
}
