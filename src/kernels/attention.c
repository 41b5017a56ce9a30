#include "kernels/attention.h"

#include "kernels/attention_tile.h"
#include "kernels/tile.h"
#include "kernels/vmath.h"

#include <assert.h>
#include <tgmath.h>

/* A task owns GROUP queries of one head, and shares each transposed tile of keys
 * among them. Fewer than FEW queries, at the end of a sequence or of a prompt, are
 * not worth a transposition. (One alone is attention_row.h's.) */
enum { GROUP = 128, FEW = 4 };

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

/* The running softmax of one query. */
typedef struct {
	lk_real most, sum;
} softmax;

/* One row of n scores (whole chunks) becomes unnormalised probabilities
 * exp(scale s - most), 0 outside of [low, high); the output row so far is made to
 * fit the new maximum. */
static void soften(lk_real *restrict s, size_t n, size_t low, size_t high,
		lk_real scale, softmax *soft, lk_real *restrict out, size_t D)
{
	lk_real most[CHUNK], sum[CHUNK] = { 0 }, now, total = 0;
	int32_t from = (int32_t)low, to = (int32_t)high;

	if (low >= high) {
		memset(s, 0, n * sizeof *s);
		return;
	}
	for (size_t j = 0; j < CHUNK; j++)
		most[j] = -INFINITY;
	for (size_t u = 0; u < n; u += CHUNK)
		#pragma omp simd
		for (size_t j = 0; j < CHUNK; j++) {
			int32_t key = (int32_t)(u + j);
			lk_real x = key >= from && key < to ? s[u + j] * scale
							    : -(lk_real)INFINITY;

			s[u + j] = x;
			most[j] = x > most[j] ? x : most[j];
		}
	now = soft->most;
	for (size_t j = 0; j < CHUNK; j++)
		now = most[j] > now ? most[j] : now;
	if (soft->most > -INFINITY && now != soft->most) {
		lk_real shrink = lk_exp(soft->most - now);

		soft->sum *= shrink;
		for (size_t d = 0; d < D; d++)
			out[d] *= shrink;
	}
	soft->most = now;
	for (size_t u = 0; u < n; u += CHUNK)
		#pragma omp simd
		for (size_t j = 0; j < CHUNK; j++) {
			lk_real p = lk_exp(s[u + j] - now);

			s[u + j] = p;
			sum[j] += p;
		}
	for (size_t j = 0; j < CHUNK; j += LK_LANES)
		total += lk_vector_sum(lk_vector_load(sum + j));
	soft->sum += total;
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
	size_t groups = lk_ceil_div(Tq, GROUP);

	assert(B && Tq && Tq <= Tk && K && H % K == 0 && D);
	assert(D <= LK_ATTENTION_HEAD_MOST);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < B * H * groups; task++) {
		lk_real keys[LK_ATTENTION_HEAD_MOST * KEYS] __attribute__((aligned(64)));
		lk_real score[QUERIES * KEYS] __attribute__((aligned(64)));
		lk_real mask[KEYS];
		softmax soft[GROUP];
		/* later queries see more keys: hand those out first */
		size_t group = groups - 1 - task / (B * H);
		size_t b = task % (B * H) / H, h = task % H, kv = h / (H / K);
		size_t i0 = group * GROUP, i1 = lk_least(i0 + GROUP, Tq);
		size_t seen = Tk - Tq + i1; /* keys that any of them sees */
		visibility see = { first ? first + b * Tq : NULL, Tk - Tq };

		for (size_t i = i0; i < i1; i++)
			soft[i - i0] = (softmax){ -(lk_real)INFINITY, 0 };
		for (size_t u0 = 0; u0 < seen; u0 += KEYS) {
			size_t count = lk_least(KEYS, seen - u0);

			if (i1 - i0 >= FEW)
				transpose_keys(keys, at(k, b, kv, u0), count,
						D, k.position);
			for (size_t i = i0, rows; i < i1; i += rows) {
				bool crossed = see.offset + i < u0 + count;
				size_t last;

				rows = lk_least(crossed ? STEP : QUERIES, i1 - i);
				last = see.offset + i + rows - 1;
				if (last < u0)
					continue;
				size_t n = lk_least(count, last + 1 - u0);
				size_t whole = lk_ceil_div(n, CHUNK) * CHUNK;

				if (i1 - i0 >= FEW)
					lk_tile_multiply(score, KEYS,
							at(q, b, h, i), q.position,
							1, keys, KEYS, rows, whole, D,
							false);
				else
					dot_rows(score, at(q, b, h, i), q.position,
							at(k, b, kv, u0),
							k.position, rows, n, D);
				for (size_t r = 0; r < rows; r++) {
					size_t low, high;

					visible(see, i + r, u0, n, &low, &high);
					soften(score + r * KEYS, whole, low, high,
							scale, &soft[i + r - i0],
							at(out, b, h, i + r), D);
					if (dropout && dropout->p > 0)
						drop(score + r * KEYS, dropout, b, h,
								see.offset + i + r, u0,
								n, Tk, mask);
				}
				lk_tile_multiply(at(out, b, h, i), out.position, score,
						KEYS, 1, at(v, b, kv, u0), v.position,
						rows, D, n, u0 > 0);
			}
		}
		for (size_t i = i0; i < i1; i++) {
			lk_real *row = at(out, b, h, i);
			lk_real inverse = 1 / soft[i - i0].sum;

			for (size_t d = 0; d < D; d++)
				row[d] *= inverse;
			if (lse)
				lse[(b * H + h) * Tq + i] = soft[i - i0].most +
						log(soft[i - i0].sum);
		}
	}
}
