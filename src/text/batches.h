/* text/batches.h
 * Which stretch of the stream each training sequence is.
 *
 * Training is a numbered list of sequences g = 0, 1, 2, ... A sequence is a
 * window of context + 1 ids: the first `context` are inputs, the last `context`
 * targets. Epoch e consists of the sequences e W .. e W + W - 1 and visits each
 * of its W windows once: windows that lie end to end, shifted by an offset that
 * (seed, e) chooses below the context, in an order that (seed, e) permutes.
 * Everything is a function of (seed, g), so a run resumes anywhere, and how
 * sequences are grouped into micro-batches does not matter.
 *
 * W = max(1, floor(M / T) - 1) for M = tokens - 1 targets and context T: one
 * window is given up so that every offset below T fits. (Where M < 2 T there is
 * none to give up, and the offset stays below M - T + 1.) */
#ifndef LK_TEXT_BATCHES_H
#define LK_TEXT_BATCHES_H

#include "text/tokens.h"

typedef struct {
	const lk_tokens *tokens; /* not owned */
	size_t context;          /* T */
	uint64_t windows;        /* W: sequences per epoch */
	uint64_t seed;
} lk_batches;

/* Fails where the stream holds less than context + 1 ids, saying how many there
 * are and what to do; name is the text's name in that message. */
lk_status lk_batches_init(lk_batches *batches, const lk_tokens *tokens,
		size_t context, uint64_t seed, const char *name, lk_error *error);

/* Where sequence g begins in the stream. */
size_t lk_batches_start(const lk_batches *batches, uint64_t g);

/* Sequences g .. g + count - 1 as rows: input and target (count, T). */
void lk_batches_fill(const lk_batches *batches, uint64_t g, size_t count,
		uint32_t *input, uint32_t *target);

#endif
