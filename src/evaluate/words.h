/* evaluate/words.h
 * What perplexities are quoted per, besides tokens and bytes. */
#ifndef LK_EVALUATE_WORDS_H
#define LK_EVALUATE_WORDS_H

#include "text/corpus.h"

typedef struct {
	uint64_t characters; /* an invalid byte counting as one */
	uint64_t words;      /* runs of characters that are no white space */
} lk_text_size;

/* No word reaches over a document's end. */
lk_text_size lk_text_measure(const lk_documents *documents);

/* Is it white space [The Unicode Standard, property White_Space]? */
bool lk_is_white_space(uint32_t code_point);

#endif
