#include "optim/gradient_norm.h"

static double squares_plain(const lk_real *g, size_t n)
{
	double sum = 0;

	#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++)
		sum += (double)g[i] * (double)g[i];
	return sum;
}

static double squares_l2(const lk_real *g, const lk_real *w, size_t n, lk_real l2)
{
	double sum = 0;

	#pragma omp simd reduction(+ : sum)
	for (size_t i = 0; i < n; i++) {
		double total = (double)(g[i] + l2 * w[i]);

		sum += total * total;
	}
	return sum;
}

void lk_gradient_squares(double *squares, const lk_slot *slots,
		const lk_block *blocks, size_t count, double l2)
{
	#pragma omp for
	for (size_t i = 0; i < count; i++) {
		const lk_slot *slot = &slots[blocks[i].slot];
		const lk_real *g = (const lk_real *)slot->g + blocks[i].first;
		const lk_real *w = (const lk_real *)slot->w + blocks[i].first;

		squares[i] = slot->decay && l2 != 0
				? squares_l2(g, w, blocks[i].count, (lk_real)l2)
				: squares_plain(g, blocks[i].count);
	}
}
