/* text/bpe_word.h
 * One word to the tokens that its bytes merge to. */
#ifndef LK_TEXT_BPE_WORD_H
#define LK_TEXT_BPE_WORD_H

#include "text/bpe_merges.h"

/* Memory for the work on one word, of one thread. Zeroed is empty. */
typedef struct {
	uint32_t *id;           /* token that begins at each byte */
	uint32_t *rank;         /* of its merge with the next; no rank where none
	                           begins */
	uint32_t *next, *before; /* where the neighbours begin */
	uint64_t *heap;         /* rank << 32 | place */
	size_t heap_count;
	uint64_t *dropped;
	size_t dropped_count;
	size_t capacity;        /* bytes of the longest word that fits */
} lk_bpe_work;

void lk_bpe_work_free(lk_bpe_work *work);

/* Words of up to so many bytes are merged by lk_bpe_word_short. */
enum { LK_BPE_SHORT = 32 };

/* ids (room for nbytes) of a word of 1 to LK_BPE_SHORT bytes; byte_id: of the
 * single bytes. Returns how many. Quadratic, and fast. */
size_t lk_bpe_word_short(uint32_t *ids, const lk_bpe_merges *merges,
		const uint32_t byte_id[256], const unsigned char *word, size_t nbytes);

/* Append the ids of a word of any length, in time n log n. dropout may be NULL;
 * place numbers the word's first byte. */
lk_status lk_bpe_word_long(lk_ids *ids, lk_bpe_work *work, const lk_bpe_merges *merges,
		const uint32_t byte_id[256], const unsigned char *word, size_t nbytes,
		const lk_bpe_dropout *dropout, uint64_t place, lk_error *error);

#endif
