/* text/spelling.h
 * A stream of tokens written out in bytes: the same text and the same ends, in the
 * ids of the byte tokenizer. */
#ifndef LK_TEXT_SPELLING_H
#define LK_TEXT_SPELLING_H

#include "text/tokens.h"

/* Write out `tokens`, which are `tokenizer`'s, in the ids of `bytes`, a byte
 * tokenizer. The stream lies in memory, with 6 bytes for each byte of text while it
 * is made. Owned by the caller. */
lk_status lk_tokens_new_spelled(lk_tokens **spelled, const lk_tokens *tokens,
		const lk_tokenizer *tokenizer, const lk_tokenizer *bytes,
		lk_error *error);

#endif
