#include "text/word_table.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 64 };

void lk_word_table_free(lk_word_table *table)
{
	free(table->word);
	free(table->bytes);
	free(table->slot);
	*table = (lk_word_table){ 0 };
}

void lk_word_table_clear(lk_word_table *table)
{
	table->count = table->nbytes = 0;
	if (table->slots)
		memset(table->slot, 0, table->slots * sizeof *table->slot);
}

/* The slots of a table, filled anew. */
static void fill_slots(lk_word_table *table)
{
	size_t mask = table->slots - 1;

	memset(table->slot, 0, table->slots * sizeof *table->slot);
	for (size_t i = 0; i < table->count; i++) {
		size_t s = table->word[i].hash & mask;

		while (table->slot[s])
			s = (s + 1) & mask;
		table->slot[s] = (uint64_t)table->word[i].hash << 32 | (i + 1);
	}
}

static lk_status no_memory(const lk_word_table *table, lk_error *error)
{
	return lk_fail(error, LK_NOMEM,
			"out of memory for %zu different words; use less text",
			table->count + 1);
}

/* Room for one word more, of so many bytes. */
static lk_status reserve(lk_word_table *table, size_t nbytes, lk_error *error)
{
	if (table->count >= UINT32_MAX - 1 ||
			!lk_array_reserve(&table->word, &table->capacity,
					table->count + 1, sizeof *table->word) ||
			!lk_array_reserve(&table->bytes, &table->bytes_capacity,
					table->nbytes + nbytes, 1))
		return no_memory(table, error);
	if (2 * (table->count + 1) > table->slots) {
		size_t slots = table->slots ? 2 * table->slots : 2 * LEAST;
		uint64_t *slot = realloc(table->slot, slots * sizeof *slot);

		if (!slot)
			return no_memory(table, error);
		table->slot = slot;
		table->slots = slots;
		fill_slots(table);
	}
	return LK_OK;
}

lk_status lk_word_table_add(lk_word_table *table, const unsigned char *word,
		uint32_t nbytes, uint64_t hash, uint64_t count, size_t *number,
		lk_error *error)
{
	uint32_t high = (uint32_t)(hash >> 32);
	size_t mask = table->slots - 1, s;
	lk_status status;

	for (s = high & mask; table->slots && table->slot[s]; s = (s + 1) & mask) {
		lk_word *known = &table->word[(uint32_t)table->slot[s] - 1];

		if (table->slot[s] >> 32 != high || known->nbytes != nbytes ||
				memcmp(table->bytes + known->at, word, nbytes))
			continue;
		known->count += count;
		if (number)
			*number = (size_t)(known - table->word);
		return LK_OK;
	}
	status = reserve(table, nbytes, error);
	if (status)
		return status;
	mask = table->slots - 1;
	for (s = high & mask; table->slot[s];)
		s = (s + 1) & mask;
	memcpy(table->bytes + table->nbytes, word, nbytes);
	table->word[table->count] = (lk_word){ table->nbytes, nbytes, high, count };
	table->nbytes += nbytes;
	if (number)
		*number = table->count;
	table->slot[s] = (uint64_t)high << 32 | ++table->count;
	return LK_OK;
}

uint64_t lk_word_table_prune(lk_word_table *table, uint64_t most)
{
	size_t count = table->count;
	uint64_t dropped = 0;

	table->count = table->nbytes = 0;
	for (size_t i = 0; i < count; i++) {
		lk_word word = table->word[i];

		if (word.count <= most) {
			dropped += word.count;
			continue;
		}
		memmove(table->bytes + table->nbytes, table->bytes + word.at,
				word.nbytes);
		word.at = table->nbytes;
		table->nbytes += word.nbytes;
		table->word[table->count++] = word;
	}
	if (table->slots)
		fill_slots(table);
	return dropped;
}
