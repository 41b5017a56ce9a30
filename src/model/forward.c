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

void lk_embed(const lk_model *model, lk_real *x, lk_real *embedded, lk_real *mean,
		lk_real *rstd, const uint32_t *ids, lk_rows rows)
{
	const lk_model_config *c = &model->config;
	const lk_parameters *p = &((const lk_network *)model->network)->parameter;

	lk_profile_mark(model->profile, LK_REGION_EMBEDDING);
	lk_embedding_forward(c->embedding_norm ? embedded : x, ids, p->token,
			p->position ? p->position + rows.position * c->width : NULL,
			rows.B, rows.T, c->width);
	if (c->embedding_norm)
		lk_norm_forward(c, x, mean, rstd, embedded, p->embedding_gain,
				p->embedding_bias, rows.B * rows.T);
}

lk_layer_matrices lk_layer_matrices_of(const lk_model_config *c,
		const lk_layer_parameters *p)
{
	size_t C = c->width, hidden = c->hidden, heads = c->heads * c->head_size;

	return (lk_layer_matrices){
		.qkv = lk_matrix_of(p->qkv_weight, lk_qkv_rows(c), C),
		.output = lk_matrix_of(p->output_weight, C, heads),
		.up = lk_matrix_of(p->up_weight, lk_up_rows(c), C),
		.down = lk_matrix_of(p->down_weight, C, hidden),
	};
}

void lk_layer_queries(const lk_model *model, const lk_layer_parameters *p,
		const lk_layer_matrices *m, lk_layer_activations *a,
		const lk_real *cosine, const lk_real *sine, lk_rows rows)
{
	const lk_model_config *c = &model->config;
	size_t R = rows.B * rows.T, D = c->head_size, H = c->heads;
	size_t K = c->kv_heads, Q = lk_qkv_rows(c), ld_qk = (H + K) * D;
	lk_real eps = (lk_real)c->norm_epsilon;

	lk_profile_mark(model->profile, LK_REGION_NORM);
	if (c->x0_mix)
		lk_mix_forward(a->x, a->raw, a->x0, p->mix, R, c->width);
	lk_norm_forward(c, a->h1, a->mean1, a->rstd1, a->x, p->norm1_gain,
			p->norm1_bias, R);
	lk_profile_mark(model->profile, LK_REGION_LINEAR);
	lk_matrix_forward(a->qkv, a->h1, &m->qkv, p->qkv_bias, NULL, R);
	lk_profile_mark(model->profile, LK_REGION_POSITION);
	if (c->qk_norm) {
		lk_headnorm_forward(a->qk, a->q_rms, a->qkv, p->query_gain, R, H, D,
				ld_qk, Q, eps);
		lk_headnorm_forward(a->qk + H * D, a->k_rms, a->qkv + H * D,
				p->key_gain, R, K, D, ld_qk, Q, eps);
	}
	if (c->position == LK_ROPE) /* queries and keys stand side by side */
		lk_rope_forward(c->qk_norm ? a->qk : a->qkv, cosine, sine, rows.B,
				rows.T, H + K, D, c->qk_norm ? ld_qk : Q,
				rows.position);
}

/* y = x W^T + b, dropped where this pass drops, + residual. */
static void project(const lk_model *model, lk_real *y, const lk_real *x,
		const lk_matrix *matrix, const lk_real *bias, const lk_real *residual,
		lk_rows rows, uint32_t site, const lk_pass *pass, size_t sequence)
{
	size_t C = model->config.width, R = rows.B * rows.T;
	double p = pass && pass->train ? model->config.dropout : 0;

	lk_matrix_forward(y, x, matrix, bias, p > 0 ? NULL : residual, R);
	if (p > 0) {
		lk_dropout_forward(y, y, rows.B, rows.position * C, rows.T * C, p,
				model->dropout, pass->batch->step, site,
				pass->batch->sequence + sequence);
		lk_residual_forward(y, y, residual, R * C);
	}
}

void lk_layer_output(const lk_model *model, const lk_layer_parameters *p,
		const lk_layer_matrices *m, lk_layer_activations *a, lk_real *y,
		size_t layer, lk_rows rows, const lk_pass *pass, size_t sequence)
{
	const lk_model_config *c = &model->config;
	size_t R = rows.B * rows.T;

	lk_profile_mark(model->profile, LK_REGION_LINEAR);
	project(model, a->middle, a->attended, &m->output, p->output_bias, a->x, rows,
			lk_drop_site(layer, LK_DROP_ATTENDED), pass, sequence);
	lk_profile_mark(model->profile, LK_REGION_NORM);
	lk_norm_forward(c, a->h2, a->mean2, a->rstd2, a->middle, p->norm2_gain,
			p->norm2_bias, R);
	lk_profile_mark(model->profile, LK_REGION_LINEAR);
	lk_matrix_forward(a->up, a->h2, &m->up, p->up_bias, NULL, R);
	lk_profile_mark(model->profile, LK_REGION_ACTIVATION);
	if (c->mlp == LK_GELU)
		lk_gelu_forward(a->act, a->up, R, c->hidden);
	else if (c->mlp == LK_SWIGLU)
		lk_swiglu_forward(a->act, a->up, R, c->hidden);
	else
		lk_relu2_forward(a->act, a->up, R, c->hidden);
	lk_profile_mark(model->profile, LK_REGION_LINEAR);
	project(model, y, a->act, &m->down, p->down_bias, a->middle, rows,
			lk_drop_site(layer, LK_DROP_MLP), pass, sequence);
}

/* p += n, but nothing stays nothing. */
static lk_real *on(lk_real *p, size_t n)
{
	return p ? p + n : NULL;
}

lk_layer_activations lk_layer_slab(const lk_model *model, size_t l,
		const lk_slab *slab)
{
	const lk_model_config *c = &model->config;
	const lk_activations *act = &((const lk_network *)model->network)->act;
	lk_layer_activations a = act->layer[l];
	size_t r = slab->row, C = c->width, D = c->head_size, H = c->heads;
	size_t K = c->kv_heads, at = slab->worker * act->most.rows;

	return (lk_layer_activations){
		.raw = (l == 0 && act->x0 ? act->x0 : a.raw) + r * C,
		.x0 = on(act->x0, r * C),
		.x = a.x + r * C,
		.mean1 = on(a.mean1, r),
		.rstd1 = a.rstd1 + r,
		.h1 = act->slab_h + at * C,
		.qkv = a.qkv + r * lk_qkv_rows(c),
		.qk = on(a.qk, r * (H + K) * D),
		.q_rms = on(a.q_rms, r * H),
		.k_rms = on(a.k_rms, r * K),
		.attended = a.attended + r * H * D,
		.lse = a.lse + r * H, /* of whole sequences */
		.middle = a.middle + r * C,
		.mean2 = on(a.mean2, r),
		.rstd2 = a.rstd2 + r,
		.h2 = act->slab_h + at * C,
		.up = a.up + r * lk_up_rows(c),
		.act = act->slab_act + at * c->hidden,
	};
}

lk_attention_dropout lk_pass_attention_dropout(const lk_model *model, size_t layer,
		const lk_pass *pass, size_t sequence)
{
	return (lk_attention_dropout){
		.p = pass->train ? model->config.dropout : 0,
		.rng = model->dropout,
		.step = pass->batch->step,
		.sequence = pass->batch->sequence + sequence,
		.site = lk_drop_site(layer, LK_DROP_ATTENTION),
	};
}

/* Of B whole sequences, the first of which is `sequence` of the micro-batch. */
static void attend(const lk_model *model, const lk_layer_activations *a,
		size_t layer, const lk_pass *pass, size_t B, size_t sequence)
{
	const lk_model_config *c = &model->config;
	size_t T = pass->batch->T, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t Q = lk_qkv_rows(c), ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;
	lk_attention_dropout dropout = lk_pass_attention_dropout(model, layer, pass,
			sequence);

	lk_profile_mark(model->profile, LK_REGION_ATTENTION);
	lk_attention_forward(lk_heads_in_rows(a->attended, T, D, H * D), a->lse,
			lk_heads_in_rows(qk, T, D, ld),
			lk_heads_in_rows(qk + H * D, T, D, ld),
			lk_heads_in_rows(a->qkv + (H + K) * D, T, D, Q),
			pass->first ? pass->first + sequence * T : NULL, B, T, T, H,
			K, D, (lk_real)(1 / sqrt((double)D)), &dropout);
}

/* What the work on a slab needs to know. */
typedef struct {
	lk_model *model;
	const lk_pass *pass;
	size_t layer; /* after whose attention the work begins */
} forward;

static void embed(const forward *f, const lk_slab *slab)
{
	const lk_model_config *c = &f->model->config;
	const lk_activations *act = &((const lk_network *)f->model->network)->act;
	const lk_batch *batch = f->pass->batch;
	size_t r = slab->row;
	lk_real *x = (act->x0 ? act->x0 : act->layer[0].x) + r * c->width;

	lk_embed(f->model, x, on(act->embedded, r * c->width), on(act->mean0, r),
			on(act->rstd0, r), batch->input + r,
			(lk_rows){ slab->B, slab->T, slab->position });
	if (f->pass->train && c->dropout > 0)
		lk_dropout_forward(x, x, slab->B, slab->position * c->width,
				slab->T * c->width, c->dropout, f->model->dropout,
				batch->step, 0, batch->sequence + slab->sequence);
}

static void queries(const forward *f, const lk_slab *slab, size_t layer)
{
	const lk_network *network = f->model->network;
	const lk_activations *act = &network->act;
	lk_layer_activations a = lk_layer_slab(f->model, layer, slab);

	lk_layer_queries(f->model, &network->parameter.layer[layer],
			&act->matrix[layer], &a, act->cosine, act->sine,
			(lk_rows){ slab->B, slab->T, slab->position });
	if (!lk_slabs_part(&f->pass->slabs))
		attend(f->model, &a, layer, f->pass, slab->B, slab->sequence);
}

static void output(const forward *f, const lk_slab *slab, size_t l)
{
	const lk_model_config *c = &f->model->config;
	const lk_network *network = f->model->network;
	const lk_activations *act = &network->act;
	size_t C = c->width, r = slab->row;
	lk_layer_activations a = lk_layer_slab(f->model, l, slab);
	bool last = l + 1 == c->layers;
	lk_real *y = (last ? act->x : act->layer[l + 1].raw) + r * C;

	lk_layer_output(f->model, &network->parameter.layer[l], &act->matrix[l], &a, y,
			l, (lk_rows){ slab->B, slab->T, slab->position }, f->pass,
			slab->sequence);
	if (last)
		lk_norm_forward(c, act->h + r * C, act->mean + r, act->rstd + r, y,
				network->parameter.norm_gain,
				network->parameter.norm_bias, slab->rows);
}

/* The work of a slab. Of whole sequences: one layer after another. */
static void whole_layer(void *context, const lk_slab *slab, size_t step)
{
	if (step == 0)
		embed(context, slab);
	queries(context, slab, step);
	output(context, slab, step);
}

/* Of a part of one, between the attention of two layers. */
static void before_layers(void *context, const lk_slab *slab, size_t step)
{
	embed(context, slab);
	queries(context, slab, step);
}

static void between_layers(void *context, const lk_slab *slab, size_t step)
{
	const forward *f = context;

	(void)step;
	output(f, slab, f->layer);
	if (f->layer + 1 < f->model->config.layers)
		queries(f, slab, f->layer + 1);
}

static void pack(const lk_network *network, const lk_model_config *c)
{
	const lk_activations *act = &network->act;

	if (network->frozen || !lk_slabs_fit(c))
		return;
	for (size_t l = 0; l < c->layers; l++) {
#define X(name) lk_matrix_pack(&act->matrix[l].name);
		LK_LAYER_MATRICES(X)
#undef X
	}
	#pragma omp barrier
}

void lk_network_forward(lk_model *model, const lk_pass *pass)
{
	lk_network *network = model->network;
	lk_activations *act = &network->act;
	size_t layers = model->config.layers;
	forward f = { model, pass, 0 };

	lk_profile_mark(model->profile, LK_REGION_PACK);
	pack(network, &model->config);
	if (lk_slabs_part(&pass->slabs)) {
		lk_slabs_run(&pass->slabs, &act->queue, 1, before_layers, &f);
		for (; f.layer < layers; f.layer++) {
			#pragma omp barrier
			attend(model, &act->layer[f.layer], f.layer, pass,
					pass->batch->B, 0);
			lk_slabs_run(&pass->slabs, &act->queue, 1, between_layers, &f);
		}
	} else {
		lk_slabs_run(&pass->slabs, &act->queue, layers, whole_layer, &f);
	}
	#pragma omp barrier
}
