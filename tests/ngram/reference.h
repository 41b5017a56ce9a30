/* ngram/reference.h
 * N-gram probabilities as they are defined: every count is taken by reading the
 * whole text, every number is a double. Slow. */
#ifndef LK_TESTS_NGRAM_REFERENCE_H
#define LK_TESTS_NGRAM_REFERENCE_H

#include "ngram/ngram.h"

typedef struct {
	lk_ngram_options options;
	const uint32_t *id;
	size_t count;
	double discount[LK_NGRAM_ORDER_MOST + 1][4]; /* of Kneser-Ney */
} reference;

/* A reader of ids in memory. */
void reference_read(const void *ids, size_t first, size_t count, uint32_t *out);

reference reference_new(const lk_ngram_options *options, const uint32_t *id,
		size_t count);

/* P(w | the n tokens h). */
double reference_p(const reference *r, const uint32_t *h, size_t n, uint32_t w);

/* How many tokens before ids[i] are its context. */
size_t reference_context(const reference *r, const uint32_t *ids, size_t i);

#endif
