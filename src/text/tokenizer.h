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
 *   bpe    bytes and what merges make of them (text/tokenizer_bpe.h)
 *
 * A tokenizer does not change once made: any number of threads may use it.
 *
 * Adding a kind: a file that fills in lk_tokenizer_kind, as tokenizer_byte.c does,
 * and the declaration of what makes one, here. */
#ifndef LK_TEXT_TOKENIZER_H
#define LK_TEXT_TOKENIZER_H

#include "base/hash.h"
#include "base/status.h"
#include "text/corpus.h"

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

/* BPE-dropout [Provilkov et al. 2020, "BPE-Dropout: simple and effective subword
 * regularization", ACL]: at each step, each merge that could be made is left out
 * with this probability; where all are left out, the word is done. What is left
 * out is a function of seed, epoch and the place of the word. */
typedef struct {
	double p; /* 0 to 1; 0 is plain encoding, 1 leaves bytes */
	uint64_t seed;
	uint64_t epoch;
} lk_bpe_dropout;

/* The methods of one kind. */
typedef struct {
	const char *name; /* "byte", "char", "bpe" */
	/* As lk_tokenizer_encode_at; what a failure leaves in ids is dropped. */
	lk_status (*encode)(const lk_tokenizer *, const unsigned char *text,
			size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *);
	/* As lk_tokenizer_cut. */
	size_t (*cut)(const lk_tokenizer *, const unsigned char *text, size_t nbytes,
			size_t at);
	void (*free)(lk_tokenizer *);
	/* As lk_tokenizer_encode_dropout; NULL where nothing can be dropped. */
	lk_status (*encode_dropout)(const lk_tokenizer *, const lk_bpe_dropout *,
			const unsigned char *text, size_t nbytes, uint64_t place,
			lk_ids *ids, lk_error *);
	/* Add to the hash what pieces do not tell; NULL where they tell all. */
	void (*hash)(const lk_tokenizer *, lk_hasher *);
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

/* The tokenizer of the characters in a whole corpus, training and validation. */
lk_status lk_tokenizer_new_char_corpus(lk_tokenizer **tokenizer,
		const lk_corpus *corpus, lk_error *error);

/* The tokenizer of a list of characters, each a code point, or
 * LK_UTF8_INVALID + b for a byte b that is no character, in the order of their
 * ids; the end of text has no entry: it is id `end` (<= count), and those from
 * there on are shifted by one. Used to read a saved one. Duplicates, and what
 * is no character, are refused. */
lk_status lk_tokenizer_new_char_list(lk_tokenizer **tokenizer,
		const lk_ids *code_points, uint32_t end, lk_error *error);

void lk_tokenizer_free(lk_tokenizer *tokenizer);

/* Append the ids of text to ids. Any bytes are text, except that `char`
 * refuses a character it does not know, naming its byte offset and code
 * point; ids is then as before. */
lk_status lk_tokenizer_encode(const lk_tokenizer *tokenizer,
		const unsigned char *text, size_t nbytes, lk_ids *ids,
		lk_error *error);

/* The same for a text that begins at byte `offset` of its file, from where a
 * message counts. */
lk_status lk_tokenizer_encode_at(const lk_tokenizer *tokenizer,
		const unsigned char *text, size_t nbytes, uint64_t offset,
		lk_ids *ids, lk_error *error);

/* Append ids of text with BPE-dropout; of another kind than bpe, its ids. place
 * numbers the text's first byte in whatever the words are numbered by, say the
 * stream of all documents: wherever the text is cut between words, the ids
 * are the same. */
lk_status lk_tokenizer_encode_dropout(const lk_tokenizer *tokenizer,
		const lk_bpe_dropout *dropout, const unsigned char *text,
		size_t nbytes, uint64_t place, lk_ids *ids, lk_error *error);

/* The greatest place <= at (<= nbytes) where text may be cut so that the ids of
 * the two sides are the ids of the whole; 0 where there is none. Long texts are
 * encoded piece by piece. */
size_t lk_tokenizer_cut(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, size_t at);

/* The bytes that id stands for (none for the end of text), and how many. The
 * pointer lives as long as the tokenizer. id < vocabulary. */
const unsigned char *lk_tokenizer_piece(const lk_tokenizer *tokenizer,
		uint32_t id, size_t *nbytes);

/* XXH3-128 of kind, end and pieces, as hexadecimal digits: two tokenizers with
 * the same hash give the same ids for every text. */
void lk_tokenizer_hash(const lk_tokenizer *tokenizer, char text[33]);

#endif
