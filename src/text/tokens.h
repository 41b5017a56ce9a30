/* text/tokens.h
 * A text as one stream of token ids:
 *
 *     <|endoftext|> document 0 <|endoftext|> document 1 ... [<|endoftext|>]
 *
 * The last <|endoftext|> is there when the last document's end belongs to the
 * stream (it does not where a split cut the file). Ids are kept in 16 bits
 * where the vocabulary allows. Reading is the only access, so that a stream
 * may one day live on disk. */
#ifndef LK_TEXT_TOKENS_H
#define LK_TEXT_TOKENS_H

#include "text/corpus.h"
#include "text/tokenizer.h"

typedef struct lk_tokens lk_tokens;

/* Tokenise documents into a stream. A message about their text names the file
 * and the byte in it. */
lk_status lk_tokens_new(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, lk_error *error);

/* A stream from ids already at hand (copied), the first of which should be the
 * end of text. For tests and for text that is no file: lk_tokens_nbytes then
 * counts one for every id but the end. */
lk_status lk_tokens_new_ids(lk_tokens **tokens, const uint32_t *ids, size_t count,
		uint32_t end, lk_error *error);
void lk_tokens_free(lk_tokens *tokens);

size_t lk_tokens_count(const lk_tokens *tokens);    /* ids, ends included */
uint64_t lk_tokens_nbytes(const lk_tokens *tokens); /* bytes of text */
uint32_t lk_tokens_end(const lk_tokens *tokens);    /* id of <|endoftext|> */
size_t lk_tokens_memory(const lk_tokens *tokens);   /* bytes it occupies */

/* Ids first .. first + count - 1 into out. The range must lie inside
 * (asserted). Any thread may call. */
void lk_tokens_read(const lk_tokens *tokens, size_t first, size_t count,
		uint32_t *out);

#endif
