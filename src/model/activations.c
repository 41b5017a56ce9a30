#include "base/size.h"
#include "kernels/layernorm.h"
#include "model/network.h"

/* Logits of so many bytes are computed at a time. */
enum { LOGITS_NBYTES = 64 << 20, LOGITS_UNIT = 16 };

static lk_real *take(lk_arena *arena, size_t count)
{
	return lk_arena_take(arena, count, sizeof(lk_real));
}

void lk_network_bind_layer(lk_layer_activations *a, const lk_model_config *c,
		lk_arena *arena, size_t R, bool gradients)
{
	size_t C = c->width, D = c->head_size, H = c->heads, K = c->kv_heads;
	bool mean = c->norm == LK_LAYERNORM;

	a->x = take(arena, R * C);
	a->raw = c->x0_mix && gradients ? take(arena, R * C) : a->x;
	a->x0 = NULL;
	a->mean1 = mean ? take(arena, R) : NULL;
	a->rstd1 = take(arena, R);
	a->qkv = take(arena, R * lk_qkv_rows(c));
	a->qk = c->qk_norm ? take(arena, R * (H + K) * D) : NULL;
	a->q_rms = c->qk_norm ? take(arena, R * H) : NULL;
	a->k_rms = c->qk_norm ? take(arena, R * K) : NULL;
	a->attended = take(arena, R * H * D);
	a->lse = take(arena, R * H);
	a->middle = gradients ? take(arena, R * C) : a->x;
	a->mean2 = mean ? take(arena, R) : NULL;
	a->rstd2 = take(arena, R);
	a->up = take(arena, R * lk_up_rows(c));
	a->h1 = a->h2 = a->act = NULL;
}

void lk_network_bind_passing(lk_layer_activations *a, const lk_model_config *c,
		lk_arena *arena, size_t R)
{
	a->h1 = a->h2 = take(arena, R * c->width);
	a->act = take(arena, R * c->hidden);
}

/* Matrices, and what each worker needs for its slab. */
static void bind_slabs(lk_model *model, lk_arena *arena, size_t B, size_t T)
{
	const lk_model_config *c = &model->config;
	lk_network *network = model->network;
	lk_activations *act = &network->act;
	size_t rows;

	act->most = lk_slabs_most(c, B, T);
	for (size_t l = 0; l < c->layers; l++) {
		act->matrix[l] = network->matrix[l];
		if (network->frozen || !lk_slabs_fit(c))
			continue;
#define X(name) lk_matrix_bind_panels(&act->matrix[l].name, arena);
		LK_LAYER_MATRICES(X)
#undef X
	}
	act->queue.share = lk_arena_take(arena, act->most.workers,
			sizeof *act->queue.share);
	act->queue.done = lk_arena_take(arena, act->most.count,
			sizeof *act->queue.done);
	rows = act->most.workers * act->most.rows;
	act->slab_h = take(arena, rows * c->width);
	act->slab_act = take(arena, rows * c->hidden);
}

static void bind_backward(lk_activations *act, const lk_model_config *c,
		lk_arena *arena, size_t R)
{
	size_t C = c->width, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t Q = lk_qkv_rows(c), U = lk_up_rows(c);
	size_t widest = lk_most(lk_most(C, Q), U), slabs = act->most.count;
	size_t rows = act->most.workers * act->most.rows;
	const size_t sums[LK_SUMS] = { [LK_SUMS_NORM1] = 2 * C,
		[LK_SUMS_NORM2] = 2 * C, [LK_SUMS_FINAL] = 2 * C,
		[LK_SUMS_QUERY] = D, [LK_SUMS_KEY] = D,
		[LK_SUMS_EMBEDDING] = 2 * C, [LK_SUMS_MIX] = LK_MIX,
		[LK_SUMS_BIAS + LK_KEPT_UP] = U, [LK_SUMS_BIAS + LK_KEPT_DOWN] = C,
		[LK_SUMS_BIAS + LK_KEPT_QKV] = Q,
		[LK_SUMS_BIAS + LK_KEPT_OUTPUT] = C };

	act->slab_dy = take(arena, rows * C);
	act->slab_dup = take(arena, rows * U);
	act->dx = take(arena, R * C);
	act->dh = take(arena, R * C);
	act->dx0 = c->x0_mix ? take(arena, R * C) : NULL;
	act->dqkv = take(arena, R * Q);
	act->dqk = c->qk_norm ? take(arena, R * (H + K) * D) : NULL;
	act->dattended = take(arena, R * H * D);
	act->delta = take(arena, R * H);
	lk_kept_bind(&act->kept[LK_KEPT_UP], arena, R, U, C);
	lk_kept_bind(&act->kept[LK_KEPT_DOWN], arena, R, C, c->hidden);
	lk_kept_bind(&act->kept[LK_KEPT_QKV], arena, R, Q, C);
	lk_kept_bind(&act->kept[LK_KEPT_OUTPUT], arena, R, C, H * D);
	act->partial_count = lk_partials_count(act->most.rows) * lk_most(2 * C, widest);
	act->partial = take(arena, act->most.workers * act->partial_count);
	for (int i = 0; i < LK_SUMS; i++)
		act->sums[i] = take(arena, slabs * sums[i]);
}

void lk_network_bind_activations(lk_model *model, lk_arena *arena, size_t B,
		size_t T, bool gradients)
{
	const lk_model_config *c = &model->config;
	lk_activations *act = &((lk_network *)model->network)->act;
	size_t R = B * T, C = c->width, pairs = c->head_size / 2;

	bind_slabs(model, arena, B, T);
	for (size_t l = 0; l < c->layers; l++)
		if (l == 0 || gradients)
			lk_network_bind_layer(&act->layer[l], c, arena, R, gradients);
		else
			act->layer[l] = act->layer[0];
	act->x0 = !c->x0_mix ? NULL
			: gradients ? act->layer[0].raw : take(arena, R * C);
	act->embedded = c->embedding_norm ? take(arena, R * C) : NULL;
	act->mean0 = c->embedding_norm ? take(arena, R) : NULL;
	act->rstd0 = c->embedding_norm ? take(arena, R) : NULL;
	act->x = gradients ? take(arena, R * C) : act->layer[0].x;
	act->mean = take(arena, R);
	act->rstd = take(arena, R);
	act->h = take(arena, R * C);
	act->cosine = c->position == LK_ROPE ? take(arena, T * pairs) : NULL;
	act->sine = c->position == LK_ROPE ? take(arena, T * pairs) : NULL;
	act->ld_logits = lk_ceil_div(c->vocabulary, LOGITS_UNIT) * LOGITS_UNIT;
	act->head_rows = LOGITS_NBYTES / (act->ld_logits * sizeof(lk_real));
	act->head_rows = act->head_rows / LOGITS_UNIT * LOGITS_UNIT;
	act->head_rows = act->head_rows < LOGITS_UNIT ? LOGITS_UNIT : act->head_rows;
	act->head_rows = act->head_rows < R ? act->head_rows : R;
	act->logits = take(arena, act->head_rows * act->ld_logits);
	act->slope = c->logit_cap > 0 && gradients
			? take(arena, act->head_rows * act->ld_logits)
			: NULL;
	act->nll = lk_arena_take(arena, R, sizeof(double));
	act->first = lk_arena_take(arena, R, sizeof(uint32_t));
	if (gradients)
		bind_backward(act, c, arena, R);
}
