/* formats/modeling.h
 * A Python file that teaches Hugging Face's transformers what a model is that none
 * of its families expresses. It stands beside the weights, and config.json's
 * "auto_map" names what is in it: AutoModelForCausalLM.from_pretrained(directory,
 * trust_remote_code=True) then gives the same log-probabilities. Its text is
 * modeling_likely.py, which the program carries in itself. */
#ifndef LK_FORMATS_MODELING_H
#define LK_FORMATS_MODELING_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>

/* The file. */
extern const unsigned char lk_modeling_text[];
extern const size_t lk_modeling_text_nbytes;

/* Write it into the directory. */
lk_status lk_modeling_write(const char *directory, lk_error *error);

/* The "auto_map"; a new reference, NULL when out of memory. */
json_t *lk_modeling_map(void);

#endif
