/* text/tokens.h
 * A text as one stream of token ids:
 *
 *     <|endoftext|> document 0 <|endoftext|> document 1 ... [<|endoftext|>]
 *
 * The last <|endoftext|> is there when the last document's end belongs to the
 * stream (it does not where a split cut the file). A stream lies in memory, in 16
 * bits an id where the vocabulary allows, or in a file, from which each reading
 * takes what it needs: resident memory then does not grow with the text. */
#ifndef LK_TEXT_TOKENS_H
#define LK_TEXT_TOKENS_H

#include "text/corpus.h"
#include "text/tokenise.h"
#include "text/tokenizer.h"

typedef struct lk_tokens lk_tokens;

/* Tokenise documents into a stream in memory, with one thread. A message about
 * their text names the file and the byte in it. */
lk_status lk_tokens_new(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, lk_error *error);

/* The same with several, and watched. */
lk_status lk_tokens_new_tokenised(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, const lk_text_work *work,
		lk_error *error);

/* A stream from ids already at hand (copied), the first of which should be the
 * end of text. For tests and for text that is no file: every id but the end then
 * stands for one byte. */
lk_status lk_tokens_new_ids(lk_tokens **tokens, const uint32_t *ids, size_t count,
		uint32_t end, lk_error *error);

/* Ids in a file: `count` of them from byte `offset` on, `width` bytes (2 or 4)
 * each, the lowest first. They stand for nbytes bytes of text. */
typedef struct {
	const char *name; /* of the file, in messages; copied */
	int fd;           /* becomes the stream's, also after a failure */
	uint64_t offset;
	size_t width;
	size_t count;
	uint64_t nbytes;
	bool begins; /* <|endoftext|> stands before the first of them, unwritten */
} lk_tokens_file;
lk_status lk_tokens_new_file(lk_tokens **tokens, const lk_tokens_file *file,
		const lk_tokenizer *tokenizer, lk_error *error);

/* Ids as they lie in such a file, into out; raw may be the end of out. */
void lk_tokens_widen(uint32_t *out, const unsigned char *raw, size_t count,
		size_t width);

/* Part of a stream, in memory: pieces of whole windows of `window` ids, two or more of
 * them, evenly spread over it, end to end, at most `most` ids in all and at least two
 * thirds of that. Its first id is the stream's. The pieces are a power of two, so
 * samples of one text, though of other sizes or in other tokens, begin in the same
 * places: what differs between them is seldom the text. Where not even two windows are
 * to be had, one, and where not that, as many ids as there are. */
lk_status lk_tokens_new_sample(lk_tokens **sample, const lk_tokens *tokens, size_t window,
		size_t most, lk_error *error);

void lk_tokens_free(lk_tokens *tokens);

size_t lk_tokens_count(const lk_tokens *tokens);    /* ids, ends included */
uint64_t lk_tokens_nbytes(const lk_tokens *tokens); /* bytes of text */
uint32_t lk_tokens_end(const lk_tokens *tokens);    /* id of <|endoftext|> */
size_t lk_tokens_memory(const lk_tokens *tokens);   /* bytes it occupies */

/* Bytes of text that these ids stand for: none where it is the end. */
uint64_t lk_tokens_text(const lk_tokens *tokens, const uint32_t *ids, size_t count);

/* Ids first .. first + count - 1 into out. The range must lie inside
 * (asserted). Any thread may call. A file that cannot be read, or has changed,
 * gives ends of text, and lk_tokens_check says so from then on. */
void lk_tokens_read(const lk_tokens *tokens, size_t first, size_t count,
		uint32_t *out);

/* Was every reading so far what it should be? To be asked before what was
 * computed from them counts. */
lk_status lk_tokens_check(const lk_tokens *tokens, lk_error *error);

#endif
