/* tests/fuzz/mutate.h
 * Mutants of seeds, for a target that is not linked with libFuzzer. */
#ifndef LK_TESTS_FUZZ_MUTATE_H
#define LK_TESTS_FUZZ_MUTATE_H

#include "base/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t nbytes);

/* Some bytes changed, taken out, or put twice; in memory of its own, so that a
 * sanitizer sees its end. */
static inline void fuzz_mutant(const unsigned char *seed, size_t nbytes, uint64_t round)
{
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);
	size_t room = 2 * nbytes + 64;
	unsigned char *mutant = malloc(room);

	if (!mutant)
		abort();
	memcpy(mutant, seed, nbytes);
	for (uint64_t i = lk_rng_below(rng, 0, round, 6); nbytes && i > 0; i--) {
		size_t at = lk_rng_below(rng, 4 * i, round, nbytes);
		size_t n = 1 + lk_rng_below(rng, 4 * i + 1, round, nbytes - at);

		n = n > 16 && round % 4 ? 16 : n;
		switch (lk_rng_below(rng, 4 * i + 2, round, 3)) {
		case 0:
			mutant[at] = (unsigned char)lk_rng_u64(rng, 4 * i + 3, round);
			break;
		case 1:
			memmove(mutant + at, mutant + at + n, nbytes - at - n);
			nbytes -= n;
			break;
		default:
			n = n < room - nbytes ? n : room - nbytes;
			memmove(mutant + at + n, mutant + at, nbytes - at);
			nbytes += n;
		}
	}
	mutant = realloc(mutant, nbytes ? nbytes : 1);
	LLVMFuzzerTestOneInput(mutant, nbytes);
	free(mutant);
}

#endif
