#include "kernels/residual.h"

enum { TASK = 4096 }; /* elements */

void lk_residual_forward(lk_real *y, const lk_real *a, const lk_real *b, size_t n)
{
	#pragma omp for
	for (size_t from = 0; from < n; from += TASK) {
		size_t end = n - from < TASK ? n : from + TASK;

		#pragma omp simd
		for (size_t i = from; i < end; i++)
			y[i] = a[i] + b[i];
	}
}

void lk_residual_backward(lk_real *dx, const lk_real *dy, size_t n)
{
	lk_residual_forward(dx, dx, dy, n);
}
