#include "ngram/sort.h"

#include <stdlib.h>
#include <string.h>

/* Ranges up to SMALL are sorted by keys that hold several tokens each, in scratch
 * that stays in the cache; larger ones are first divided by their next token. */
enum { SMALL = 1 << 15, INSERTION = 40, DIGIT = 8, DIGITS = 64 / DIGIT };

typedef struct {
	uint64_t key;
	uint32_t place;
} item;

struct lk_ngram_sorter {
	const lk_ngram_text *text;
	size_t order;
	unsigned bits;   /* of a token plus 1 */
	size_t packed;   /* tokens of a key */
	item *item, *other; /* [SMALL] */
	uint32_t *copy;     /* [most], where most > SMALL */
	size_t *start;      /* [vocabulary + 1], likewise */
};

lk_status lk_ngram_sorter_new(lk_ngram_sorter **sorter, const lk_ngram_text *text,
		size_t order, size_t most, lk_error *error)
{
	lk_ngram_sorter *s = calloc(1, sizeof *s);
	bool large = most > SMALL;

	if (s) {
		s->text = text;
		s->order = order;
		while (s->bits < 32 && text->vocabulary >> s->bits)
			s->bits++;
		s->packed = 64 / s->bits;
		s->item = malloc(SMALL * sizeof *s->item);
		s->other = malloc(SMALL * sizeof *s->other);
		if (large)
			s->copy = malloc(most * sizeof *s->copy);
		if (large)
			s->start = malloc(((size_t)text->vocabulary + 2) *
					  sizeof *s->start);
	}
	if (!s || !s->item || !s->other || (large && (!s->copy || !s->start))) {
		lk_ngram_sorter_free(s);
		return lk_fail(error, LK_NOMEM, "out of memory to sort %zu n-grams",
				most);
	}
	*sorter = s;
	return LK_OK;
}

void lk_ngram_sorter_free(lk_ngram_sorter *sorter)
{
	if (!sorter)
		return;
	free(sorter->item);
	free(sorter->other);
	free(sorter->copy);
	free(sorter->start);
	free(sorter);
}

/* The tokens depth .. depth + n - 1 of the n-gram at a place, as one number. */
static uint64_t key_at(const lk_ngram_sorter *s, size_t place, size_t depth, size_t n)
{
	uint64_t key = 0;
	bool ended = false;

	for (size_t i = depth; i < depth + n; i++) {
		uint32_t word = ended ? 0 : lk_ngram_text_after(s->text, place, i);

		ended = ended || !word || word == s->text->end + 1;
		key = key << s->bits | word;
	}
	return key;
}

static void insertion_sort(item *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		item one = items[i];
		size_t j = i;

		for (; j && items[j - 1].key > one.key; j--)
			items[j] = items[j - 1];
		items[j] = one;
	}
}

/* By the digits of the keys, the last first; those that are all alike are passed
 * over. The sorted items are in the array returned. */
static item *radix_sort(item *items, item *other, size_t count)
{
	uint32_t histogram[DIGITS][1 << DIGIT] = { 0 };

	for (size_t i = 0; i < count; i++)
		for (unsigned d = 0; d < DIGITS; d++)
			histogram[d][items[i].key >> (d * DIGIT) & 0xFF]++;
	for (unsigned d = 0; d < DIGITS; d++) {
		uint32_t *h = histogram[d], sum = 0;
		unsigned shift = d * DIGIT;
		item *swap;

		if (h[items[0].key >> shift & 0xFF] == count)
			continue;
		for (size_t b = 0; b < 1 << DIGIT; b++) {
			uint32_t n = h[b];

			h[b] = sum;
			sum += n;
		}
		for (size_t i = 0; i < count; i++)
			other[h[items[i].key >> shift & 0xFF]++] = items[i];
		swap = items;
		items = other;
		other = swap;
	}
	return items;
}

static void sort_range(lk_ngram_sorter *s, uint32_t *place, size_t count, size_t depth);

static void sort_small(lk_ngram_sorter *s, uint32_t *place, size_t count, size_t depth)
{
	size_t left = s->order - depth, n = left < s->packed ? left : s->packed;
	item *items = s->item;

	for (size_t i = 0; i < count; i++)
		items[i] = (item){ key_at(s, place[i], depth, n), place[i] };
	if (count <= INSERTION)
		insertion_sort(items, count);
	else
		items = radix_sort(items, s->other, count);
	for (size_t i = 0; i < count; i++)
		place[i] = items[i].place;
	if (n == left)
		return;
	for (size_t from = 0, to; from < count; from = to) {
		uint64_t key = key_at(s, place[from], depth, n);

		for (to = from + 1; to < count; to++)
			if (key_at(s, place[to], depth, n) != key)
				break;
		sort_range(s, place + from, to - from, depth + n);
	}
}

/* Divide by the token at depth. */
static void sort_large(lk_ngram_sorter *s, uint32_t *place, size_t count, size_t depth)
{
	const lk_ngram_text *text = s->text;
	size_t *start = s->start, sum = 0;

	memset(start, 0, ((size_t)text->vocabulary + 2) * sizeof *start);
	for (size_t i = 0; i < count; i++)
		start[lk_ngram_text_after(text, place[i], depth)]++;
	for (size_t word = 0; word <= text->vocabulary; word++) {
		size_t n = start[word];

		start[word] = sum;
		sum += n;
	}
	memcpy(s->copy, place, count * sizeof *place);
	for (size_t i = 0; i < count; i++)
		place[start[lk_ngram_text_after(text, s->copy[i], depth)]++] =
				s->copy[i];
	for (size_t from = 0, to; from < count; from = to) {
		uint32_t word = lk_ngram_text_after(text, place[from], depth);

		for (to = from + 1; to < count; to++)
			if (lk_ngram_text_after(text, place[to], depth) != word)
				break;
		sort_range(s, place + from, to - from, depth + 1);
	}
}

/* Places whose n-grams agree in the first `depth` tokens. */
static void sort_range(lk_ngram_sorter *s, uint32_t *place, size_t count, size_t depth)
{
	uint32_t last;

	if (count < 2 || depth >= s->order)
		return;
	last = lk_ngram_text_after(s->text, place[0], depth - 1);
	if (depth > 1 && (!last || last == s->text->end + 1))
		return; /* these n-grams are over */
	if (count <= SMALL)
		sort_small(s, place, count, depth);
	else
		sort_large(s, place, count, depth);
}

void lk_ngram_sort(lk_ngram_sorter *sorter, uint32_t *place, size_t count)
{
	sort_range(sorter, place, count, 1);
}
