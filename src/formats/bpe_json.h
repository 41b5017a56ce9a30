/* formats/bpe_json.h
 * The parts of a tokenizer.json that holds a byte-level BPE, with merges or (the
 * tokenizer of kind "byte") without. */
#ifndef LK_FORMATS_BPE_JSON_H
#define LK_FORMATS_BPE_JSON_H

#include "formats/json.h"
#include "text/tokenizer.h"

/* The tokenizer's parts, new references; NULL when out of memory. */
typedef struct {
	json_t *split, *post_processor, *decoder, *model;
} lk_bpe_json;

lk_bpe_json lk_bpe_json_make(const lk_tokenizer *tokenizer);

/* Read the tokenizer whose file is the reader's object; end: id of the end of
 * text. What is not supported is refused by name. */
lk_status lk_bpe_json_read(
		lk_tokenizer **tokenizer, lk_json_reader *reader, uint32_t end);

/* Refuse a part by its name, as all readers of tokenizer.json do. */
void lk_tokenizer_json_refuse(lk_json_reader *reader, const char *part, const char *what);

/* The "type" of a part: "" where there is none, "?" where it has none. */
const char *lk_tokenizer_json_type(const json_t *part);

#endif
