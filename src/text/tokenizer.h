/* text/tokenizer.h
 * One interface for every tokenizer: bytes in, token ids out, and back.
 *
 * Ids run from 0 to vocabulary - 1. One of them is <|endoftext|>, which stands
 * before the first token of a document and after its last; lk_tokenizer_encode
 * never produces it, whatever the text contains. It stands for no bytes.
 *
 *   byte   256 bytes and the end: ids in GPT-2's order of bytes, end 256
 *   char   the corpus's own characters in code point order (a byte that is no
 *          valid UTF-8 is a character of its own, after all code points), then
 *          the end. Text with other characters is refused.
 *
 * A tokenizer does not change once made: any number of threads may use it.
 *
 * Adding a kind: a file pair that fills in lk_tokenizer_kind, as char.c does. */
#ifndef LK_TEXT_TOKENIZER_H
#define LK_TEXT_TOKENIZER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lk_tokenizer lk_tokenizer;

#define LK_END_OF_TEXT "<|endoftext|>"

/* A growing array of ids. Zeroed is empty; free with lk_ids_free. */
typedef struct {
	uint32_t *data;
	size_t count, capacity;
} lk_ids;

lk_status lk_ids_push(lk_ids *ids, uint32_t id, lk_error *error);
lk_status lk_ids_reserve(lk_ids *ids, size_t capacity, lk_error *error);
void lk_ids_free(lk_ids *ids);

/* The methods of one kind. */
typedef struct {
	const char *name; /* "byte", "char" */
	lk_status (*encode)(const lk_tokenizer *, const unsigned char *text,
			size_t nbytes, lk_ids *ids, lk_error *);
	void (*free)(lk_tokenizer *);
} lk_tokenizer_kind;

/* What every kind has; a kind's own struct begins with it. */
struct lk_tokenizer {
	const lk_tokenizer_kind *kind;
	uint32_t vocabulary; /* number of ids, the end of text included */
	uint32_t end;        /* id of <|endoftext|> */
	/* the bytes of each id: piece[id] .. piece[id] + piece_nbytes[id];
	 * the end of text has none */
	const unsigned char **piece;
	uint32_t *piece_nbytes;
};

/* The tokenizer of bytes; needs no corpus. */
lk_status lk_tokenizer_new_byte(lk_tokenizer **tokenizer, lk_error *error);

/* The tokenizer of the characters in this text (not empty). */
lk_status lk_tokenizer_new_char(lk_tokenizer **tokenizer,
		const unsigned char *text, size_t nbytes, lk_error *error);

/* The tokenizer of a list of characters: id i stands for the bytes
 * character[i] (one UTF-8 character, or one byte that is none), the end of
 * text is id `end` (<= count; character[] has no entry for it: ids above it
 * are shifted). Used to read a saved one. Duplicates are refused. */
lk_status lk_tokenizer_new_char_list(lk_tokenizer **tokenizer,
		const lk_ids *code_points, uint32_t end, lk_error *error);

void lk_tokenizer_free(lk_tokenizer *tokenizer);

/* Append the ids of text to ids. Any bytes are text, except that `char`
 * refuses a character it does not know, naming its byte offset and code
 * point; ids is then as before. */
lk_status lk_tokenizer_encode(const lk_tokenizer *tokenizer,
		const unsigned char *text, size_t nbytes, lk_ids *ids,
		lk_error *error);

/* The bytes that id stands for (none for the end of text), and how many. The
 * pointer lives as long as the tokenizer. id < vocabulary. */
const unsigned char *lk_tokenizer_piece(const lk_tokenizer *tokenizer,
		uint32_t id, size_t *nbytes);

/* XXH3-128 of kind, vocabulary and pieces, as hexadecimal digits: two
 * tokenizers with the same hash give the same ids for every text. */
void lk_tokenizer_hash(const lk_tokenizer *tokenizer, char text[33]);

#endif
