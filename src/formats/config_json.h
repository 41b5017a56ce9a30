/* formats/config_json.h
 * config.json: a model's configuration in the words of its family.
 *
 * Read are the files that transformers 4 and 5 write for gpt2, llama and qwen3
 * (rope_theta or rope_parameters; what is absent has transformers' default),
 * and our own. Whatever would change the numbers and is not modelled here is
 * refused by its name. Written files add to the family's words one of ours,
 *     "likely": {"bias": "none", "dropout": 0.1}
 * since gpt2 cannot say that biases are absent (its files hold zeros for them),
 * and since the families differ in what they say about dropout. */
#ifndef LK_FORMATS_CONFIG_JSON_H
#define LK_FORMATS_CONFIG_JSON_H

#include "formats/family.h"

#include <jansson.h>

#define LK_NO_TOKEN SIZE_MAX

/* The configuration, completed and checked. path begins every message. */
lk_status lk_config_from_json(lk_model_config *config, lk_family *family,
		const json_t *object, const char *path, lk_error *error);

/* The object for a complete configuration, its weights of type F32 or F64;
 * `end` is the id of <|endoftext|>, or LK_NO_TOKEN. */
lk_status lk_config_to_json(json_t **object, const lk_model_config *config,
		lk_dtype dtype, size_t end, lk_error *error);

#endif
