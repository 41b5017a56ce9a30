#include "kernels/partials.h"

#include <assert.h>

enum { CHANNELS = 64 };

void lk_partials_combine(lk_real *restrict sum, const lk_real *restrict partial,
		size_t blocks, size_t C, size_t ld, bool accumulate)
{
	assert(blocks && C && ld >= C);
	#pragma omp for
	for (size_t from = 0; from < C; from += CHANNELS) {
		size_t count = C - from < CHANNELS ? C - from : CHANNELS;
		lk_real total[CHANNELS] = { 0 };

		for (size_t block = 0; block < blocks; block++)
			for (size_t c = 0; c < count; c++)
				total[c] += partial[block * ld + from + c];
		for (size_t c = 0; c < count; c++)
			sum[from + c] = accumulate ? sum[from + c] + total[c]
						   : total[c];
	}
}
