#include "kernels/gelu.h"

#include "kernels/vmath.h"

enum { TASK = 1024 }; /* elements */

static const lk_real A = (lk_real)1.5957691216057308; /* 2 sqrt(2/pi) */
static const lk_real B = (lk_real)0.071354816272600; /* 0.044715 A */

void lk_gelu_forward(lk_real *y, const lk_real *x, size_t R, size_t C)
{
	size_t n = R * C;

	#pragma omp for
	for (size_t from = 0; from < n; from += TASK) {
		size_t end = n - from < TASK ? n : from + TASK;

		#pragma omp simd
		for (size_t i = from; i < end; i++) {
			lk_real v = x[i], u = v * (A + B * (v * v)); /* 2u */
			lk_real rest;

			y[i] = v * lk_sigmoid(u, &rest);
		}
	}
}

void lk_gelu_backward(lk_real *dx, lk_real *y, const lk_real *dy, const lk_real *x,
		size_t R, size_t C)
{
	size_t n = R * C;

	#pragma omp for
	for (size_t from = 0; from < n; from += TASK) {
		size_t end = n - from < TASK ? n : from + TASK;

		#pragma omp simd
		for (size_t i = from; i < end; i++) {
			lk_real v = x[i], square = v * v;
			lk_real u = v * (A + B * square), du = A + 3 * B * square;
			lk_real rest, gate = lk_sigmoid(u, &rest), d = dy[i];

			if (y)
				y[i] = v * gate;
			dx[i] = d * (gate + v * du * (gate * rest));
		}
	}
}
