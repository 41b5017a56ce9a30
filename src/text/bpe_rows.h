/* text/bpe_rows.h
 * Words as rows of tokens in which neighbours can be merged.
 *
 * One slot for each byte, and one before each word and behind the last: a token
 * stands in the slot of its first byte; where it has several, the last of its
 * slots leads back to the first. A slot inside, where a token once began, is
 * neither. Nothing moves when tokens are merged. */
#ifndef LK_TEXT_BPE_ROWS_H
#define LK_TEXT_BPE_ROWS_H

#include "text/word_counts.h"

#include <stdbool.h>

#define LK_ROW_EDGE UINT32_MAX /* between words */
#define LK_ROW_GONE (UINT32_MAX - 1)
#define LK_ROW_BACK 0x80000000u /* plus the bytes of the token that ends here */

typedef struct {
	uint32_t *slot;
	size_t slots;
	uint64_t *count;  /* [words] how often each word occurs */
	size_t words;
	uint32_t *nbytes; /* [vocabulary] of each token; owned by others */
} lk_bpe_rows;

/* Lay out the words, byte b as the token byte_id[b], and free the counts part by
 * part. rows is to be freed also after a failure. */
lk_status lk_bpe_rows_init(lk_bpe_rows *rows, lk_word_counts *counts,
		const uint32_t byte_id[256], uint32_t *nbytes, lk_error *error);
void lk_bpe_rows_free(lk_bpe_rows *rows);

/* Where the token behind that at `at` begins; its slot may be an edge. */
static inline size_t lk_row_next(const lk_bpe_rows *rows, size_t at)
{
	return at + rows->nbytes[rows->slot[at]];
}

/* Where the token before that at `at` begins, or an edge. */
static inline size_t lk_row_before(const lk_bpe_rows *rows, size_t at)
{
	uint32_t slot = rows->slot[at - 1];

	return slot == LK_ROW_EDGE || slot < LK_ROW_BACK
			? at - 1
			: at - (slot - LK_ROW_BACK);
}

/* Do left and right stand at `at`, one behind the other? */
static inline bool lk_row_is_pair(
		const lk_bpe_rows *rows, size_t at, uint32_t left, uint32_t right)
{
	return rows->slot[at] == left &&
	       rows->slot[at + rows->nbytes[left]] == right;
}

/* Put `made` in place of the two tokens at `at`. */
static inline void lk_row_merge(lk_bpe_rows *rows, size_t at, uint32_t made)
{
	uint32_t nbytes = rows->nbytes[made];

	rows->slot[lk_row_next(rows, at)] = LK_ROW_GONE;
	rows->slot[at] = made;
	rows->slot[at + nbytes - 1] = LK_ROW_BACK + nbytes;
}

#endif
