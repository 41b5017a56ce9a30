/* text/word_table.h
 * A table of different words, each with a count, numbered in the order in which
 * they came. Not for several threads at once. */
#ifndef LK_TEXT_WORD_TABLE_H
#define LK_TEXT_WORD_TABLE_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
	size_t at;       /* of its first byte in the table's bytes */
	uint32_t nbytes;
	uint32_t hash;   /* the upper half */
	uint64_t count;
} lk_word;

/* Zeroed is empty; free with lk_word_table_free. */
typedef struct {
	lk_word *word; /* [count] */
	size_t count, capacity;
	unsigned char *bytes;
	size_t nbytes, bytes_capacity;
	uint64_t *slot; /* open addressing: upper half of the hash, number + 1 */
	size_t slots;   /* a power of two, or 0 */
} lk_word_table;

void lk_word_table_free(lk_word_table *table);

/* Forget the words, keep the memory. */
void lk_word_table_clear(lk_word_table *table);

/* Add `count` of a word, of whose lk_hash64 the upper half counts; *number (may be NULL) becomes
 * the word's. Fails where memory ends or there are 2^32 - 1 words; the table is
 * then as before. */
lk_status lk_word_table_add(lk_word_table *table, const unsigned char *word,
		uint32_t nbytes, uint64_t hash, uint64_t count, size_t *number,
		lk_error *error);

/* Drop all that have been counted at most `most` times; the others are numbered
 * anew. Returns the sum of the counts of those dropped. */
uint64_t lk_word_table_prune(lk_word_table *table, uint64_t most);

static inline const unsigned char *lk_word_bytes(
		const lk_word_table *table, const lk_word *word)
{
	return table->bytes + word->at;
}

#endif
