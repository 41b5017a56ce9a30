/* text/bpe_step.h
 * One step of learning merges: the places of a pair in the rows of words become
 * the token that the two make, and the pairs with what stood beside them are
 * counted anew. */
#ifndef LK_TEXT_BPE_STEP_H
#define LK_TEXT_BPE_STEP_H

#include "text/bpe_merges.h"
#include "text/bpe_pairs.h"
#include "text/bpe_rows.h"

typedef struct lk_bpe_step lk_bpe_step;

/* For up to so many tokens. rows and pairs are changed by every step, and must
 * outlive it. */
lk_status lk_bpe_step_new(lk_bpe_step **step, lk_bpe_rows *rows, lk_pairs *pairs,
		uint32_t tokens, lk_error *error);
void lk_bpe_step_free(lk_bpe_step *step); /* accepts NULL */

/* Merge the pair at the places of a batch; once it has had a batch before, in the
 * whole of their words, whichever of its batches a place is in. */
lk_status lk_bpe_step_merge(lk_bpe_step *step, const lk_pair_batch *batch,
		lk_bpe_merge merge, lk_error *error);

#endif
