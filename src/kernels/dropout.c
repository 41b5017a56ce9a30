#include "kernels/dropout.h"

#include <assert.h>

/* A group is LANES Philox blocks of eight 16-bit numbers. Element e of it takes
 * number e / LANES of block e % LANES, so that lanes never exchange data. */
enum { LANES = 8, GROUP = 8 * LANES, TASK = 64 * GROUP };

/* What is the same for all elements of a sequence. */
typedef struct {
	lk_rng rng;
	uint32_t step, site, sequence;
	uint32_t threshold; /* drop 16-bit numbers below */
	lk_real kept;       /* scale of the others */
} mask_stream;

static mask_stream mask_new(double p, lk_rng rng, uint64_t step, uint32_t site,
		uint64_t sequence)
{
	uint32_t threshold = (uint32_t)(p * 65536 + 0.5);

	assert(p >= 0 && p < 1 && site < 65536);
	threshold = threshold < 65535 ? threshold : 65535;
	/* what the counter has no room for goes into the key */
	rng.key[0] += (uint32_t)(step >> 32);
	rng.key[1] += (uint32_t)(sequence >> 32);
	return (mask_stream){ rng, (uint32_t)step, site, (uint32_t)sequence, threshold,
			(lk_real)(1 / (1 - threshold / 65536.0)) };
}

/* The scales of the elements of one group. */
static inline void group_scales(lk_real *restrict scale, const mask_stream *mask,
		uint64_t group)
{
	uint32_t number[4][LANES];
	uint32_t low = (uint32_t)(group * LANES);
	/* the site's upper half holds what a longer sequence adds */
	uint32_t high = mask->site | (uint32_t)(group * LANES >> 32) << 16;
	uint32_t threshold = mask->threshold;
	lk_real kept = mask->kept;

	#pragma omp simd
	for (uint32_t lane = 0; lane < LANES; lane++) {
		lk_rng_block block = lk_rng_at(mask->rng, low + lane, mask->step,
				high, mask->sequence);

		number[0][lane] = block.word[0];
		number[1][lane] = block.word[1];
		number[2][lane] = block.word[2];
		number[3][lane] = block.word[3];
	}
	for (size_t i = 0; i < 4; i++)
		for (size_t lane = 0; lane < LANES; lane++) {
			uint32_t n = number[i][lane];

			scale[2 * i * LANES + lane] =
					(n & 65535) >= threshold ? kept : 0;
			scale[(2 * i + 1) * LANES + lane] =
					n >> 16 >= threshold ? kept : 0;
		}
}

void lk_dropout_scales(lk_real *scale, size_t first, size_t count, double p,
		lk_rng rng, uint64_t step, uint32_t site, uint64_t sequence)
{
	mask_stream mask = mask_new(p, rng, step, site, sequence);
	size_t done = 0;

	while (done < count) {
		size_t at = first + done, skip = at % GROUP;
		size_t some = GROUP - skip < count - done ? GROUP - skip : count - done;

		if (some == GROUP) {
			group_scales(scale + done, &mask, at / GROUP);
		} else {
			lk_real whole[GROUP];

			group_scales(whole, &mask, at / GROUP);
			for (size_t i = 0; i < some; i++)
				scale[done + i] = whole[skip + i];
		}
		done += some;
	}
}

void lk_dropout_forward(lk_real *y, const lk_real *x, size_t B, size_t n, double p,
		lk_rng rng, uint64_t step, uint32_t site, uint64_t sequence)
{
	size_t tasks = (n + TASK - 1) / TASK; /* of a sequence */

	assert(B && n);
	#pragma omp for
	for (size_t task = 0; task < B * tasks; task++) {
		size_t b = task / tasks, from = task % tasks * TASK;
		size_t end = n - from < TASK ? n : from + TASK;
		mask_stream mask = mask_new(p, rng, step, site, sequence + b);

		for (size_t i = from; i < end; i += GROUP) {
			size_t count = end - i < GROUP ? end - i : GROUP;
			lk_real scale[GROUP];

			group_scales(scale, &mask, i / GROUP);
			#pragma omp simd
			for (size_t j = 0; j < count; j++)
				y[b * n + i + j] = x[b * n + i + j] * scale[j];
		}
	}
}

void lk_dropout_backward(lk_real *dx, const lk_real *dy, size_t B, size_t n,
		double p, lk_rng rng, uint64_t step, uint32_t site, uint64_t sequence)
{
	lk_dropout_forward(dx, dy, B, n, p, rng, step, site, sequence);
}
