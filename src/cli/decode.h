/* cli/decode.h
 * Files of token ids, back to text on standard output. */
#ifndef LK_CLI_DECODE_H
#define LK_CLI_DECODE_H

#include "text/tokenizer.h"

/* Each file is a token file of this tokenizer, or ids as text with any white space
 * between ("-": standard input). Fails, naming the file and the place, where
 * something is no id. */
lk_status lk_decode_files(const lk_tokenizer *tokenizer, const char *const *paths,
		size_t count, lk_error *error);

#endif
