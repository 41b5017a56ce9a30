#include "kernels/swiglu.h"

#include "kernels/vmath.h"

void lk_swiglu_forward(lk_real *restrict y, const lk_real *restrict x, size_t R,
		size_t H)
{
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		const lk_real *gate = x + r * 2 * H, *up = gate + H;
		lk_real *yr = y + r * H;

		#pragma omp simd
		for (size_t h = 0; h < H; h++) {
			lk_real rest;

			yr[h] = gate[h] * lk_sigmoid(gate[h], &rest) * up[h];
		}
	}
}

void lk_swiglu_backward(lk_real *dx, lk_real *y, const lk_real *dy,
		const lk_real *x, size_t R, size_t H)
{
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		const lk_real *gate = x + r * 2 * H, *up = gate + H;
		const lk_real *dyr = dy + r * H;
		lk_real *dgate = dx + r * 2 * H, *dup = dgate + H;

		#pragma omp simd
		for (size_t h = 0; h < H; h++) {
			lk_real z = gate[h], d = dyr[h];
			lk_real rest, s = lk_sigmoid(z, &rest);

			if (y)
				y[r * H + h] = z * s * up[h];
			dup[h] = d * (z * s);
			dgate[h] = d * up[h] * (s + z * s * rest);
		}
	}
}
