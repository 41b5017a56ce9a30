#include "kernels/mix.h"

#include <assert.h>

void lk_mix_forward(lk_real *y, const lk_real *x, const lk_real *restrict x0,
		const lk_real *restrict mix, size_t R, size_t C)
{
	const lk_real a = mix[0], b = mix[1];

	assert(R && C);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		#pragma omp simd
		for (size_t i = r * C; i < (r + 1) * C; i++)
			y[i] = a * x[i] + b * x0[i];
	}
}

/* One row; its share of dmix into sum. */
static void row_backward(lk_real *restrict dx, lk_real *restrict dx0,
		double sum[2], const lk_real *restrict x, const lk_real *restrict x0,
		const lk_real *restrict mix, size_t C, bool add)
{
	const lk_real a = mix[0], b = mix[1];
	lk_real first = 0, second = 0;

	#pragma omp simd reduction(+ : first, second)
	for (size_t c = 0; c < C; c++) {
		lk_real d = dx[c];

		first += d * x[c];
		second += d * x0[c];
		dx0[c] = add ? dx0[c] + b * d : b * d;
		dx[c] = a * d;
	}
	sum[0] += (double)first;
	sum[1] += (double)second;
}

void lk_mix_backward(lk_real *dx, lk_real *dx0, lk_real *dmix, const lk_real *x,
		const lk_real *x0, const lk_real *mix, size_t R, size_t C, bool add,
		bool accumulate, lk_real *partial)
{
	size_t blocks = lk_partials_count(R);

	assert(R && C);
	#pragma omp for
	for (size_t block = 0; block < blocks; block++) {
		size_t end = lk_partials_first(block + 1, blocks, R);
		double sum[2] = { 0, 0 };

		for (size_t r = lk_partials_first(block, blocks, R); r < end; r++)
			row_backward(dx + r * C, dx0 + r * C, sum, x + r * C,
					x0 + r * C, mix, C, add);
		partial[block * 2] = (lk_real)sum[0];
		partial[block * 2 + 1] = (lk_real)sum[1];
	}
	lk_partials_combine(dmix, partial, blocks, 2, 2, accumulate);
}
