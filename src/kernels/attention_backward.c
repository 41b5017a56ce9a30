#include "kernels/attention.h"

#include "kernels/attention_tile.h"
#include "kernels/tile.h"
#include "kernels/vmath.h"

#include <assert.h>
#include <stdbool.h>

/* What all tiles of a pass share. */
typedef struct {
	lk_heads dq, dk, dv, dout, q, k;
	const lk_real *lse, *delta;
	size_t T, H, D;
	lk_real scale;
	const lk_attention_dropout *dropout;
} pass;

/* What a task works in: about 128 D + 6200 numbers. */
typedef struct {
	lk_real keys[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
	lk_real values[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
	lk_real p[QUERIES * KEYS] __attribute__((aligned(64)));
	lk_real dp[QUERIES * KEYS] __attribute__((aligned(64)));
	lk_real mask[KEYS];
} workspace;

/* Queries t .. t + rows - 1 of head h, and the `count` keys from u0. */
typedef struct {
	size_t b, h, kv, t, rows, u0, count;
	visibility see;
} tile;

/* True where not every query sees every key. */
static bool crossed(const tile *x)
{
	return x->t < x->u0 + x->count - 1;
}

/* From scores in w->p and dout v^T in w->dp: the dropped probabilities into
 * w->p, and the gradient of the scores into w->dp. n: keys, in whole chunks. */
static void row_backward(const pass *a, workspace *w, const tile *x, size_t r,
		size_t n, size_t low, size_t high)
{
	lk_real *restrict p = w->p + r * KEYS, *restrict dp = w->dp + r * KEYS;
	int32_t from = (int32_t)low, to = (int32_t)high;
	size_t position = x->t + r, i = (x->b * a->H + x->h) * a->T + position;
	lk_real scale = a->scale, lse = a->lse[i], delta = a->delta[i];

	for (size_t u = 0; u < n; u += CHUNK)
		#pragma omp simd
		for (size_t j = 0; j < CHUNK; j++) {
			int32_t key = (int32_t)(u + j);
			lk_real y = lk_exp(p[u + j] * scale - lse);

			p[u + j] = key >= from && key < to ? y : 0;
		}
	if (a->dropout && a->dropout->p > 0) {
		lk_dropout_scales(w->mask, (x->h * a->T + position) * a->T + x->u0, n,
				a->dropout->p, a->dropout->rng, a->dropout->step,
				a->dropout->site, a->dropout->sequence + x->b);
		for (size_t u = 0; u < n; u++) {
			dp[u] = scale * p[u] * (dp[u] * w->mask[u] - delta);
			p[u] *= w->mask[u];
		}
	} else {
		for (size_t u = 0; u < n; u++)
			dp[u] = scale * p[u] * (dp[u] - delta);
	}
}

/* w->p and w->dp of a tile, and its share of dq. */
static void queries_backward(const pass *a, workspace *w, const tile *x)
{
	size_t step = crossed(x) ? STEP : QUERIES, D = a->D;

	for (size_t r = 0; r < x->rows; r += step) {
		size_t rows = lk_least(step, x->rows - r), t = x->t + r;
		size_t n = lk_least(x->count, t + rows - x->u0);
		size_t whole = lk_ceil_div(n, CHUNK) * CHUNK;
		lk_real *p = w->p + r * KEYS, *dp = w->dp + r * KEYS;

		lk_tile_multiply(p, KEYS, at(a->q, x->b, x->h, t), a->q.position, 1,
				w->keys, KEYS, rows, whole, D, false);
		lk_tile_multiply(dp, KEYS, at(a->dout, x->b, x->h, t), a->dout.position,
				1, w->values, KEYS, rows, whole, D, false);
		for (size_t i = r; i < r + rows; i++) {
			size_t low, high;

			visible(x->see, x->t + i, x->u0, n, &low, &high);
			row_backward(a, w, x, i, whole, low, high);
		}
		lk_tile_multiply(at(a->dq, x->b, x->h, t), a->dq.position, dp, KEYS, 1,
				at(a->k, x->b, x->kv, x->u0), a->k.position, rows, D, n,
				x->u0 > 0);
	}
}

static void zero(lk_heads x, size_t b, size_t h, size_t from, size_t to, size_t D)
{
	for (size_t t = from; t < to; t++)
		memset(at(x, b, h, t), 0, D * sizeof(lk_real));
}

/* A tile's share of dk and dv, from w->dp and w->p. */
static void keys_backward(const pass *a, const workspace *w, const tile *x, bool add)
{
	size_t n = lk_least(x->count, x->t + x->rows - x->u0), D = a->D;
	size_t step = crossed(x) ? STEP : KEYS;

	if (!add) { /* what the first tile leaves */
		zero(a->dk, x->b, x->kv, x->u0 + n, x->u0 + x->count, D);
		zero(a->dv, x->b, x->kv, x->u0 + n, x->u0 + x->count, D);
	}
	for (size_t u = 0; u < n; u += step) {
		size_t some = lk_least(step, n - u), key = x->u0 + u;
		size_t r = key > x->t ? key - x->t : 0; /* the first to see it */
		size_t rows = x->rows - r, t = x->t + r;

		lk_tile_multiply(at(a->dv, x->b, x->kv, key), a->dv.position,
				w->p + r * KEYS + u, 1, KEYS, at(a->dout, x->b, x->h, t),
				a->dout.position, some, D, rows, add);
		lk_tile_multiply(at(a->dk, x->b, x->kv, key), a->dk.position,
				w->dp + r * KEYS + u, 1, KEYS, at(a->q, x->b, x->h, t),
				a->q.position, some, D, rows, add);
	}
}

/* delta[t] = dout[t] . out[t] of one head. */
static void find_delta(lk_real *delta, lk_heads dout, lk_heads out, size_t b, size_t h,
		size_t T, size_t D)
{
	for (size_t t = 0; t < T; t++) {
		const lk_real *x = at(dout, b, h, t), *y = at(out, b, h, t);
		lk_real sum = 0;

		#pragma omp simd reduction(+ : sum)
		for (size_t d = 0; d < D; d++)
			sum += x[d] * y[d];
		delta[t] = sum;
	}
}

void lk_attention_backward(lk_heads dq, lk_heads dk, lk_heads dv, lk_real *delta,
		lk_heads dout, lk_heads out, const lk_real *lse, lk_heads q,
		lk_heads k, lk_heads v, const uint32_t *first, size_t B, size_t T,
		size_t H, size_t K, size_t D, lk_real scale,
		const lk_attention_dropout *dropout)
{
	const pass a = { dq, dk, dv, dout, q, k, lse, delta, T, H, D, scale, dropout };
	size_t group = H / K;

	assert(B && T && K && H % K == 0 && D && D <= LK_ATTENTION_HEAD_MOST);
	/* One task per key/value head: all that adds to its dk and dv. */
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < B * K; task++) {
		workspace w;
		size_t b = task / K, kv = task % K, h0 = kv * group;
		tile x = { .b = b, .kv = kv, .see = { first ? first + b * T : NULL, 0 } };

		for (size_t h = h0; h < h0 + group; h++)
			find_delta(delta + (b * H + h) * T, dout, out, b, h, T, D);
		for (x.u0 = 0; x.u0 < T; x.u0 += KEYS) {
			x.count = lk_least(KEYS, T - x.u0);
			transpose_keys(w.keys, at(k, b, kv, x.u0), x.count, D,
					k.position);
			transpose_keys(w.values, at(v, b, kv, x.u0), x.count, D,
					v.position);
			for (x.h = h0; x.h < h0 + group; x.h++)
				for (x.t = x.u0; x.t < T; x.t += QUERIES) {
					x.rows = lk_least(QUERIES, T - x.t);
					queries_backward(&a, &w, &x);
					keys_backward(&a, &w, &x,
							x.h > h0 || x.t > x.u0);
				}
		}
	}
}
