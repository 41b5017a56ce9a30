/* ngram/tree.h
 * The tree of n-grams that every n-gram model is, for those that make one: the
 * estimators and the readers of files.
 *
 * Level n holds the n-grams of n tokens, sorted by their tokens from the first to
 * the last. Those that continue an n-gram stand together in the level below,
 * sorted by the token they add:
 *
 *     level 1    a                b          c      node = id, all V of them
 *     first      |                |          |
 *     level 2    a a   a b  a d   b c        c a    token: a b d c a
 *     first      |          |     |          |
 *     level 3    a a b      ...
 *
 * The end of text is one node of level 1: its probability is that of a text's
 * end, its back-off weight and what is below it are those of a text's beginning.
 * Below an end that follows something there is nothing.
 *
 * While a model is being estimated, cells hold whole numbers: in `backoff` (at the
 * longest level in `count`) an n-gram's count, in `p` its suffix. */
#ifndef LK_NGRAM_TREE_H
#define LK_NGRAM_TREE_H

#include "ngram/ngram.h"

#include <stdbool.h>

#define LK_NGRAM_NONE UINT32_MAX /* no node */

typedef union {
	float real;
	uint32_t whole;
} lk_ngram_cell;

/* Tokens, in 16 bits each where ids allow. */
typedef struct {
	void *data;
	bool wide; /* 32 bits */
} lk_ngram_words;

static inline uint32_t lk_ngram_word(const lk_ngram_words *words, size_t i)
{
	return words->wide ? ((const uint32_t *)words->data)[i]
			   : ((const uint16_t *)words->data)[i];
}

static inline void lk_ngram_put_word(lk_ngram_words *words, size_t i, uint32_t id)
{
	if (words->wide)
		((uint32_t *)words->data)[i] = id;
	else
		((uint16_t *)words->data)[i] = (uint16_t)id;
}

/* Does a vocabulary need 32 bits? And room for so many words. */
static inline bool lk_ngram_wide(uint32_t vocabulary)
{
	return vocabulary > UINT16_MAX + 1u;
}
lk_status lk_ngram_words_new(lk_ngram_words *words, size_t count, bool wide,
		lk_error *error);

typedef struct {
	size_t count;           /* n-grams */
	lk_ngram_words word;    /* [count] the last token; level 1: none */
	uint32_t *first;        /* [count + 1] of those below; longest level: NULL */
	lk_ngram_cell *p;       /* [count] */
	lk_ngram_cell *backoff; /* [count]; longest level: NULL */
} lk_ngram_level;

struct lk_ngram {
	lk_ngram_options options;
	lk_ngram_level level[LK_NGRAM_ORDER_MOST + 1]; /* [1 .. order] */
	/* The discounts of Kneser-Ney, D1 D2 D3+ of each level, and where its
	 * counts did not give any. */
	double discount[LK_NGRAM_ORDER_MOST + 1][4];
	bool fallback[LK_NGRAM_ORDER_MOST + 1];
};

/* A model without levels. */
lk_status lk_ngram_new(lk_ngram **ngram, const lk_ngram_options *options,
		lk_error *error);

/* Room for `count` n-grams at level n: word (but at level 1), first and backoff
 * (but at the longest). p comes later, by lk_ngram_level_p. */
lk_status lk_ngram_level_new(lk_ngram *ngram, size_t n, size_t count, lk_error *error);
lk_status lk_ngram_level_p(lk_ngram *ngram, size_t n, lk_error *error);

/* Where id is among the nodes from .. to - 1, or LK_NGRAM_NONE. */
uint32_t lk_ngram_find(const lk_ngram_words *words, uint32_t from, uint32_t to,
		uint32_t id);

/* The n-gram that node, at level n below the longest, makes with id. */
static inline uint32_t lk_ngram_child(
		const lk_ngram *ngram, size_t n, uint32_t node, uint32_t id)
{
	const uint32_t *first = ngram->level[n].first + node;

	return lk_ngram_find(&ngram->level[n + 1].word, first[0], first[1], id);
}

/* The n-grams of level n that begin with a token: from .. to - 1. */
void lk_ngram_below(size_t *from, size_t *to, const lk_ngram *ngram, uint32_t id,
		size_t n);

/* Is a tree from elsewhere one that the functions of ngram.h can ask: everything
 * sorted and within its range? LK_FORMAT, saying which level is at fault. */
lk_status lk_ngram_check(const lk_ngram *ngram, lk_error *error);

/* XXH3-128 of all numbers that it answers with, as hexadecimal digits. */
lk_status lk_ngram_hash(const lk_ngram *ngram, char text[33], lk_error *error);

/* "out of memory for ..." */
lk_status lk_ngram_no_memory(size_t count, size_t n, lk_error *error);

#endif
