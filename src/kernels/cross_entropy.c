#include "kernels/cross_entropy.h"

#include "kernels/vmath.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 512 }; /* exponentials summed in lk_real before joining in double */

/* Greatest logit; *probe becomes 0 where all are finite, else NaN. */
static lk_real greatest(const lk_real *restrict logits, size_t V, lk_real *probe)
{
	lk_real most = -INFINITY, nothing = 0;

	#pragma omp simd reduction(max : most) reduction(+ : nothing)
	for (size_t v = 0; v < V; v++) {
		most = logits[v] > most ? logits[v] : most;
		nothing += logits[v] - logits[v]; /* inf - inf is NaN */
	}
	*probe = nothing;
	return most;
}

void lk_cross_entropy_forward(double *restrict nll, const lk_real *restrict logits,
		const uint32_t *restrict target, size_t R, size_t V, size_t ld)
{
	assert(R && V && ld >= V);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		const lk_real *row = logits + r * ld;
		lk_real most, probe;
		double sum = 0;

		if (target[r] == UINT32_MAX) {
			nll[r] = 0;
			continue;
		}
		assert(target[r] < V);
		most = greatest(row, V, &probe);
		for (size_t from = 0; from < V; from += BLOCK) {
			size_t end = V - from < BLOCK ? V : from + BLOCK;
			lk_real part = 0;

			#pragma omp simd reduction(+ : part)
			for (size_t v = from; v < end; v++)
				part += lk_exp(row[v] - most);
			sum += part;
		}
		nll[r] = log(sum) + ((double)most - row[target[r]]) + probe;
	}
}

void lk_cross_entropy_forward_backward(double *restrict nll,
		lk_real *restrict logits, const uint32_t *restrict target, size_t R,
		size_t V, size_t ld, lk_real scale)
{
	assert(R && V && ld >= V);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		lk_real *row = logits + r * ld;
		lk_real most, probe, factor;
		double sum = 0;

		memset(row + V, 0, (ld - V) * sizeof *row);
		if (target[r] == UINT32_MAX) {
			memset(row, 0, V * sizeof *row);
			nll[r] = 0;
			continue;
		}
		assert(target[r] < V);
		most = greatest(row, V, &probe);
		nll[r] = (double)most - row[target[r]] + probe;
		for (size_t from = 0; from < V; from += BLOCK) {
			size_t end = V - from < BLOCK ? V : from + BLOCK;
			lk_real part = 0;

			#pragma omp simd reduction(+ : part)
			for (size_t v = from; v < end; v++) {
				row[v] = lk_exp(row[v] - most);
				part += row[v];
			}
			sum += part;
		}
		nll[r] += log(sum);
		factor = (lk_real)(scale / sum);
		for (size_t v = 0; v < V; v++)
			row[v] *= factor;
		row[target[r]] -= scale;
	}
}
