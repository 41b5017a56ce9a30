/* base/rng.h
 * Counter-based random numbers: Philox4x32-10 [Salmon et al. 2011, "Parallel
 * random numbers: as easy as 1, 2, 3", SC'11].
 *
 * There is no state to save: a value is a function of the key (seed and
 * purpose) and of the counter (which step, layer, sequence, element), so any
 * draw can be repeated, in any order, by any thread. */
#ifndef LK_BASE_RNG_H
#define LK_BASE_RNG_H

#include <math.h>
#include <stdint.h>

/* What a stream is for; part of the key, so that streams never meet. */
typedef enum {
	LK_RNG_INIT = 1,
	LK_RNG_DROPOUT,
	LK_RNG_SHUFFLE,
	LK_RNG_OFFSET,
	LK_RNG_SAMPLE,
	LK_RNG_CHECK,
	LK_RNG_RESAMPLE,
	LK_RNG_SIGNS,
	LK_RNG_SEEDS,
	LK_RNG_MERGE,
} lk_rng_purpose;

typedef struct {
	uint32_t word[4];
} lk_rng_block;

typedef struct {
	uint32_t key[2];
} lk_rng;

static inline lk_rng lk_rng_new(uint64_t seed, lk_rng_purpose purpose)
{
	/* SplitMix64's finaliser, so that near seeds give far keys. */
	uint64_t z = seed + 0x9E3779B97F4A7C15u * (uint64_t)purpose;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	z ^= z >> 31;
	return (lk_rng){ { (uint32_t)z, (uint32_t)(z >> 32) } };
}

/* The four words that belong to counter (c0, c1, c2, c3). */
static inline lk_rng_block lk_rng_at(lk_rng rng, uint32_t c0, uint32_t c1,
		uint32_t c2, uint32_t c3)
{
	uint32_t k0 = rng.key[0], k1 = rng.key[1];

	for (int round = 0; round < 10; round++) {
		uint64_t p0 = (uint64_t)0xD2511F53u * c0;
		uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;

		c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
		c1 = (uint32_t)p1;
		c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
		c3 = (uint32_t)p0;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	return (lk_rng_block){ { c0, c1, c2, c3 } };
}

/* A 64-bit word from a 64-bit counter and a 64-bit stream number. */
static inline uint64_t lk_rng_u64(lk_rng rng, uint64_t counter, uint64_t stream)
{
	lk_rng_block b = lk_rng_at(rng, (uint32_t)counter,
			(uint32_t)(counter >> 32), (uint32_t)stream,
			(uint32_t)(stream >> 32));

	return (uint64_t)b.word[1] << 32 | b.word[0];
}

/* Uniform on [0, 1), 53 bits. */
static inline double lk_rng_uniform(lk_rng rng, uint64_t counter, uint64_t stream)
{
	return (double)(lk_rng_u64(rng, counter, stream) >> 11) * 0x1p-53;
}

/* Uniform on {0, ..., n-1}, n >= 1; the bias is below n / 2^64. */
uint64_t lk_rng_below(lk_rng rng, uint64_t counter, uint64_t stream, uint64_t n);

/* Standard normal (Box-Muller), one per counter value. */
double lk_rng_normal(lk_rng rng, uint64_t counter, uint64_t stream);

/* Image of index under a keyed permutation of {0, ..., n-1} (stream chooses
 * which): a four-round Feistel network with cycle walking. O(1) expected time,
 * no memory. n >= 1, index < n. */
uint64_t lk_rng_permute(lk_rng rng, uint64_t index, uint64_t n, uint64_t stream);

#endif
