/* text/bpe_scratch.h
 * Memory that an encoding thread borrows of a tokenizer: room for the work on a
 * word, and words met before with their ids. What is in it never changes a result.
 *
 * Text repeats its words: those met before are looked up instead of merged. Each
 * has one place in a table, from where the next word of that place drives it out.
 * An entry fills one line, or two, of the processor's cache. Texts too short to
 * repay the making of tables have none. */
#ifndef LK_TEXT_BPE_SCRATCH_H
#define LK_TEXT_BPE_SCRATCH_H

#include "text/bpe_encode.h"
#include "text/bpe_word.h"

enum {
	LK_SHORT_WORD = 15, /* bytes; the 16th of a key is their number */
	LK_SHORT_IDS = 11,
	LK_SHORT_BITS = 15,
	LK_LONG_WORD = 47,
	LK_LONG_IDS = 19,
	LK_LONG_BITS = 13
};

typedef struct {
	uint64_t key[2]; /* 0: none, as no word has 0 bytes */
	uint32_t count;
	uint32_t id[LK_SHORT_IDS];
} lk_short_entry;

typedef struct {
	uint64_t key[6];
	uint32_t count;
	uint32_t id[LK_LONG_IDS];
} lk_long_entry;

typedef struct {
	lk_short_entry short_word[1 << LK_SHORT_BITS];
	lk_long_entry long_word[1 << LK_LONG_BITS];
} lk_bpe_tables;

struct lk_bpe_scratch {
	lk_bpe_scratch *next;
	const void *user;      /* the thread that had it last */
	size_t nbytes;         /* of text that it has been borrowed for */
	lk_bpe_tables *tables; /* NULL: too little text as yet */
	lk_bpe_work work;
};

/* For a text of so many bytes; to be given back. */
lk_status lk_bpe_scratch_borrow(lk_bpe_scratch **scratch, lk_bpe *bpe, size_t nbytes,
		lk_error *error);
void lk_bpe_scratch_give_back(lk_bpe *bpe, lk_bpe_scratch *scratch);

#endif
