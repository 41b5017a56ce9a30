/* ngram/sort.h
 * The places of a text in the order of what stands there.
 *
 * The n-gram at a place is the token there and those that follow, up to `order`
 * tokens; it ends earlier with the text, and with an end of text that is not its
 * first token. */
#ifndef LK_NGRAM_SORT_H
#define LK_NGRAM_SORT_H

#include "ngram/tree.h"

/* A stream of ids in memory. */
typedef struct {
	lk_ngram_words id;
	size_t count;
	uint32_t end, vocabulary;
} lk_ngram_text;

/* The token `offset` >= 1 after `place`, plus 1; 0 where the stream is over. It
 * belongs to the n-gram unless one of those between is an end of text. */
static inline uint32_t lk_ngram_text_after(
		const lk_ngram_text *text, size_t place, size_t offset)
{
	return place + offset < text->count
			? lk_ngram_word(&text->id, place + offset) + 1
			: 0;
}

/* Scratch of one thread. */
typedef struct lk_ngram_sorter lk_ngram_sorter;

/* To sort up to `most` places of a text by n-grams of up to `order` tokens. */
lk_status lk_ngram_sorter_new(lk_ngram_sorter **sorter, const lk_ngram_text *text,
		size_t order, size_t most, lk_error *error);
void lk_ngram_sorter_free(lk_ngram_sorter *sorter); /* accepts NULL */

/* Sort places whose n-grams have the same first token. Time O(count order), however
 * the text is made. */
void lk_ngram_sort(lk_ngram_sorter *sorter, uint32_t *place, size_t count);

#endif
