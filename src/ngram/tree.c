#include "ngram/tree.h"

#include <assert.h>
#include <stdlib.h>

lk_status lk_ngram_no_memory(size_t count, size_t n, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for %zu n-grams of %zu tokens",
			count, n);
}

lk_status lk_ngram_words_new(lk_ngram_words *words, size_t count, bool wide,
		lk_error *error)
{
	words->wide = wide;
	words->data = calloc(count + 1, wide ? sizeof(uint32_t) : sizeof(uint16_t));
	return words->data ? LK_OK
			   : lk_fail(error, LK_NOMEM, "out of memory for %zu tokens",
					     count);
}

lk_status lk_ngram_new(lk_ngram **ngram, const lk_ngram_options *options,
		lk_error *error)
{
	*ngram = calloc(1, sizeof **ngram);
	if (!*ngram)
		return lk_fail(error, LK_NOMEM, "out of memory for an n-gram model");
	(*ngram)->options = *options;
	(*ngram)->options.threads = 0;
	return LK_OK;
}

lk_status lk_ngram_level_new(lk_ngram *ngram, size_t n, size_t count, lk_error *error)
{
	lk_ngram_level *level = &ngram->level[n];

	assert(n >= 1 && n <= ngram->options.order && count < LK_NGRAM_NONE);
	level->count = count;
	if (n > 1 && lk_ngram_words_new(&level->word, count,
				     lk_ngram_wide(ngram->options.vocabulary), NULL))
		return lk_ngram_no_memory(count, n, error);
	if (n == ngram->options.order)
		return LK_OK;
	level->first = calloc(count + 1, sizeof *level->first);
	level->backoff = calloc(count + 1, sizeof *level->backoff);
	return level->first && level->backoff ? LK_OK
					      : lk_ngram_no_memory(count, n, error);
}

lk_status lk_ngram_level_p(lk_ngram *ngram, size_t n, lk_error *error)
{
	lk_ngram_level *level = &ngram->level[n];

	level->p = calloc(level->count + 1, sizeof *level->p);
	return level->p ? LK_OK : lk_ngram_no_memory(level->count, n, error);
}

void lk_ngram_free(lk_ngram *ngram)
{
	if (!ngram)
		return;
	for (size_t n = 1; n <= LK_NGRAM_ORDER_MOST; n++) {
		free(ngram->level[n].word.data);
		free(ngram->level[n].first);
		free(ngram->level[n].p);
		free(ngram->level[n].backoff);
	}
	free(ngram);
}

void lk_ngram_below(size_t *from, size_t *to, const lk_ngram *ngram, uint32_t id,
		size_t n)
{
	*from = id;
	*to = (size_t)id + 1;
	for (size_t m = 1; m < n; m++) {
		*from = ngram->level[m].first[*from];
		*to = ngram->level[m].first[*to];
	}
}

/* Where id is among count >= 1 sorted words. No branch depends on a word, so that
 * the processor runs ahead into the searches that follow. */
#define LK_FIND(name, type)                                                         \
	static uint32_t name(const type *word, size_t count, uint32_t id)           \
	{                                                                           \
		const type *at = word;                                              \
\
		for (; count > 1; count -= count / 2)                               \
			at += at[count / 2 - 1] < id ? count / 2 : 0;               \
		return *at == id ? (uint32_t)(at - word) : LK_NGRAM_NONE;           \
	}
LK_FIND(find_16, uint16_t)
LK_FIND(find_32, uint32_t)
#undef LK_FIND

uint32_t lk_ngram_find(const lk_ngram_words *words, uint32_t from, uint32_t to,
		uint32_t id)
{
	uint32_t found;

	if (from == to)
		return LK_NGRAM_NONE;
	found = words->wide ? find_32((const uint32_t *)words->data + from, to - from,
					      id)
			    : find_16((const uint16_t *)words->data + from, to - from,
					      id);
	return found == LK_NGRAM_NONE ? found : from + found;
}
