#include "ngram/counts.h"

#include <assert.h>
#include <string.h>

/* The suffixes of what continues one n-gram of level n - 1 continue its suffix:
 * both lists are sorted, so each search begins where the last one ended. */
static void find_below(lk_ngram *ngram, size_t n, uint32_t parent)
{
	const uint32_t *first = ngram->level[n - 1].first;
	lk_ngram_level *level = &ngram->level[n], *shorter = &ngram->level[n - 1];
	uint32_t suffix = ngram->level[n - 1].p[parent].whole;
	uint32_t from, to;

	if (first[parent] == first[parent + 1])
		return;
	from = ngram->level[n - 2].first[suffix];
	to = ngram->level[n - 2].first[suffix + 1];
	for (uint32_t i = first[parent]; i < first[parent + 1]; i++) {
		from = lk_ngram_find(&shorter->word, from, to,
				lk_ngram_word(&level->word, i));
		assert(from != LK_NGRAM_NONE);
		level->p[i].whole = from++;
	}
}

lk_status lk_ngram_find_suffixes(lk_ngram *ngram, int threads, lk_error *error)
{
	size_t order = ngram->options.order;
	lk_status status = lk_ngram_level_p(ngram, 1, error);

	for (size_t n = 2; n <= order && !status; n++) {
		lk_ngram_level *level = &ngram->level[n];
		size_t parents = ngram->level[n - 1].count;

		status = lk_ngram_level_p(ngram, n, error);
		if (status)
			return status;
		if (n == 2) {
			for (size_t i = 0; i < level->count; i++)
				level->p[i].whole = lk_ngram_word(&level->word, i);
			continue;
		}
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1024)
		for (size_t parent = 0; parent < parents; parent++)
			find_below(ngram, n, (uint32_t)parent);
	}
	return status;
}

/* One task of lk_ngram_count_left. Level 1 counts how a document's end is
 * preceded, the levels below leave out how it begins. */
static void count_level(lk_ngram_cell *count, const lk_ngram *ngram, size_t n)
{
	const lk_ngram_level *level = &ngram->level[n], *longer = &ngram->level[n + 1];
	size_t from = 0, to = 0; /* of what begins a document */

	if (n > 1)
		lk_ngram_below(&from, &to, ngram, ngram->options.end, n);
	memset(count, 0, from * sizeof *count);
	memset(count + to, 0, (level->count - to) * sizeof *count);
	for (size_t i = 0; i < longer->count; i++)
		count[longer->p[i].whole].whole++;
}

void lk_ngram_count_left(lk_ngram_counts *counts, const lk_ngram *ngram, int threads)
{
	size_t order = ngram->options.order;

#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
	for (size_t n = order - 1; n >= 1; n--) /* the longest lists first */
		count_level(counts->level[n], ngram, n);
}
