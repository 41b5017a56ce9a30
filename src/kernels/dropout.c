#include "kernels/dropout.h"

#include <assert.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

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

/* Vectors of 64-bit lanes, and the product of a lane's lower half with k, which
 * compilers do not find by themselves: it is most of Philox. */
#if defined(__AVX512F__)
enum { VECTOR_NBYTES = 64 };
typedef uint64_t vector __attribute__((vector_size(VECTOR_NBYTES)));
static inline vector product(vector a, uint32_t k)
{
	return (vector)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi64(k));
}
#elif defined(__AVX2__)
enum { VECTOR_NBYTES = 32 };
typedef uint64_t vector __attribute__((vector_size(VECTOR_NBYTES)));
static inline vector product(vector a, uint32_t k)
{
	return (vector)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(k));
}
#elif defined(__x86_64__)
enum { VECTOR_NBYTES = 16 };
typedef uint64_t vector __attribute__((vector_size(VECTOR_NBYTES)));
static inline vector product(vector a, uint32_t k)
{
	return (vector)_mm_mul_epu32((__m128i)a, _mm_set1_epi64x(k));
}
#else
enum { VECTOR_NBYTES = 16 };
typedef uint64_t vector __attribute__((vector_size(VECTOR_NBYTES)));
static inline vector product(vector a, uint32_t k)
{
	return (a & UINT32_MAX) * k;
}
#endif
enum { WIDE = VECTOR_NBYTES / sizeof(uint64_t), VECTORS = LANES / WIDE };

/* lk_rng_at of LANES successive blocks. Upper halves of c hold what is left of
 * products; nothing reads them. */
static inline void group_numbers(uint64_t word[4][LANES], const mask_stream *mask,
		uint64_t block)
{
	static const uint64_t lanes[LANES] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	uint32_t k0 = mask->rng.key[0], k1 = mask->rng.key[1];
	/* the site's upper half holds what a longer sequence adds */
	uint32_t high = mask->site | (uint32_t)(block >> 32) << 16;
	vector c[4][VECTORS];

	memcpy(c[0], lanes, sizeof lanes);
	for (size_t v = 0; v < VECTORS; v++) {
		c[0][v] += (uint32_t)block;
		c[1][v] = (vector){ 0 } + mask->step;
		c[2][v] = (vector){ 0 } + high;
		c[3][v] = (vector){ 0 } + mask->sequence;
	}
	for (int round = 0; round < 10; round++) {
		for (size_t v = 0; v < VECTORS; v++) {
			vector p0 = product(c[0][v], 0xD2511F53u);
			vector p1 = product(c[2][v], 0xCD9E8D57u);

			c[0][v] = (p1 >> 32) ^ c[1][v] ^ k0;
			c[1][v] = p1;
			c[2][v] = (p0 >> 32) ^ c[3][v] ^ k1;
			c[3][v] = p0;
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	memcpy(word, c, sizeof c);
}

/* The scales of the elements of one group. */
static inline void group_scales(lk_real *restrict scale, const mask_stream *mask,
		uint64_t group)
{
	uint64_t word[4][LANES];
	uint32_t threshold = mask->threshold;
	lk_real kept = mask->kept;

	group_numbers(word, mask, group * LANES);
	for (size_t i = 0; i < 4; i++)
		for (size_t lane = 0; lane < LANES; lane++) {
			uint32_t n = (uint32_t)word[i][lane];

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

void lk_dropout_forward(lk_real *y, const lk_real *x, size_t B, size_t first,
		size_t n, double p, lk_rng rng, uint64_t step, uint32_t site,
		uint64_t sequence)
{
	size_t tasks = (n + TASK - 1) / TASK; /* of a sequence */

	assert(B && n);
	#pragma omp for
	for (size_t task = 0; task < B * tasks; task++) {
		size_t b = task / tasks, from = task % tasks * TASK;
		size_t end = n - from < TASK ? n : from + TASK;

		for (size_t i = from; i < end; i += GROUP) {
			size_t count = end - i < GROUP ? end - i : GROUP;
			lk_real scale[GROUP];

			lk_dropout_scales(scale, first + i, count, p, rng, step, site,
					sequence + b);
			#pragma omp simd
			for (size_t j = 0; j < count; j++)
				y[b * n + i + j] = x[b * n + i + j] * scale[j];
		}
	}
}

void lk_dropout_backward(lk_real *dx, const lk_real *dy, size_t B, size_t first,
		size_t n, double p, lk_rng rng, uint64_t step, uint32_t site,
		uint64_t sequence)
{
	lk_dropout_forward(dx, dy, B, first, n, p, rng, step, site, sequence);
}
