#include "kernels/matvec.h"

#include "base/size.h"
#include "kernels/product.h"
#include "kernels/vector.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

/* A group of panels is summed at once: a sum waits for its own last addition, so
 * there must be several. VECTORS is that of product.c; AHEAD: how far before its
 * use a part of a panel is asked for. */
enum { VECTORS = 2, COLUMNS = VECTORS * LK_LANES, GROUP = 4 };
enum { AHEAD = 2048 / sizeof(lk_real), LINE = 64 / sizeof(lk_real) };

/* y += x W^T for `panels` panels, a constant, of K rows each. */
LK_INLINE void add_panels(lk_real *y, const lk_real *x, const lk_real *w, size_t K,
		size_t panels)
{
	lk_vector sum[GROUP][VECTORS];

	for (size_t p = 0; p < panels; p++)
		for (size_t v = 0; v < VECTORS; v++)
			sum[p][v] = lk_vector_load(y + p * COLUMNS + v * LK_LANES);
	for (size_t k = 0; k < K; k++) {
		lk_real xk = x[k];

		for (size_t p = 0; p < panels; p++) {
			const lk_real *row = w + (p * K + k) * COLUMNS;

			for (size_t i = 0; i < COLUMNS; i += LINE)
				__builtin_prefetch(row + AHEAD + i);
			for (size_t v = 0; v < VECTORS; v++)
				sum[p][v] += xk * lk_vector_load(row + v * LK_LANES);
		}
	}
	for (size_t p = 0; p < panels; p++)
		for (size_t v = 0; v < VECTORS; v++)
			lk_vector_store(y + p * COLUMNS + v * LK_LANES, sum[p][v]);
}

/* Columns n .. n + wide - 1, at most a group's. */
static void group(lk_real *y, const lk_real *x, const lk_real *panels,
		const lk_real *bias, const lk_real *residual, size_t n, size_t wide,
		size_t C)
{
	lk_real sum[GROUP * COLUMNS] __attribute__((aligned(64))) = { 0 };
	const lk_real *w = panels + n * C;

	if (residual)
		memcpy(sum, residual + n, wide * sizeof *sum);
	if (wide > (GROUP - 1) * COLUMNS)
		add_panels(sum, x, w, C, GROUP);
	else
		for (size_t i = 0; i < wide; i += COLUMNS)
			add_panels(sum + i, x, w + i * C, C, 1);
	for (size_t i = 0; bias && i < wide; i++)
		sum[i] += bias[n + i];
	memcpy(y + n, sum, wide * sizeof *sum);
}

void lk_matvec(lk_real *y, const lk_real *x, const lk_real *panels,
		const lk_real *bias, const lk_real *residual, size_t N, size_t C)
{
	size_t count = lk_ceil_div(N, COLUMNS), tasks = (size_t)omp_get_num_threads();

	assert(N && C && lk_product_columns == COLUMNS);
	#pragma omp for schedule(static)
	for (size_t task = 0; task < tasks; task++) {
		size_t end = lk_least((task + 1) * count / tasks * COLUMNS, N);

		for (size_t n = task * count / tasks * COLUMNS; n < end;
				n += GROUP * COLUMNS)
			group(y, x, panels, bias, residual, n,
					lk_least(GROUP * COLUMNS, end - n), C);
	}
}
