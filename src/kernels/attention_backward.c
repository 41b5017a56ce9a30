#include "kernels/attention.h"

#include "kernels/attention_tile.h"
#include "kernels/tile.h"
#include "kernels/vmath.h"

#include <assert.h>

/* What a backward task works in: about 64 KEYS D numbers at most. */
typedef struct {
	lk_real keys[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
	lk_real values[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
	lk_real p[QUERIES * KEYS] __attribute__((aligned(64)));
	lk_real dp[QUERIES * KEYS] __attribute__((aligned(64)));
	lk_real mask[KEYS];
} workspace;

/* From scores in w->p and dout v^T in w->dp: the dropped probabilities into
 * w->p, and the gradient of the scores into w->dp. */
static void row_backward(workspace *w, size_t r, size_t n, size_t low,
		size_t high, lk_real scale, lk_real lse, lk_real delta,
		const lk_attention_dropout *dropout, size_t b, size_t h,
		size_t position, size_t u0, size_t T)
{
	lk_real *restrict p = w->p + r * KEYS, *restrict dp = w->dp + r * KEYS;
	int32_t from = (int32_t)low, to = (int32_t)high;

	for (size_t u = 0; u < n; u += CHUNK)
		#pragma omp simd
		for (size_t j = 0; j < CHUNK; j++) {
			int32_t key = (int32_t)(u + j);
			lk_real x = lk_exp(p[u + j] * scale - lse);

			p[u + j] = key >= from && key < to ? x : 0;
		}
	if (dropout && dropout->p > 0) {
		lk_dropout_scales(w->mask, (h * T + position) * T + u0, n, dropout->p,
				dropout->rng, dropout->step, dropout->site,
				dropout->sequence + b);
		for (size_t u = 0; u < n; u++) {
			dp[u] = scale * p[u] * (dp[u] * w->mask[u] - delta);
			p[u] *= w->mask[u];
		}
	} else {
		for (size_t u = 0; u < n; u++)
			dp[u] = scale * p[u] * (dp[u] - delta);
	}
}

static void zero(lk_heads x, size_t b, size_t h, size_t from, size_t to, size_t D)
{
	for (size_t t = from; t < to; t++)
		memset(at(x, b, h, t), 0, D * sizeof(lk_real));
}

void lk_attention_backward(lk_heads dq, lk_heads dk, lk_heads dv, lk_real *delta,
		lk_heads dout, lk_heads out, const lk_real *lse, lk_heads q,
		lk_heads k, lk_heads v, const uint32_t *first, size_t B, size_t T,
		size_t H, size_t K, size_t D, lk_real scale,
		const lk_attention_dropout *dropout)
{
	size_t group = H / K;

	assert(B && T && K && H % K == 0 && D && D <= LK_ATTENTION_HEAD_MOST);
	/* One task per key/value head: all that adds to its dk and dv. */
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < B * K; task++) {
		workspace w;
		size_t b = task / K, kv = task % K;
		visibility see = { first ? first + b * T : NULL, 0 };

		for (size_t h = kv * group; h < (kv + 1) * group; h++) {
			for (size_t t = 0; t < T; t++) {
				const lk_real *x = at(dout, b, h, t);
				const lk_real *y = at(out, b, h, t);
				lk_real sum = 0;

				#pragma omp simd reduction(+ : sum)
				for (size_t d = 0; d < D; d++)
					sum += x[d] * y[d];
				delta[(b * H + h) * T + t] = sum;
			}
		}
		for (size_t u0 = 0; u0 < T; u0 += KEYS) {
			size_t count = lk_least(KEYS, T - u0);

			transpose_keys(w.keys, at(k, b, kv, u0), count, D, k.position);
			transpose_keys(w.values, at(v, b, kv, u0), count, D, v.position);
			for (size_t h = kv * group; h < (kv + 1) * group; h++)
				for (size_t t = u0; t < T; t += QUERIES) {
					size_t rows = lk_least(QUERIES, T - t);
					size_t n = lk_least(count, t + rows - u0);
					size_t whole = lk_ceil_div(n, CHUNK) * CHUNK;
					const lk_real *qt = at(q, b, h, t);
					const lk_real *dt = at(dout, b, h, t);
					bool add = h > kv * group || t > u0;

					if (!add) { /* what the first tile leaves */
						zero(dk, b, kv, u0 + n, u0 + count, D);
						zero(dv, b, kv, u0 + n, u0 + count, D);
					}
					lk_tile_multiply(w.p, KEYS, qt, q.position, 1,
							w.keys, KEYS, rows, whole, D,
							false);
					lk_tile_multiply(w.dp, KEYS, dt, dout.position,
							1, w.values, KEYS, rows, whole, D,
							false);
					for (size_t r = 0; r < rows; r++) {
						size_t i = (b * H + h) * T + t + r;
						size_t low, high;

						visible(see, t + r, u0, n, &low, &high);
						row_backward(&w, r, whole, low, high, scale,
								lse[i], delta[i],
								dropout, b, h, t + r,
								u0, T);
					}
					lk_tile_multiply(at(dv, b, kv, u0),
							dv.position, w.p, 1, KEYS, dt,
							dout.position, n, D, rows,
							add);
					lk_tile_multiply(at(dk, b, kv, u0),
							dk.position, w.dp, 1, KEYS, qt,
							q.position, n, D, rows, add);
					lk_tile_multiply(at(dq, b, h, t), dq.position,
							w.dp, KEYS, 1,
							at(k, b, kv, u0), k.position,
							rows, D, n, u0 > 0);
				}
		}
	}
}
