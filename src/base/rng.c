#include "base/rng.h"

#include <assert.h>

uint64_t lk_rng_below(lk_rng rng, uint64_t counter, uint64_t stream, uint64_t n)
{
	assert(n > 0);
	return (uint64_t)(((unsigned __int128)lk_rng_u64(rng, counter, stream) * n) >>
			64);
}

double lk_rng_normal(lk_rng rng, uint64_t counter, uint64_t stream)
{
	lk_rng_block b = lk_rng_at(rng, (uint32_t)counter,
			(uint32_t)(counter >> 32), (uint32_t)stream,
			(uint32_t)(stream >> 32));
	uint64_t first = (uint64_t)b.word[1] << 32 | b.word[0];
	uint64_t second = (uint64_t)b.word[3] << 32 | b.word[2];
	double u = (double)((first >> 11) + 1) * 0x1p-53; /* (0, 1] */
	double v = (double)(second >> 11) * 0x1p-53;

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t lk_rng_permute(lk_rng rng, uint64_t index, uint64_t n, uint64_t stream)
{
	unsigned half = 1;

	assert(index < n);
	while (half < 32 && (uint64_t)1 << (2 * half) < n)
		half++;
	uint32_t mask = half == 32 ? UINT32_MAX : (uint32_t)(1u << half) - 1;
	uint64_t x = index;
	do { /* at most four times n values: walk until inside */
		uint32_t left = (uint32_t)(x >> half) & mask, right = x & mask;

		for (uint32_t round = 0; round < 4; round++) {
			uint32_t f = lk_rng_at(rng, right, round,
					(uint32_t)stream, (uint32_t)(stream >> 32))
							 .word[0];
			uint32_t next = left ^ (f & mask);

			left = right;
			right = next;
		}
		x = (uint64_t)left << half | right;
	} while (x >= n);
	return x;
}
