/* text/bpe_pairs.h
 * Pairs of neighbouring tokens: how often each occurs, where, and which comes
 * next. */
#ifndef LK_TEXT_BPE_PAIRS_H
#define LK_TEXT_BPE_PAIRS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { LK_PAIR_LEAST = 2 /* times that a pair occurs to be merged */ };

/* Where a pair stands, or stood. */
typedef struct {
	uint32_t at;   /* slot of its left token (text/bpe_rows.h) */
	uint32_t word; /* number of the word */
} lk_place;

/* What waits to be merged: the places of a pair that came to be together. All of
 * a pair's come at once, but for those of a token that is made anew from others
 * (see bpe_step.c). */
typedef struct {
	lk_place *place;
	size_t count;
	uint32_t pair;
} lk_pair_batch;

typedef struct {
	uint64_t key;     /* left << 32 | right */
	int64_t count;
	uint32_t batches;
} lk_pair;

typedef struct {
	uint64_t count, key;
	uint32_t batch;
} lk_pair_candidate;

/* Zeroed is empty; free with lk_pairs_free. */
typedef struct {
	lk_pair *pair;
	size_t pairs, pair_capacity;
	uint32_t *slot; /* open addressing: number of the pair + 1, 0: free */
	size_t slots;
	lk_pair_batch *batch;
	size_t batches, batch_capacity;
	lk_pair_candidate *heap; /* the most frequent first, then the lowest key */
	size_t candidates, heap_capacity;
	struct lk_pair_block *block; /* memory of the places */
} lk_pairs;

void lk_pairs_free(lk_pairs *pairs);

/* The pair, or NULL. Good until the next is added. */
lk_pair *lk_pairs_find(const lk_pairs *pairs, uint64_t key);

/* A batch of so many places, still to be filled in by the caller, for a pair, which
 * is added if it is new and occurs `count` times more. *place becomes where. */
lk_status lk_pairs_add(lk_pairs *pairs, uint64_t key, int64_t count, size_t places,
		lk_place **place, lk_error *error);

/* The batch whose pair occurs most often, of those the one of the lowest key;
 * *count becomes how often. NULL: there is none. Its places last until lk_pairs_free. */
const lk_pair_batch *lk_pairs_pop(lk_pairs *pairs, uint64_t *count);

#endif
