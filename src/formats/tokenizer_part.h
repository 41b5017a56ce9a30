/* formats/tokenizer_part.h
 * The parts of a tokenizer.json, whatever tokenizer it holds. */
#ifndef LK_FORMATS_TOKENIZER_PART_H
#define LK_FORMATS_TOKENIZER_PART_H

#include "formats/json.h"

/* Those that differ among tokenizers, new references; NULL when out of memory.
 * post_processor: NULL too where there is none. */
typedef struct {
	json_t *split, *post_processor, *decoder, *model;
} lk_tokenizer_parts;

/* The "type" of a part: "" where there is no part, "?" where it has no type. */
const char *lk_tokenizer_part_type(const json_t *part);
bool lk_tokenizer_part_is(const json_t *part, const char *type);

/* Refuse a part by its name, as all readers of tokenizer.json do. */
void lk_tokenizer_part_refuse(lk_json_reader *reader, const char *part, const char *what);

#endif
