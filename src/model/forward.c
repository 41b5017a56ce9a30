#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/headnorm.h"
#include "kernels/layernorm.h"
#include "kernels/relu2.h"
#include "kernels/residual.h"
#include "kernels/rmsnorm.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "model/network.h"

#include <math.h>

void lk_norm_forward(const lk_model_config *c, lk_real *y, lk_real *mean,
		lk_real *rstd, const lk_real *x, const lk_real *gain,
		const lk_real *bias, size_t R)
{
	lk_real eps = (lk_real)c->norm_epsilon;

	if (c->norm == LK_LAYERNORM)
		lk_layernorm_forward(y, mean, rstd, x, gain, bias, R, c->width, eps);
	else
		lk_rmsnorm_forward(y, rstd, x, gain, R, c->width, eps);
}

void lk_layer_queries(const lk_model_config *c, const lk_layer_parameters *p,
		lk_layer_activations *a, const lk_real *cosine,
		const lk_real *sine, size_t B, size_t T, size_t position)
{
	size_t R = B * T, C = c->width, D = c->head_size, H = c->heads;
	size_t K = c->kv_heads, Q = lk_qkv_rows(c), ld_qk = (H + K) * D;
	lk_real eps = (lk_real)c->norm_epsilon;

	lk_norm_forward(c, a->h1, a->mean1, a->rstd1, a->x, p->norm1_gain,
			p->norm1_bias, R);
	lk_linear_forward(a->qkv, a->h1, p->qkv_weight, p->qkv_bias, NULL, R, Q, C,
			Q);
	if (c->qk_norm) {
		lk_headnorm_forward(a->qk, a->q_rms, a->qkv, p->query_gain, R, H, D,
				ld_qk, Q, eps);
		lk_headnorm_forward(a->qk + H * D, a->k_rms, a->qkv + H * D,
				p->key_gain, R, K, D, ld_qk, Q, eps);
	}
	if (c->position == LK_ROPE) /* queries and keys stand side by side */
		lk_rope_forward(c->qk_norm ? a->qk : a->qkv, cosine, sine, B, T,
				H + K, D, c->qk_norm ? ld_qk : Q, position);
}

/* y = x W^T + b, dropped where this pass drops, + residual. */
static void project(const lk_model *model, lk_real *y, const lk_real *x,
		const lk_real *w, const lk_real *bias, const lk_real *residual,
		size_t B, size_t T, size_t inputs, uint32_t site,
		const lk_pass *pass)
{
	size_t C = model->config.width, R = B * T;
	double p = pass && pass->train ? model->config.dropout : 0;

	lk_linear_forward(y, x, w, bias, p > 0 ? NULL : residual, R, C, inputs, C);
	if (p > 0) {
		lk_dropout_forward(y, y, B, T * C, p, model->dropout,
				pass->batch->step, site, pass->batch->sequence);
		lk_residual_forward(y, y, residual, R * C);
	}
}

void lk_layer_output(const lk_model *model, const lk_layer_parameters *p,
		lk_layer_activations *a, lk_real *y, size_t layer, size_t B,
		size_t T, const lk_pass *pass)
{
	const lk_model_config *c = &model->config;
	size_t R = B * T, C = c->width;

	project(model, a->middle, a->attended, p->output_weight, p->output_bias,
			a->x, B, T, c->heads * c->head_size,
			lk_drop_site(layer, LK_DROP_ATTENDED), pass);
	lk_norm_forward(c, a->h2, a->mean2, a->rstd2, a->middle, p->norm2_gain,
			p->norm2_bias, R);
	lk_linear_forward(a->up, a->h2, p->up_weight, p->up_bias, NULL, R,
			lk_up_rows(c), C, lk_up_rows(c));
	if (c->mlp == LK_GELU)
		lk_gelu_forward(a->act, a->up, R, c->hidden);
	else if (c->mlp == LK_SWIGLU)
		lk_swiglu_forward(a->act, a->up, R, c->hidden);
	else
		lk_relu2_forward(a->act, a->up, R, c->hidden);
	project(model, y, a->act, p->down_weight, p->down_bias, a->middle, B, T,
			c->hidden, lk_drop_site(layer, LK_DROP_MLP), pass);
}

static void attend(const lk_model *model, lk_layer_activations *a, size_t layer,
		const lk_pass *pass)
{
	const lk_model_config *c = &model->config;
	const lk_batch *batch = pass->batch;
	size_t T = batch->T, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t Q = lk_qkv_rows(c), ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;
	lk_attention_dropout dropout = { pass->train ? c->dropout : 0,
		model->dropout, batch->step, batch->sequence,
		lk_drop_site(layer, LK_DROP_ATTENTION) };

	lk_attention_forward(lk_heads_in_rows(a->attended, T, D, H * D), a->lse,
			lk_heads_in_rows(qk, T, D, ld),
			lk_heads_in_rows(qk + H * D, T, D, ld),
			lk_heads_in_rows(a->qkv + (H + K) * D, T, D, Q), pass->first,
			batch->B, T, T, H, K, D, (lk_real)(1 / sqrt((double)D)),
			&dropout);
}

void lk_network_forward(lk_model *model, const lk_pass *pass)
{
	const lk_model_config *c = &model->config;
	lk_network *network = model->network;
	lk_activations *act = &network->act;
	const lk_parameters *p = &network->parameter;
	const lk_batch *batch = pass->batch;
	size_t B = batch->B, T = batch->T, C = c->width;

	lk_embedding_forward(act->layer[0].x, batch->input, p->token, p->position, B,
			T, C);
	if (pass->train && c->dropout > 0)
		lk_dropout_forward(act->layer[0].x, act->layer[0].x, B, T * C,
				c->dropout, model->dropout, batch->step, 0,
				batch->sequence);
	for (size_t l = 0; l < c->layers; l++) {
		lk_layer_activations *a = &act->layer[l];
		lk_real *y = l + 1 < c->layers ? act->layer[l + 1].x : act->x;

		lk_layer_queries(c, &p->layer[l], a, act->cosine, act->sine, B, T, 0);
		attend(model, a, l, pass);
		lk_layer_output(model, &p->layer[l], a, y, l, B, T, pass);
	}
	lk_norm_forward(c, act->h, act->mean, act->rstd, act->x, p->norm_gain,
			p->norm_bias, B * T);
}
