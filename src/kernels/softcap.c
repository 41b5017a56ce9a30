#include "kernels/softcap.h"

#include "kernels/vmath.h"

#include <assert.h>

void lk_softcap_forward(lk_real *restrict z, lk_real *restrict slope, size_t R,
		size_t V, size_t ld, lk_real cap)
{
	assert(R && V && ld >= V && cap > 0);
	#pragma omp for
	for (size_t r = 0; r < R; r++) {
		lk_real *row = z + r * ld;

		#pragma omp simd
		for (size_t v = 0; v < V; v++)
			row[v] = lk_tanh(row[v] / cap);
		for (size_t v = 0; slope && v < V; v++)
			slope[r * ld + v] = 1 - row[v] * row[v];
		for (size_t v = 0; v < V; v++)
			row[v] *= cap;
	}
}

void lk_softcap_backward(lk_real *restrict dz, const lk_real *restrict slope, size_t R,
		size_t V, size_t ld)
{
	assert(R && V && ld >= V);
	#pragma omp for
	for (size_t r = 0; r < R; r++)
		for (size_t v = 0; v < V; v++)
			dz[r * ld + v] *= slope[r * ld + v];
}
