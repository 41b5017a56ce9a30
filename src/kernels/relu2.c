#include "kernels/relu2.h"

enum { TASK = 4096 }; /* elements */

void lk_relu2_forward(lk_real *y, const lk_real *x, size_t R, size_t C)
{
	size_t n = R * C;

	#pragma omp for
	for (size_t from = 0; from < n; from += TASK) {
		size_t end = n - from < TASK ? n : from + TASK;

		#pragma omp simd
		for (size_t i = from; i < end; i++) {
			lk_real positive = x[i] < 0 ? 0 : x[i]; /* NaN passes */

			y[i] = positive * positive;
		}
	}
}

void lk_relu2_backward(lk_real *dx, lk_real *y, const lk_real *dy,
		const lk_real *x, size_t R, size_t C)
{
	size_t n = R * C;

	#pragma omp for
	for (size_t from = 0; from < n; from += TASK) {
		size_t end = n - from < TASK ? n : from + TASK;

		#pragma omp simd
		for (size_t i = from; i < end; i++) {
			lk_real positive = x[i] < 0 ? 0 : x[i];

			dx[i] = 2 * positive * dy[i];
			if (y)
				y[i] = positive * positive;
		}
	}
}
