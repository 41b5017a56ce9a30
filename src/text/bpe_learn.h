/* text/bpe_learn.h
 * From counted words to merges. */
#ifndef LK_TEXT_BPE_LEARN_H
#define LK_TEXT_BPE_LEARN_H

#include "text/tokenizer_bpe.h"
#include "text/word_counts.h"

/* Learn until there are `tokens` of them (256 or more), the bytes included, in the
 * order of lk_tokenizer_new_byte, or no pair occurs twice. The counts are freed on
 * the way. *merge is malloc'd, *merges of them; *made becomes the number of
 * tokens. A token may come about in two ways: there are then more merges than
 * tokens. */
lk_status lk_bpe_learn(lk_bpe_merge **merge, size_t *merges, uint32_t *made,
		lk_word_counts *counts, uint32_t tokens, const lk_text_watch *watch,
		lk_error *error);

#endif
