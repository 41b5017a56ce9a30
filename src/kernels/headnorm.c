#include "kernels/headnorm.h"

#include "kernels/rms_row.h"

#include <assert.h>
#include <string.h>

void lk_headnorm_forward(lk_real *restrict y, lk_real *restrict s,
		const lk_real *restrict x, const lk_real *restrict gain, size_t R,
		size_t H, size_t D, size_t ld_y, size_t ld_x, lk_real eps)
{
	assert(R && H && D && ld_y >= H * D && ld_x >= H * D && eps > 0);
	#pragma omp for
	for (size_t r = 0; r < R; r++)
		for (size_t h = 0; h < H; h++)
			s[r * H + h] = lk_rms_row_forward(y + r * ld_y + h * D,
					x + r * ld_x + h * D, gain, D, eps);
}

void lk_headnorm_backward(lk_real *dx, lk_real *restrict dgain, const lk_real *dy,
		const lk_real *restrict x, const lk_real *restrict gain,
		const lk_real *restrict s, size_t R, size_t H, size_t D,
		size_t ld_dx, size_t ld_dy, size_t ld_x, bool accumulate,
		lk_real *restrict partial)
{
	size_t blocks = lk_partials_count(R);

	assert(R && H && D);
	assert(ld_dx >= H * D && ld_dy >= H * D && ld_x >= H * D);
	#pragma omp for
	for (size_t block = 0; block < blocks; block++) {
		lk_real *sum = partial + block * D;
		size_t end = lk_partials_first(block + 1, blocks, R);

		memset(sum, 0, D * sizeof *sum);
		for (size_t r = lk_partials_first(block, blocks, R); r < end; r++)
			for (size_t h = 0; h < H; h++)
				lk_rms_row_backward(dx + r * ld_dx + h * D, sum,
						dy + r * ld_dy + h * D,
						x + r * ld_x + h * D, gain,
						s[r * H + h], D, false);
	}
	lk_partials_combine(dgain, partial, blocks, D, D, accumulate);
}
