/* kernels/rms_row.h
 * RMSNorm of one vector, for the kernels that norm rows and those that norm
 * heads. Formulas: kernels/rmsnorm.h. */
#ifndef LK_KERNELS_RMS_ROW_H
#define LK_KERNELS_RMS_ROW_H

#include "base/real.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns s. */
static inline lk_real lk_rms_row_forward(lk_real *restrict y,
		const lk_real *restrict x, const lk_real *restrict gain, size_t C,
		lk_real eps)
{
	lk_real squares = 0, s;

	#pragma omp simd reduction(+ : squares)
	for (size_t c = 0; c < C; c++)
		squares += x[c] * x[c];
	s = (lk_real)(1 / sqrt((double)(squares / (lk_real)C + eps)));
	for (size_t c = 0; c < C; c++)
		y[c] = gain[c] * (x[c] * s);
	return s;
}

/* dx = or += s (gain dy - xs mean(gain dy xs)), where xs = x s; dgain += dy xs.
 * dx may be dy, so neither is restrict: the loops say that order is free. */
static inline void lk_rms_row_backward(lk_real *dx, lk_real *restrict dgain,
		const lk_real *dy, const lk_real *restrict x,
		const lk_real *restrict gain, lk_real s, size_t C, bool add)
{
	lk_real mean = 0;

	#pragma omp simd reduction(+ : mean)
	for (size_t c = 0; c < C; c++)
		mean += gain[c] * dy[c] * x[c];
	mean *= s / (lk_real)C;
	if (add) {
		#pragma omp simd
		for (size_t c = 0; c < C; c++) {
			lk_real xs = x[c] * s, d = dy[c];

			dgain[c] += d * xs;
			dx[c] += s * (gain[c] * d - xs * mean);
		}
	} else {
		#pragma omp simd
		for (size_t c = 0; c < C; c++) {
			lk_real xs = x[c] * s, d = dy[c];

			dgain[c] += d * xs;
			dx[c] = s * (gain[c] * d - xs * mean);
		}
	}
}

#endif
