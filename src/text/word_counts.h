/* text/word_counts.h
 * How often each word occurs in some documents. */
#ifndef LK_TEXT_WORD_COUNTS_H
#define LK_TEXT_WORD_COUNTS_H

#include "text/bpe_train.h"
#include "text/word_table.h"

/* The words are divided by their hashes, so that several threads can add to
 * different parts. */
enum { LK_WORD_PARTS = 16 };

typedef struct {
	lk_word_table part[LK_WORD_PARTS];
} lk_word_counts;

void lk_word_counts_free(lk_word_counts *counts);

/* Count; of config, `vocabulary` is not looked at. counts, zeroed before, hold the
 * words, whose order depends on chance, unlike their counts; to be freed also after
 * a failure. Of result, nbytes, words, distinct and dropped are filled in. */
lk_status lk_word_counts_make(lk_word_counts *counts, const lk_documents *documents,
		const lk_bpe_train_config *config, lk_bpe_train_result *result,
		lk_error *error);

#endif
