#include "kernels/attention_row.h"

#include "kernels/tile.h"
#include "kernels/vmath.h"

#include <assert.h>
#include <math.h>

enum { UNIT = LK_ATTENTION_ROW_UNIT };

static lk_real dot(const lk_real *x, const lk_real *y, size_t D)
{
	lk_real sum = 0;

	#pragma omp simd reduction(+ : sum)
	for (size_t d = 0; d < D; d++)
		sum += x[d] * y[d];
	return sum;
}

/* score[u] becomes exp(score[u] - the greatest), 0 from T to the next unit;
 * returns the sum. */
static lk_real soften(lk_real *score, size_t T)
{
	lk_real most[UNIT], sum[UNIT] = { 0 }, greatest, total = 0;
	size_t end = (T + UNIT - 1) / UNIT * UNIT;

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
		const lk_real *k, const lk_real *v, size_t T, size_t D, size_t stride,
		lk_real scale)
{
	lk_real inverse;

	assert(T && D && stride >= D);
	for (size_t u = 0; u < T; u++)
		score[u] = scale * dot(q, k + u * stride, D);
	inverse = 1 / soften(score, T);
	lk_tile_multiply(out, D, score, T, 1, v, stride, 1, D, T, false);
	for (size_t d = 0; d < D; d++)
		out[d] *= inverse;
}
