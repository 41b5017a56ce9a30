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
#include "kernels/mix.h"
#include "kernels/relu2.h"
#include "kernels/residual.h"
#include "kernels/rmsnorm.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "model/network.h"

#include <math.h>

/* One pass through the layers: what every step below needs. */
typedef struct {
	const lk_model *model;
	const lk_model_config *c;
	const lk_activations *act;
	const lk_pass *pass;
	size_t R; /* rows of the micro-batch */
	size_t layer;
} backward;

static lk_real *partial(const backward *b, const lk_slab *slab)
{
	return b->act->partial + slab->worker * b->act->partial_count;
}

/* dx += the gradient through a norm; those of its gain and bias into this slab's
 * row of sums. */
static void norm_backward(const backward *b, const lk_slab *slab, lk_real *dx,
		const lk_real *dy, const lk_real *x, const lk_real *gain,
		const lk_real *mean, const lk_real *rstd, int sums, bool add)
{
	size_t C = b->c->width;
	lk_real *dgain = b->act->sums[sums] + slab->number * 2 * C;

	lk_profile_mark(b->model->profile, LK_REGION_ELEMENT_BACK);
	if (b->c->norm == LK_LAYERNORM)
		lk_layernorm_backward(dx, dgain, dgain + C, dy, x, gain, mean, rstd,
				slab->rows, C, add, false, partial(b, slab));
	else
		lk_rmsnorm_backward(dx, dgain, dy, x, gain, rstd, slab->rows, C, add,
				false, partial(b, slab));
}

/* What a norm gave in the forward pass. */
static void norm_again(const backward *b, const lk_slab *slab, lk_real *y,
		const lk_real *x, const lk_real *gain, const lk_real *bias,
		const lk_real *mean, const lk_real *rstd)
{
	lk_profile_mark(b->model->profile, LK_REGION_ELEMENT_BACK);
	if (b->c->norm == LK_LAYERNORM)
		lk_layernorm_again(y, x, gain, bias, mean, rstd, slab->rows,
				b->c->width);
	else
		lk_rmsnorm_again(y, x, gain, rstd, slab->rows, b->c->width);
}

/* Through y = x W^T + b to dx; what the parameters' gradients need is kept. */
static void linear_backward(const backward *b, const lk_slab *slab, lk_real *dx,
		const lk_real *dy, const lk_matrix *matrix, int kept,
		const lk_real *bias)
{
	size_t N = matrix->N;

	lk_profile_mark(b->model->profile, LK_REGION_LINEAR_BACK);
	lk_keep_dy(&b->act->kept[kept], dy, slab->row, slab->rows, b->R);
	if (bias)
		lk_bias_backward(b->act->sums[LK_SUMS_BIAS + kept] + slab->number * N,
				dy, slab->rows, N, false, partial(b, slab));
	lk_matrix_backward_input(dx, dy, matrix, slab->rows);
}

/* The stream's gradient as it enters a sublayer's output projection. */
static const lk_real *undropped(const backward *b, const lk_slab *slab,
		const lk_real *dx, uint32_t which)
{
	const lk_batch *batch = b->pass->batch;
	size_t C = b->c->width;
	lk_real *dy = b->act->slab_dy + slab->worker * b->act->most.rows * C;

	if (!b->pass->train || b->c->dropout <= 0)
		return dx;
	lk_dropout_backward(dy, dx, slab->B, slab->position * C, slab->T * C,
			b->c->dropout, b->model->dropout, batch->step,
			lk_drop_site(b->layer, which),
			batch->sequence + slab->sequence);
	return dy;
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
	size_t C = c->width, HD = c->heads * c->head_size, r = slab->row;
	size_t R = slab->rows, U = lk_up_rows(c);
	lk_real *dx = act->dx + r * C;
	lk_real *dup = act->slab_dup + slab->worker * act->most.rows * U;

	linear_backward(b, slab, a.act, undropped(b, slab, dx, LK_DROP_MLP), &m->down,
			LK_KEPT_DOWN, p->down_bias);
	lk_profile_mark(b->model->profile, LK_REGION_ELEMENT_BACK);
	activation_backward(c, dup, a.act, a.act, a.up, R); /* a.act: gradient, then act */
	lk_profile_mark(b->model->profile, LK_REGION_LINEAR_BACK);
	lk_keep_x(&act->kept[LK_KEPT_DOWN], a.act, r, R, b->R);

	norm_again(b, slab, a.h2, a.middle, p->norm2_gain, p->norm2_bias, a.mean2,
			a.rstd2);
	lk_profile_mark(b->model->profile, LK_REGION_LINEAR_BACK);
	lk_keep_x(&act->kept[LK_KEPT_UP], a.h2, r, R, b->R);
	linear_backward(b, slab, a.h2, dup, &m->up, LK_KEPT_UP, p->up_bias);
	norm_backward(b, slab, dx, a.h2, a.middle, p->norm2_gain, a.mean2, a.rstd2,
			LK_SUMS_NORM2, true);

	lk_profile_mark(b->model->profile, LK_REGION_LINEAR_BACK);
	lk_keep_x(&act->kept[LK_KEPT_OUTPUT], a.attended, r, R, b->R);
	linear_backward(b, slab, act->dattended + r * HD,
			undropped(b, slab, dx, LK_DROP_ATTENDED), &m->output,
			LK_KEPT_OUTPUT, p->output_bias);
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

	lk_profile_mark(b->model->profile, LK_REGION_ATTENTION_BACK);
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

/* From the gradient of what a layer reads to those of the stream and of the
 * embedding, which the first layer, the last to come, joins. */
static void mix_backward(const backward *b, const lk_slab *slab,
		const lk_layer_activations *a, const lk_real *mix)
{
	const lk_activations *act = b->act;
	size_t C = b->c->width, at = slab->row * C;
	bool first = b->layer + 1 == b->c->layers;

	lk_mix_backward(act->dx + at, act->dx0 + at,
			act->sums[LK_SUMS_MIX] + slab->number * LK_MIX, a->raw, a->x0,
			mix, slab->rows, C, !first, false, partial(b, slab));
	if (b->layer == 0)
		lk_residual_forward(act->dx + at, act->dx + at, act->dx0 + at,
				slab->rows * C);
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

	lk_profile_mark(b->model->profile, LK_REGION_POSITION);
	if (c->position == LK_ROPE)
		lk_rope_backward(dqk, act->cosine, act->sine, slab->B, slab->T, H + K,
				D, ld, slab->position);
	if (c->qk_norm) {
		lk_headnorm_backward(dqkv, act->sums[LK_SUMS_QUERY] + slab->number * D,
				dqk, a.qkv, p->query_gain, a.q_rms, R, H, D, Q, ld, Q,
				false, partial(b, slab));
		lk_headnorm_backward(dqkv + H * D,
				act->sums[LK_SUMS_KEY] + slab->number * D,
				dqk + H * D, a.qkv + H * D, p->key_gain, a.k_rms, R,
				K, D, Q, ld, Q, false, partial(b, slab));
	}
	norm_again(b, slab, a.h1, a.x, p->norm1_gain, p->norm1_bias, a.mean1,
			a.rstd1);
	lk_profile_mark(b->model->profile, LK_REGION_LINEAR_BACK);
	lk_keep_x(&act->kept[LK_KEPT_QKV], a.h1, r, R, b->R);
	linear_backward(b, slab, a.h1, dqkv, &act->matrix[b->layer].qkv, LK_KEPT_QKV,
			p->qkv_bias);
	norm_backward(b, slab, act->dx + r * C, a.h1, a.x, p->norm1_gain, a.mean1,
			a.rstd1, LK_SUMS_NORM1, true);
	if (c->x0_mix)
		mix_backward(b, slab, &a, p->mix);
}

static void final_norm_backward(const backward *b, const lk_slab *slab)
{
	const lk_activations *act = b->act;
	const lk_parameters *p = &((lk_network *)b->model->network)->parameter;
	size_t C = b->c->width, r = slab->row;

	norm_backward(b, slab, act->dx + r * C, act->dh + r * C, act->x + r * C,
			p->norm_gain, act->mean + r, act->rstd + r, LK_SUMS_FINAL,
			false);
}

/* The work of a slab: a layer down to its attention, or, where no other slab has a
 * part in that, down to its input. */
static void upper_half(void *context, const lk_slab *slab, size_t step)
{
	const backward *b = context;

	(void)step;
	if (b->layer + 1 == b->c->layers)
		final_norm_backward(b, slab);
	mlp_backward(b, slab);
	if (!lk_slabs_part(&b->pass->slabs)) {
		lk_layer_activations a = lk_layer_slab(b->model, b->layer, slab);

		attend_backward(b, &a, slab->B, slab->sequence);
		queries_backward(b, slab);
	}
}

static void lower_half(void *context, const lk_slab *slab, size_t step)
{
	(void)step;
	queries_backward(context, slab);
}

/* The gradient of a gain or bias (count), unless there is none: all slabs' sums,
 * which begin `from` in rows of ld. */
static void add_slabs(const backward *b, lk_real *d, int sums, size_t from,
		size_t count, size_t ld, bool accumulate)
{
	if (d)
		lk_partials_combine(d, b->act->sums[sums] + from,
				b->pass->slabs.count, count, ld, accumulate);
}

static void add_norm(const backward *b, lk_real *dgain, lk_real *dbias, int sums,
		bool accumulate)
{
	size_t C = b->c->width;

	add_slabs(b, dgain, sums, 0, C, 2 * C, accumulate);
	add_slabs(b, dbias, sums, C, C, 2 * C, accumulate);
}

/* The gradients of one layer's parameters. */
static void parameters_backward(const backward *b, const lk_layer_parameters *d,
		bool accumulate)
{
	const lk_kept *kept = b->act->kept;
	size_t D = b->c->head_size;
	lk_real *const weights[LK_KEPT] = { [LK_KEPT_UP] = d->up_weight,
		[LK_KEPT_DOWN] = d->down_weight, [LK_KEPT_QKV] = d->qkv_weight,
		[LK_KEPT_OUTPUT] = d->output_weight };
	lk_real *const biases[LK_KEPT] = { [LK_KEPT_UP] = d->up_bias,
		[LK_KEPT_DOWN] = d->down_bias, [LK_KEPT_QKV] = d->qkv_bias,
		[LK_KEPT_OUTPUT] = d->output_bias };

	lk_profile_mark(b->model->profile, LK_REGION_WEIGHTS_BACK);
	lk_kept_gradients(weights, kept, LK_KEPT, b->R, accumulate);
	lk_profile_mark(b->model->profile, LK_REGION_ELEMENT_BACK);
	for (int i = 0; i < LK_KEPT; i++)
		add_slabs(b, biases[i], LK_SUMS_BIAS + i, 0, kept[i].N, kept[i].N,
				accumulate);
	add_norm(b, d->norm2_gain, d->norm2_bias, LK_SUMS_NORM2, accumulate);
	add_norm(b, d->norm1_gain, d->norm1_bias, LK_SUMS_NORM1, accumulate);
	add_slabs(b, d->query_gain, LK_SUMS_QUERY, 0, D, D, accumulate);
	add_slabs(b, d->key_gain, LK_SUMS_KEY, 0, D, D, accumulate);
	add_slabs(b, d->mix, LK_SUMS_MIX, 0, LK_MIX, LK_MIX, accumulate);
}

static void embedding_norm_backward(void *context, const lk_slab *slab, size_t step)
{
	const backward *b = context;
	const lk_activations *act = b->act;
	const lk_parameters *p = &((lk_network *)b->model->network)->parameter;
	size_t r = slab->row, at = r * b->c->width;

	(void)step;
	norm_backward(b, slab, act->dh + at, act->dx + at, act->embedded + at,
			p->embedding_gain, act->mean0 + r, act->rstd0 + r,
			LK_SUMS_EMBEDDING, false);
}

static void embedding_backward(backward *b, const lk_parameters *d,
		lk_slab_queue *queue, bool accumulate)
{
	const lk_model_config *c = b->c;
	const lk_batch *batch = b->pass->batch;
	lk_real *dx = b->act->dx;
	size_t C = c->width, B = batch->B, T = batch->T;

	if (b->pass->train && c->dropout > 0)
		lk_dropout_backward(dx, dx, B, 0, T * C, c->dropout,
				b->model->dropout, batch->step, 0, batch->sequence);
	if (c->embedding_norm) {
		lk_slabs_run(&b->pass->slabs, queue, 1, embedding_norm_backward, b);
		#pragma omp barrier
		add_norm(b, d->embedding_gain, d->embedding_bias, LK_SUMS_EMBEDDING,
				accumulate);
		dx = b->act->dh;
	}
	lk_profile_mark(b->model->profile, LK_REGION_EMBEDDING);
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
	lk_activations *act = &network->act;
	backward b = { model, &model->config, act, pass,
		pass->batch->B * pass->batch->T, 0 };

	for (b.layer = model->config.layers; b.layer-- > 0;) {
		lk_slabs_run(&pass->slabs, &act->queue, 1, upper_half, &b);
		#pragma omp barrier
		if (lk_slabs_part(&pass->slabs)) {
			attend_backward(&b, &act->layer[b.layer], pass->batch->B, 0);
			lk_slabs_run(&pass->slabs, &act->queue, 1, lower_half, &b);
			#pragma omp barrier
		}
		parameters_backward(&b, &d->layer[b.layer], accumulate);
	}
	add_norm(&b, d->norm_gain, d->norm_bias, LK_SUMS_FINAL, accumulate);
	embedding_backward(&b, d, &act->queue, accumulate);
}
