#include "kernels/rmsnorm.h"

#include "kernels/rms_row.h"

#include <assert.h>
#include <string.h>

void lk_rmsnorm_forward(lk_real *restrict y, lk_real *restrict s,
		const lk_real *restrict x, const lk_real *restrict gain, size_t R,
		size_t C, lk_real eps)
{
	assert(R && C && eps > 0);
	#pragma omp for
	for (size_t r = 0; r < R; r++)
		s[r] = lk_rms_row_forward(y + r * C, x + r * C, gain, C, eps);
}

void lk_rmsnorm_again(lk_real *restrict y, const lk_real *restrict x,
		const lk_real *restrict gain, const lk_real *restrict s, size_t R,
		size_t C)
{
	#pragma omp for
	for (size_t r = 0; r < R; r++)
		for (size_t c = 0; c < C; c++)
			y[r * C + c] = gain[c] * (x[r * C + c] * s[r]);
}

void lk_rmsnorm_backward(lk_real *restrict dx, lk_real *restrict dgain,
		const lk_real *restrict dy, const lk_real *restrict x,
		const lk_real *restrict gain, const lk_real *restrict s, size_t R,
		size_t C, bool add, bool accumulate, lk_real *restrict partial)
{
	size_t blocks = lk_partials_count(R);

	assert(R && C);
	#pragma omp for
	for (size_t block = 0; block < blocks; block++) {
		lk_real *sum = partial + block * C;
		size_t end = lk_partials_first(block + 1, blocks, R);

		memset(sum, 0, C * sizeof *sum);
		for (size_t r = lk_partials_first(block, blocks, R); r < end; r++)
			lk_rms_row_backward(dx + r * C, sum, dy + r * C, x + r * C,
					gain, s[r], C, add);
	}
	lk_partials_combine(dgain, partial, blocks, C, C, accumulate);
}
