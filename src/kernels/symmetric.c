#include "kernels/symmetric.h"

#include "base/size.h"
#include "kernels/gemm.h"
#include "kernels/vector.h"

#include <assert.h>

/* Rows that are multiplied at a time, a multiple of every build's block of them:
 * fewer leave out more of what is above the diagonal, more pack b less often. */
enum { ROWS = 48 };

void lk_symmetric_product(lk_real *c, const lk_real *a, const lk_real *b, size_t N,
		size_t K, bool transpose_a, bool transpose_b)
{
	size_t tasks = lk_ceil_div(N, ROWS);
	size_t ld_a = transpose_a ? N : K, ld_b = transpose_b ? K : N;

	assert(N && K);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < tasks; task++) {
		size_t first = (tasks - 1 - task) * ROWS; /* long rows first */
		size_t end = lk_least(first + ROWS, N);

		lk_multiply(c + first * N, transpose_a ? a + first : a + first * ld_a,
				b, end - first, end, K, N, ld_a, ld_b, transpose_a,
				transpose_b, false);
	}
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < tasks; task++) {
		size_t first = task * ROWS, end = lk_least(first + ROWS, N);

		/* what multiplied above the diagonal may differ in its last bits */
		for (size_t r = first; r < end; r++)
			for (size_t i = r + 1; i < end; i++)
				c[r * N + i] = c[i * N + r];
		for (size_t below = end; below < N; below += ROWS)
			lk_transpose(c + first * N + below, N, c + below * N + first,
					N, lk_least(ROWS, N - below), end - first);
	}
}
