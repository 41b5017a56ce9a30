#include "kernels/bias.h"

#include <assert.h>
#include <string.h>

void lk_bias_forward(lk_real *restrict y, const lk_real *restrict bias, size_t R,
		size_t C)
{
	assert(R && C);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		lk_real *yr = y + r * C;

		for (size_t c = 0; c < C; c++)
			yr[c] += bias[c];
	}
}

void lk_bias_backward(lk_real *restrict dbias, const lk_real *restrict dy, size_t R,
		size_t C, bool accumulate, lk_real *restrict partial)
{
	size_t blocks = lk_partials_count(R);

	assert(R && C);
	#pragma omp for
	for (size_t block = 0; block < blocks; block++) {
		lk_real *sum = partial + block * C;
		size_t r = lk_partials_first(block, blocks, R);
		size_t end = lk_partials_first(block + 1, blocks, R);

		memset(sum, 0, C * sizeof *sum);
		for (; r + 4 <= end; r += 4) { /* fewer passes over the sums */
			const lk_real *d = dy + r * C;

			for (size_t c = 0; c < C; c++)
				sum[c] += (d[c] + d[C + c]) +
						(d[2 * C + c] + d[3 * C + c]);
		}
		for (; r < end; r++)
			for (size_t c = 0; c < C; c++)
				sum[c] += dy[r * C + c];
	}
	lk_partials_combine(dbias, partial, blocks, C, C, accumulate);
}
