#include "kernels/attention.h"

#include "base/size.h"
#include "kernels/dropout.h"
#include "kernels/tile.h"
#include "kernels/vmath.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A tile is QUERIES x KEYS; a forward task owns GROUP queries of one head, and
 * shares each transposed tile of keys among them. Fewer than FEW queries (one,
 * when a token is decoded) are not worth a transposition. */
enum { QUERIES = 32, KEYS = 64, GROUP = 128, FEW = 4 };

typedef struct {
	const uint32_t *first; /* of this sequence, or NULL */
	size_t offset;         /* position of query 0 */
} visibility;

static lk_real *at(lk_heads x, size_t b, size_t h, size_t t)
{
	return x.data + b * x.sequence + h * x.head + t * x.position;
}

/* to (D, KEYS) = transpose of `count` vectors of D channels. */
static void transpose(lk_real *restrict to, const lk_real *restrict from,
		size_t count, size_t D, size_t stride)
{
	for (size_t u = 0; u < count; u++)
		for (size_t d = 0; d < D; d++)
			to[d * KEYS + u] = from[u * stride + d];
}

/* s (rows, KEYS) = q k^T for few rows: dot products, no transposition. */
static void dot_rows(lk_real *s, const lk_real *q, size_t stride_q,
		const lk_real *k, size_t stride_k, size_t rows, size_t count,
		size_t D)
{
	for (size_t i = 0; i < rows; i++)
		for (size_t u = 0; u < count; u++) {
			const lk_real *x = q + i * stride_q, *y = k + u * stride_k;
			lk_real sum = 0;

			#pragma omp simd reduction(+ : sum)
			for (size_t d = 0; d < D; d++)
				sum += x[d] * y[d];
			s[i * KEYS + u] = sum;
		}
}

/* The keys [*low, *high) of a tile of n keys from key u0 that query i sees. */
static void visible(visibility see, size_t i, size_t u0, size_t n, size_t *low,
		size_t *high)
{
	size_t position = see.offset + i;
	size_t from = see.first ? see.first[i] : 0;

	*high = position < u0 ? 0 : lk_least(n, position + 1 - u0);
	*low = from > u0 ? lk_least(from - u0, *high) : 0;
}

/* One row of scores becomes unnormalised probabilities exp(scale s - m), 0
 * where not visible; the running maximum m, sum l and output row follow. */
static void soften(lk_real *restrict s, size_t n, size_t low, size_t high,
		lk_real scale, lk_real *m, lk_real *l, lk_real *restrict out,
		size_t D)
{
	lk_real most = -INFINITY, sum = 0;

	if (low >= high) {
		memset(s, 0, n * sizeof *s);
		return;
	}
	#pragma omp simd reduction(max : most)
	for (size_t u = low; u < high; u++)
		most = s[u] > most ? s[u] : most;
	lk_real now = most * scale > *m ? most * scale : *m;
	if (*m > -INFINITY && now != *m) {
		lk_real shrink = lk_exp(*m - now);

		*l *= shrink;
		for (size_t d = 0; d < D; d++)
			out[d] *= shrink;
	}
	*m = now;
	for (size_t u = 0; u < low; u++)
		s[u] = 0;
	for (size_t u = low; u < high; u++)
		s[u] = lk_exp(s[u] * scale - now);
	for (size_t u = high; u < n; u++)
		s[u] = 0;
	#pragma omp simd reduction(+ : sum)
	for (size_t u = low; u < high; u++)
		sum += s[u];
	*l += sum;
}

/* p *= mask over keys u0 .. u0 + n - 1 of one query. */
static void drop(lk_real *p, const lk_attention_dropout *dropout, size_t b,
		size_t h, size_t position, size_t u0, size_t n, size_t Tk,
		lk_real *mask)
{
	lk_dropout_scales(mask, (h * Tk + position) * Tk + u0, n, dropout->p,
			dropout->rng, dropout->step, dropout->site,
			dropout->sequence + b);
	for (size_t u = 0; u < n; u++)
		p[u] *= mask[u];
}

void lk_attention_forward(lk_heads out, lk_real *lse, lk_heads q, lk_heads k,
		lk_heads v, const uint32_t *first, size_t B, size_t Tq, size_t Tk,
		size_t H, size_t K, size_t D, lk_real scale,
		const lk_attention_dropout *dropout)
{
	size_t groups = (Tq + GROUP - 1) / GROUP;

	assert(B && Tq && Tq <= Tk && K && H % K == 0 && D);
	assert(D <= LK_ATTENTION_HEAD_MOST);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < B * H * groups; task++) {
		lk_real keys[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
		lk_real score[QUERIES * KEYS] __attribute__((aligned(64)));
		lk_real mask[KEYS], m[GROUP], l[GROUP];
		/* later queries see more keys: hand those out first */
		size_t group = groups - 1 - task / (B * H);
		size_t b = task % (B * H) / H, h = task % H, kv = h / (H / K);
		size_t i0 = group * GROUP, i1 = lk_least(i0 + GROUP, Tq);
		size_t seen = Tk - Tq + i1; /* keys that any of them sees */
		visibility see = { first ? first + b * Tq : NULL, Tk - Tq };

		for (size_t i = i0; i < i1; i++) {
			m[i - i0] = -INFINITY;
			l[i - i0] = 0;
			memset(at(out, b, h, i), 0, D * sizeof(lk_real));
		}
		for (size_t u0 = 0; u0 < seen; u0 += KEYS) {
			size_t count = lk_least(KEYS, seen - u0);

			if (i1 - i0 >= FEW)
				transpose(keys, at(k, b, kv, u0), count, D,
						k.position);
			for (size_t i = i0; i < i1; i += QUERIES) {
				size_t rows = lk_least(QUERIES, i1 - i);
				size_t last = see.offset + i + rows - 1;

				if (last < u0)
					continue;
				size_t n = lk_least(count, last + 1 - u0);
				if (i1 - i0 >= FEW)
					lk_tile_multiply(score, KEYS,
							at(q, b, h, i), q.position,
							1, keys, KEYS, rows, n, D,
							false);
				else
					dot_rows(score, at(q, b, h, i), q.position,
							at(k, b, kv, u0),
							k.position, rows, n, D);
				for (size_t r = 0; r < rows; r++) {
					size_t low, high;

					visible(see, i + r, u0, n, &low, &high);
					soften(score + r * KEYS, n, low, high, scale,
							&m[i + r - i0],
							&l[i + r - i0],
							at(out, b, h, i + r), D);
					if (dropout && dropout->p > 0)
						drop(score + r * KEYS, dropout, b, h,
								see.offset + i + r, u0,
								n, Tk, mask);
				}
				lk_tile_multiply(at(out, b, h, i), out.position, score,
						KEYS, 1, at(v, b, kv, u0), v.position,
						rows, D, n, true);
			}
		}
		for (size_t i = i0; i < i1; i++) {
			lk_real *row = at(out, b, h, i);
			lk_real inverse = 1 / l[i - i0];

			for (size_t d = 0; d < D; d++)
				row[d] *= inverse;
			if (lse)
				lse[(b * H + h) * Tq + i] = m[i - i0] +
						(lk_real)log(l[i - i0]);
		}
	}
}

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

	for (size_t u = low; u < high; u++)
		p[u] = lk_exp(p[u] * scale - lse);
	for (size_t u = 0; u < low; u++)
		p[u] = 0;
	for (size_t u = high; u < n; u++)
		p[u] = 0;
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

static void zero(lk_heads x, size_t b, size_t h, size_t T, size_t D)
{
	for (size_t t = 0; t < T; t++)
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

		zero(dk, b, kv, T, D);
		zero(dv, b, kv, T, D);
		for (size_t h = kv * group; h < (kv + 1) * group; h++) {
			zero(dq, b, h, T, D);
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

			transpose(w.keys, at(k, b, kv, u0), count, D, k.position);
			transpose(w.values, at(v, b, kv, u0), count, D, v.position);
			for (size_t h = kv * group; h < (kv + 1) * group; h++)
				for (size_t t = u0; t < T; t += QUERIES) {
					size_t rows = lk_least(QUERIES, T - t);
					size_t n = lk_least(count, t + rows - u0);
					const lk_real *qt = at(q, b, h, t);
					const lk_real *dt = at(dout, b, h, t);

					lk_tile_multiply(w.p, KEYS, qt, q.position, 1,
							w.keys, KEYS, rows, n, D,
							false);
					lk_tile_multiply(w.dp, KEYS, dt, dout.position,
							1, w.values, KEYS, rows, n, D,
							false);
					for (size_t r = 0; r < rows; r++) {
						size_t i = (b * H + h) * T + t + r;
						size_t low, high;

						visible(see, t + r, u0, n, &low, &high);
						row_backward(&w, r, n, low, high, scale,
								lse[i], delta[i],
								dropout, b, h, t + r,
								u0, T);
					}
					lk_tile_multiply(at(dv, b, kv, u0),
							dv.position, w.p, 1, KEYS, dt,
							dout.position, n, D, rows,
							true);
					lk_tile_multiply(at(dk, b, kv, u0),
							dk.position, w.dp, 1, KEYS, qt,
							q.position, n, D, rows, true);
					lk_tile_multiply(at(dq, b, h, t), dq.position,
							w.dp, KEYS, 1,
							at(k, b, kv, u0), k.position,
							rows, D, n, true);
				}
		}
	}
}
