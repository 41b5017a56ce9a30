/* formats/ngram_directory.h
 * An n-gram model on disk, in the same files as a Transformer:
 *
 *     config.json         "model_type": "likely-ngram"; smoothing, order, alpha,
 *                         vocab_size, eos_token_id, the number of n-grams of each
 *                         length, Kneser-Ney's discounts, and a checksum
 *     model.safetensors   of each length N (ngram/tree.h): level.N.token U16 or U32
 *                         [count] (not of length 1), level.N.first U32 [count + 1]
 *                         and level.N.backoff F32 [count] (not of the longest),
 *                         level.N.p F32 [count]
 *     tokenizer.json, tokenizer_config.json */
#ifndef LK_FORMATS_NGRAM_DIRECTORY_H
#define LK_FORMATS_NGRAM_DIRECTORY_H

#include "ngram/ngram.h"
#include "text/tokenizer.h"

#include <jansson.h>

/* Does a directory's config.json say that it holds an n-gram model? */
bool lk_ngram_directory_is(const char *directory);

/* Its config.json, the members above checked; json_decref it. */
lk_status lk_ngram_directory_config(json_t **config, const char *directory,
		lk_error *error);

/* The model. Every number is checked, and the checksum. */
lk_status lk_ngram_directory_load(lk_ngram **ngram, const char *directory,
		lk_error *error);

/* Write the files into an existing directory, each atomically; the caller makes the
 * whole atomic, as run_directory.h does. */
lk_status lk_ngram_directory_write(const char *directory, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error);

#endif
