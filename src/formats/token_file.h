/* formats/token_file.h
 * A stream of ids (text/tokens.h) as a file, "x.tokens": made once from a text,
 * read in parts ever after. All numbers have their lowest byte first:
 *
 *   0    8   "LKTOKENS"
 *   8    4   version: 1
 *   12   4   bytes of an id: 2, where the vocabulary has no more than 2^16 ids,
 *            or 4
 *   16   8   number of ids, ends of text included
 *   24   8   bytes of text that they stand for
 *   32   4   vocabulary: number of the tokenizer's ids
 *   36   4   id of <|endoftext|>
 *   40   32  the tokenizer's hash (lk_tokenizer_hash)
 *   72   32  XXH3-128 of the ids as they lie here, in hexadecimal digits
 *   104  32  what the text was, in whatever digits its maker chose, or zeros
 *   136  8   XXH3-64 of the 136 bytes before
 *   144  16  zero
 *   160      the ids, to the end of the file; the first is <|endoftext|>
 *
 * Files are untrusted: opening one checks everything, the ids one by one. */
#ifndef LK_FORMATS_TOKEN_FILE_H
#define LK_FORMATS_TOKEN_FILE_H

#include "text/tokens.h"

typedef struct {
	size_t width; /* bytes of an id */
	uint64_t count, nbytes;
	uint32_t vocabulary, end;
	char tokenizer[33];
	char checksum[33]; /* of the ids */
	char text[33];     /* "": unknown */
} lk_token_header;

/* Does it begin like a token file? False too where it cannot be read. */
bool lk_token_file_is(const char *path);

/* What it says of itself; that and its length are checked, the ids are not. */
lk_status lk_token_file_describe(
		lk_token_header *header, const char *path, lk_error *error);

/* Open the whole stream. One of another tokenizer, damaged or cut off is refused
 * by name. watch (NULL: nobody) is told how many bytes have been checked. */
lk_status lk_token_file_open(lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, const lk_text_watch *watch,
		lk_error *error);

/* The same in two parts, as a corpus is split: the first holds nine tenths of the
 * bytes of text, to a token and a whole character. */
lk_status lk_token_file_open_split(lk_tokens **training, lk_tokens **validation,
		const char *path, const lk_tokenizer *tokenizer,
		const lk_text_watch *watch, lk_error *error);

/* Writing one (base/output.h): nothing is seen of it before it is finished. */
typedef struct lk_token_writer lk_token_writer;

/* text: 32 hexadecimal digits, or NULL. wait: as in lk_output_new. The tokenizer
 * must outlive the writer. */
lk_status lk_token_writer_new(lk_token_writer **writer, const char *path,
		const lk_tokenizer *tokenizer, const char *text, bool wait,
		lk_error *error);

/* Append ids; `writer` is an lk_token_writer, and this an lk_ids_sink. */
lk_status lk_token_writer_add(
		void *writer, const uint32_t *ids, size_t count, lk_error *error);

/* Frees the writer, also on failure. */
lk_status lk_token_writer_finish(lk_token_writer *writer, lk_error *error);
void lk_token_writer_drop(lk_token_writer *writer); /* accepts NULL */

#endif
