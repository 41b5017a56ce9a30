/* formats/char_json.h
 * The parts of a tokenizer.json that holds a tokenizer of characters
 * (formats/tokenizer_json.h). */
#ifndef LK_FORMATS_CHAR_JSON_H
#define LK_FORMATS_CHAR_JSON_H

#include "formats/tokenizer_part.h"
#include "text/tokenizer.h"

lk_tokenizer_parts lk_char_json_make(const lk_tokenizer *tokenizer);

/* Read the tokenizer whose file is the reader's object, its model a WordLevel; end:
 * id of the end of text. What is not supported is refused by name. */
lk_status lk_char_json_read(
		lk_tokenizer **tokenizer, lk_json_reader *reader, uint32_t end);

#endif
