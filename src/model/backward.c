/* The forward pass in reverse: read it beside forward.c, bottom to top. dx is
 * the gradient of the residual stream, to which each sublayer adds its own. */
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

/* One pass through the layers: what every step below needs. */
typedef struct {
	const lk_model *model;
	const lk_model_config *c;
	lk_activations *act;
	const lk_pass *pass;
	size_t B, T, R;
	bool accumulate;
} backward;

static void norm_backward(const backward *b, lk_real *dx, lk_real *dgain,
		lk_real *dbias, const lk_real *dy, const lk_real *x,
		const lk_real *gain, const lk_real *mean, const lk_real *rstd,
		bool add)
{
	if (b->c->norm == LK_LAYERNORM)
		lk_layernorm_backward(dx, dgain, dbias, dy, x, gain, mean, rstd, b->R,
				b->c->width, add, b->accumulate, b->act->partial);
	else
		lk_rmsnorm_backward(dx, dgain, dy, x, gain, rstd, b->R, b->c->width,
				add, b->accumulate, b->act->partial);
}

/* dW and db of y = x W^T + b, for x of C and y of N columns; then dx, unless
 * NULL. */
static void linear_backward(const backward *b, lk_real *dx, lk_real *dw,
		lk_real *dbias, const lk_real *dy, const lk_real *x,
		const lk_real *w, size_t N, size_t C)
{
	lk_linear_backward_weight(dw, dy, x, b->R, N, C, N, b->accumulate);
	if (dbias)
		lk_bias_backward(dbias, dy, b->R, N, b->accumulate, b->act->partial);
	lk_linear_backward_input(dx, dy, w, b->R, N, C, N);
}

/* The stream's gradient as it enters a sublayer's output projection. */
static const lk_real *undropped(const backward *b, size_t layer, uint32_t which)
{
	const lk_batch *batch = b->pass->batch;

	if (!b->pass->train || b->c->dropout <= 0)
		return b->act->dx;
	lk_dropout_backward(b->act->dropped, b->act->dx, b->B, b->T * b->c->width,
			b->c->dropout, b->model->dropout, batch->step,
			lk_drop_site(layer, which), batch->sequence);
	return b->act->dropped;
}

static void mlp_backward(const backward *b, size_t layer,
		const lk_layer_parameters *p, const lk_layer_parameters *d,
		const lk_layer_activations *a)
{
	const lk_model_config *c = b->c;
	lk_activations *act = b->act;
	const lk_real *dy = undropped(b, layer, LK_DROP_MLP);

	linear_backward(b, act->dact, d->down_weight, d->down_bias, dy, a->act,
			p->down_weight, c->width, c->hidden);
	if (c->mlp == LK_GELU)
		lk_gelu_backward(act->dup, act->dact, a->up, b->R, c->hidden);
	else if (c->mlp == LK_SWIGLU)
		lk_swiglu_backward(act->dup, act->dact, a->up, b->R, c->hidden);
	else
		lk_relu2_backward(act->dup, act->dact, a->up, b->R, c->hidden);
	linear_backward(b, act->dh, d->up_weight, d->up_bias, act->dup, a->h2,
			p->up_weight, lk_up_rows(c), c->width);
	norm_backward(b, act->dx, d->norm2_gain, d->norm2_bias, act->dh, a->middle,
			p->norm2_gain, a->mean2, a->rstd2, true);
}

/* From act->dattended to act->dqkv. */
static void attend_backward(const backward *b, size_t layer,
		const lk_layer_parameters *p, const lk_layer_parameters *d,
		const lk_layer_activations *a)
{
	const lk_model_config *c = b->c;
	lk_activations *act = b->act;
	const lk_batch *batch = b->pass->batch;
	size_t T = b->T, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t Q = lk_qkv_rows(c), ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;
	lk_real *dqk = c->qk_norm ? act->dqk : act->dqkv;
	lk_attention_dropout dropout = { b->pass->train ? c->dropout : 0,
		b->model->dropout, batch->step, batch->sequence,
		lk_drop_site(layer, LK_DROP_ATTENTION) };

	lk_attention_backward(lk_heads_in_rows(dqk, T, D, ld),
			lk_heads_in_rows(dqk + H * D, T, D, ld),
			lk_heads_in_rows(act->dqkv + (H + K) * D, T, D, Q),
			act->delta, lk_heads_in_rows(act->dattended, T, D, H * D),
			lk_heads_in_rows(a->attended, T, D, H * D), a->lse,
			lk_heads_in_rows(qk, T, D, ld),
			lk_heads_in_rows(qk + H * D, T, D, ld),
			lk_heads_in_rows(a->qkv + (H + K) * D, T, D, Q),
			b->pass->first, b->B, T, H, K, D,
			(lk_real)(1 / sqrt((double)D)), &dropout);
	if (c->position == LK_ROPE)
		lk_rope_backward(dqk, act->cosine, act->sine, b->B, T, H + K, D, ld, 0);
	if (c->qk_norm) {
		lk_headnorm_backward(act->dqkv, d->query_gain, dqk, a->qkv,
				p->query_gain, a->q_rms, b->R, H, D, Q, ld, Q,
				b->accumulate, act->partial);
		lk_headnorm_backward(act->dqkv + H * D, d->key_gain, dqk + H * D,
				a->qkv + H * D, p->key_gain, a->k_rms, b->R, K, D, Q,
				ld, Q, b->accumulate, act->partial);
	}
}

static void attention_backward(const backward *b, size_t layer,
		const lk_layer_parameters *p, const lk_layer_parameters *d,
		const lk_layer_activations *a)
{
	const lk_model_config *c = b->c;
	lk_activations *act = b->act;
	const lk_real *dy = undropped(b, layer, LK_DROP_ATTENDED);

	linear_backward(b, act->dattended, d->output_weight, d->output_bias, dy,
			a->attended, p->output_weight, c->width,
			c->heads * c->head_size);
	attend_backward(b, layer, p, d, a);
	linear_backward(b, act->dh, d->qkv_weight, d->qkv_bias, act->dqkv, a->h1,
			p->qkv_weight, lk_qkv_rows(c), c->width);
	norm_backward(b, act->dx, d->norm1_gain, d->norm1_bias, act->dh, a->x,
			p->norm1_gain, a->mean1, a->rstd1, true);
}

static void embedding_backward(const backward *b, const lk_parameters *d)
{
	const lk_model_config *c = b->c;
	const lk_batch *batch = b->pass->batch;
	lk_activations *act = b->act;
	size_t C = c->width;

	if (b->pass->train && c->dropout > 0)
		lk_dropout_backward(act->dx, act->dx, b->B, b->T * C, c->dropout,
				b->model->dropout, batch->step, 0, batch->sequence);
	/* A tied head has written its share of the token gradient already. */
	lk_embedding_backward_token(d->token, act->dx, batch->input, b->B, b->T,
			c->vocabulary, C, b->accumulate || c->tied);
	if (d->position)
		lk_embedding_backward_position(d->position, act->dx, b->B, b->T,
				c->context, C, b->accumulate);
}

void lk_network_backward(lk_model *model, const lk_pass *pass, bool accumulate)
{
	lk_network *network = model->network;
	const lk_parameters *p = &network->parameter, *d = &network->gradient;
	lk_activations *act = &network->act;
	size_t B = pass->batch->B, T = pass->batch->T;
	backward b = { model, &model->config, act, pass, B, T, B * T, accumulate };

	norm_backward(&b, act->dx, d->norm_gain, d->norm_bias, act->dh, act->x,
			p->norm_gain, act->mean, act->rstd, false);
	for (size_t l = model->config.layers; l-- > 0;) {
		mlp_backward(&b, l, &p->layer[l], &d->layer[l], &act->layer[l]);
		attention_backward(&b, l, &p->layer[l], &d->layer[l], &act->layer[l]);
	}
	embedding_backward(&b, d);
}
