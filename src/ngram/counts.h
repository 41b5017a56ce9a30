/* ngram/counts.h
 * From a text to the tree of its n-grams with their counts.
 *
 * Memory beyond the tree is 4 bytes for each token of the text, and the text. */
#ifndef LK_NGRAM_COUNTS_H
#define LK_NGRAM_COUNTS_H

#include "ngram/sort.h"

/* How often each n-gram occurs; for levels below the longest the array is that of
 * the tree's back-off cells, for the longest it is malloc'd and the caller's. */
typedef struct {
	lk_ngram_cell *level[LK_NGRAM_ORDER_MOST + 1];
} lk_ngram_counts;

/* Fill in the levels of a model without any, but for p. The counts of level 1 are
 * those of tokens that are predicted: all but the first of the text. In others an
 * n-gram that begins with the end of text begins a document. */
lk_status lk_ngram_count_text(lk_ngram_counts *counts, lk_ngram *ngram,
		const lk_ngram_text *text, int threads, lk_error *error);
void lk_ngram_counts_free(lk_ngram_counts *counts, const lk_ngram *ngram);

/* Find each n-gram's suffix, the n-gram without its first token, one level up, and
 * leave its number in the cells p of levels 2 and on, which it allocates (all
 * levels). */
lk_status lk_ngram_find_suffixes(lk_ngram *ngram, int threads, lk_error *error);

/* Replace the counts below the longest level by the numbers of different tokens
 * that stand before, except of n-grams that begin a document, before which there is
 * none. The suffixes have been found. */
void lk_ngram_count_left(lk_ngram_counts *counts, const lk_ngram *ngram, int threads);

#endif
