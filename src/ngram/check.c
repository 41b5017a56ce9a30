#include "ngram/tree.h"

#include "base/hash.h"

#include <math.h>

/* A little above 1, as others round. */
#define MOST_P 1.001f

static lk_status check_numbers(const lk_ngram_level *level, size_t n, lk_error *error)
{
	for (size_t i = 0; i < level->count; i++)
		if (!(level->p[i].real >= 0 && level->p[i].real <= MOST_P))
			return lk_fail(error, LK_FORMAT,
					"n-gram %zu of %zu tokens has probability %g", i, n,
					(double)level->p[i].real);
	for (size_t i = 0; level->backoff && i < level->count; i++)
		if (!(level->backoff[i].real >= 0 && isfinite(level->backoff[i].real)))
			return lk_fail(error, LK_FORMAT,
					"n-gram %zu of %zu tokens has back-off weight %g", i, n,
					(double)level->backoff[i].real);
	return LK_OK;
}

/* The n-grams of `longer`, n tokens each, below those of `level`. */
static lk_status check_below(const lk_ngram_level *level, const lk_ngram_level *longer,
		size_t n, uint32_t vocabulary, lk_error *error)
{
	const uint32_t *first = level->first;

	if (first[0] != 0 || first[level->count] != longer->count)
		return lk_fail(error, LK_FORMAT,
				"n-grams of %zu tokens continue none of those of %zu", n,
				n - 1);
	for (size_t i = 0; i < level->count; i++) {
		if (first[i] > first[i + 1] || first[i + 1] > longer->count)
			return lk_fail(error, LK_FORMAT,
					"where the n-grams of %zu tokens below number %zu "
					"stand is out of range",
					n, i);
		for (size_t k = first[i]; k < first[i + 1]; k++) {
			uint32_t id = lk_ngram_word(&longer->word, k);

			if (id >= vocabulary || (k > first[i] &&
					id <= lk_ngram_word(&longer->word, k - 1)))
				return lk_fail(error, LK_FORMAT,
						"n-gram %zu of %zu tokens is out of order or "
						"range",
						k, n);
		}
	}
	return LK_OK;
}

lk_status lk_ngram_check(const lk_ngram *ngram, lk_error *error)
{
	const lk_ngram_options *o = &ngram->options;
	const lk_ngram_level *level = ngram->level;
	lk_status status = LK_OK;

	if (level[1].count != o->vocabulary)
		return lk_fail(error, LK_FORMAT, "%zu tokens where there are %lu ids",
				level[1].count, (unsigned long)o->vocabulary);
	for (size_t n = 1; n <= o->order && !status; n++) {
		status = check_numbers(&level[n], n, error);
		if (!status && n > 1)
			status = check_below(&level[n - 1], &level[n], n, o->vocabulary,
					error);
	}
	return status;
}

lk_status lk_ngram_hash(const lk_ngram *ngram, char text[33], lk_error *error)
{
	const lk_ngram_options *o = &ngram->options;
	uint64_t head[] = { o->order, o->vocabulary, o->end };
	lk_hasher *hasher = lk_hasher_new();

	if (!hasher)
		return lk_fail(error, LK_NOMEM, "out of memory for a checksum");
	lk_hasher_add(hasher, head, sizeof head);
	for (size_t n = 1; n <= o->order; n++) {
		const lk_ngram_level *l = &ngram->level[n];

		if (n > 1)
			lk_hasher_add(hasher, l->word.data, l->count *
					(l->word.wide ? sizeof(uint32_t)
						      : sizeof(uint16_t)));
		lk_hasher_add(hasher, l->p, l->count * sizeof *l->p);
		if (n == o->order)
			continue;
		lk_hasher_add(hasher, l->first, (l->count + 1) * sizeof *l->first);
		lk_hasher_add(hasher, l->backoff, l->count * sizeof *l->backoff);
	}
	lk_hasher_text(hasher, text);
	lk_hasher_free(hasher);
	return LK_OK;
}
