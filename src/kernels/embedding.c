#include "kernels/embedding.h"

#include <assert.h>
#include <string.h>

void lk_embedding_forward(lk_real *restrict y, const uint32_t *restrict ids,
		const lk_real *restrict token, const lk_real *restrict position,
		size_t B, size_t T, size_t C)
{
	assert(B && T && C);
	#pragma omp for
	for (size_t r = 0; r < B * T; r++) {
		const lk_real *from = token + ids[r] * C;
		lk_real *yr = y + r * C;

		if (position) {
			const lk_real *place = position + r % T * C;

			for (size_t c = 0; c < C; c++)
				yr[c] = from[c] + place[c];
		} else {
			memcpy(yr, from, C * sizeof *yr);
		}
	}
}

/* Every task adds all rows, in order, into its own block of channels: no races,
 * no sorting, and tokens that are much more frequent than others do not make
 * one task longer. Blocks are whole cache lines, and not more than 64. */
static size_t channels_of_task(size_t C)
{
	const size_t line = 64 / sizeof(lk_real);

	return ((C + 63) / 64 + line - 1) / line * line;
}

void lk_embedding_backward_token(lk_real *restrict dtoken,
		const lk_real *restrict dy, const uint32_t *restrict ids, size_t B,
		size_t T, size_t V, size_t C, bool accumulate)
{
	size_t width = channels_of_task(C);

	assert(B && T && V && C);
	if (!accumulate) {
		#pragma omp for
		for (size_t v = 0; v < V; v++)
			memset(dtoken + v * C, 0, C * sizeof *dtoken);
	}
	#pragma omp for
	for (size_t from = 0; from < C; from += width) {
		size_t count = C - from < width ? C - from : width;

		for (size_t r = 0; r < B * T; r++) {
			const lk_real *d = dy + r * C + from;
			lk_real *sum = dtoken + ids[r] * C + from;

			assert(ids[r] < V);
			for (size_t c = 0; c < count; c++)
				sum[c] += d[c];
		}
	}
}

void lk_embedding_backward_position(lk_real *restrict dposition,
		const lk_real *restrict dy, size_t B, size_t T, size_t P, size_t C,
		bool accumulate)
{
	assert(B && T && C && P >= T);
	#pragma omp for
	for (size_t t = 0; t < P; t++) {
		lk_real *sum = dposition + t * C;

		if (!accumulate)
			memset(sum, 0, C * sizeof *sum);
		for (size_t b = 0; t < T && b < B; b++)
			for (size_t c = 0; c < C; c++)
				sum[c] += dy[(b * T + t) * C + c];
	}
}
