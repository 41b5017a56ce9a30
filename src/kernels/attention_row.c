#include "kernels/attention_row.h"

#include "base/size.h"
#include "kernels/tile.h"
#include "kernels/vector.h"
#include "kernels/vmath.h"

#include <assert.h>
#include <math.h>

/* Memory is asked for by pairs of cache lines. */
enum { UNIT = LK_ATTENTION_ROW_UNIT, LINES = 128 / sizeof(lk_real) };

static lk_real dot(const lk_real *x, const lk_real *y, size_t D)
{
	lk_real sum = 0;

	#pragma omp simd reduction(+ : sum)
	for (size_t d = 0; d < D; d++)
		sum += x[d] * y[d];
	return sum;
}

/* Of two vectors, lane l of what remains holds a part of the sum of the one or the
 * other, as bit d of l says. */
#define FOLD(part, d)                                                              \
	for (size_t i = 0; (d) < LK_LANES && i < LK_LANES; i += 2 * (d)) {         \
		lk_vector x = part[i], y = part[i + ((d) < LK_LANES ? (d) : 0)];   \
										   \
		part[i] = __builtin_shufflevector(x, y,                            \
					  LK_EVERY_LANE_(LK_LOW_, (d) % LK_LANES)) + \
				__builtin_shufflevector(x, y,                      \
						LK_EVERY_LANE_(LK_HIGH_,           \
								(d) % LK_LANES));  \
	}

/* scale q . k[u] for LK_LANES keys; D is a multiple of LK_LANES. */
static inline void dots(lk_real *score, const lk_real *q, const lk_real *k, size_t D,
		size_t stride, lk_real scale)
{
	lk_vector part[LK_LANES] = { 0 };

	for (size_t d = 0; d < D; d += LK_LANES) {
		lk_vector x = lk_vector_load(q + d);

		for (size_t u = 0; u < LK_LANES; u++)
			part[u] += x * lk_vector_load(k + u * stride + d);
	}
	FOLD(part, 1)
	FOLD(part, 2)
	FOLD(part, 4)
	FOLD(part, 8)
	lk_vector_store(score, part[0] * scale);
}

static void score_keys(lk_real *score, const lk_real *q, const lk_real *k, size_t T,
		size_t D, size_t stride, lk_real scale)
{
	if (D % LK_LANES || T < LK_LANES) {
		for (size_t u = 0; u < T; u++)
			score[u] = scale * dot(q, k + u * stride, D);
		return;
	}
	for (size_t u = 0; u < T; u += LK_LANES) {
		size_t from = lk_least(u, T - LK_LANES); /* the last some again */

		dots(score + from, q, k + from * stride, D, stride, scale);
	}
}

/* score[u] becomes exp(score[u] - the greatest), 0 from T to the next unit;
 * returns the sum. */
static lk_real soften(lk_real *score, size_t T)
{
	lk_real most[UNIT], sum[UNIT] = { 0 }, greatest, total = 0;
	size_t end = lk_ceil_div(T, UNIT) * UNIT;

	for (size_t u = T; u < end; u++)
		score[u] = -(lk_real)INFINITY;
	for (size_t j = 0; j < UNIT; j++)
		most[j] = -(lk_real)INFINITY;
	for (size_t u = 0; u < end; u += UNIT)
		#pragma omp simd
		for (size_t j = 0; j < UNIT; j++)
			most[j] = score[u + j] > most[j] ? score[u + j] : most[j];
	greatest = most[0];
	for (size_t j = 1; j < UNIT; j++)
		greatest = most[j] > greatest ? most[j] : greatest;
	for (size_t u = 0; u < end; u += UNIT)
		#pragma omp simd
		for (size_t j = 0; j < UNIT; j++) {
			score[u + j] = lk_exp(score[u + j] - greatest);
			sum[j] += score[u + j];
		}
	for (size_t j = 0; j < UNIT; j++)
		total += sum[j];
	return total;
}

void lk_attention_row(lk_real *out, lk_real *score, const lk_real *q,
		const lk_real *k, const lk_real *v, const lk_real *next, size_t T,
		size_t D, size_t stride, lk_real scale)
{
	lk_real inverse;

	assert(T && D && stride >= D);
	for (size_t u = 0; u < T; u++)
		for (size_t d = 0; d < D; d += LINES) {
			__builtin_prefetch(v + u * stride + d);
			__builtin_prefetch(next + u * stride + d, 0, 2);
		}
	score_keys(score, q, k, T, D, stride, scale);
	inverse = 1 / soften(score, T);
	lk_tile_multiply(out, D, score, T, 1, v, stride, 1, D, T, false);
	for (size_t d = 0; d < D; d++)
		out[d] *= inverse;
}
