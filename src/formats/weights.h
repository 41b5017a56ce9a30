/* formats/weights.h
 * A model's weights in safetensors files, under its family's names. Reading and
 * writing go a few rows at a time: beside the model itself, memory is about a
 * megabyte. */
#ifndef LK_FORMATS_WEIGHTS_H
#define LK_FORMATS_WEIGHTS_H

#include "formats/family.h"
#include "formats/shards.h"
#include "model/model.h"

/* Do the files hold exactly the tensors that this configuration has in this
 * family, in the right shapes? Published GPT-2's names without "transformer."
 * pass too, and what lk_family_ignores. */
lk_status lk_weights_check(lk_shards *shards, lk_family family,
		const lk_model_config *config, lk_error *error);

/* Give back LK_BIAS_ALL in *bias where the files of a gpt2 have a bias that is
 * not zero although config->bias says that it is absent; else config->bias. The
 * files have been checked. */
lk_status lk_weights_bias(lk_bias *bias, const lk_shards *shards,
		const lk_model_config *config, lk_error *error);

/* Read them into a model. The files have been checked against its
 * configuration. */
lk_status lk_weights_read(lk_model *model, const lk_shards *shards,
		lk_family family, lk_error *error);

/* Write them to a file, in the family that lk_family_of names. hash, unless
 * NULL, receives the XXH3-128 of the file. */
lk_status lk_weights_write(const char *path, const lk_model *model, char hash[33],
		lk_error *error);

#endif
