/* formats/tokenizer_json.h
 * tokenizer.json and tokenizer_config.json, the files of the tokenizers
 * library:
 *
 *   byte  a BPE without merges over the 256 bytes, each written as one printable
 *         character (formats/byte_level.h); pre-tokenizer and decoder ByteLevel
 *   bpe   a BPE with merges; the pre-tokenizer is ByteLevel (split gpt2, or none
 *         where it has use_regex false) or Split by GPT-4's pattern and ByteLevel
 *   char  a WordLevel over characters, split by the regex [\s\S], decoder Fuse;
 *         its unk_token is in no vocabulary, so that an unknown character is an
 *         error there too. NUL and bytes that are no UTF-8 are written "<0x00>",
 *         "<0xFF>", as ByteFallback decodes them.
 *
 * Read are these, whoever saved them; anything else is refused by the name of
 * the part. */
#ifndef LK_FORMATS_TOKENIZER_JSON_H
#define LK_FORMATS_TOKENIZER_JSON_H

#include "formats/byte_level.h"
#include "text/tokenizer.h"

/* LK_UNSUPPORTED for a tokenizer that is valid but none of the above. */
lk_status lk_tokenizer_json_read(lk_tokenizer **tokenizer, const char *path,
		lk_error *error);

/* Write both files into a directory, each atomically. context is the number of
 * tokens that the model sees at once, 0 where there is no model. */
lk_status lk_tokenizer_json_write(const char *directory,
		const lk_tokenizer *tokenizer, size_t context, lk_error *error);

#endif
