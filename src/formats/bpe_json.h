/* formats/bpe_json.h
 * The parts of a tokenizer.json that holds a byte-level BPE, with merges or (the
 * tokenizer of kind "byte") without. */
#ifndef LK_FORMATS_BPE_JSON_H
#define LK_FORMATS_BPE_JSON_H

#include "formats/tokenizer_part.h"
#include "text/tokenizer.h"

lk_tokenizer_parts lk_bpe_json_make(const lk_tokenizer *tokenizer);

/* Read the tokenizer whose file is the reader's object; end: id of the end of
 * text. What is not supported is refused by name. */
lk_status lk_bpe_json_read(
		lk_tokenizer **tokenizer, lk_json_reader *reader, uint32_t end);

#endif
