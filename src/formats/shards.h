/* formats/shards.h
 * The weights of a model directory: model.safetensors, or the files that
 * model.safetensors.index.json names ("weight_map": {tensor: file}), as one set
 * of tensors. */
#ifndef LK_FORMATS_SHARDS_H
#define LK_FORMATS_SHARDS_H

#include "formats/safetensors.h"

#include <stdbool.h>

/* One tensor of the set. */
typedef struct {
	const lk_safetensors *file;
	size_t number;           /* in the file */
	const lk_tensor *tensor; /* the file's description */
	bool used;               /* for the caller; false at first */
} lk_shard_tensor;

typedef struct {
	char *name; /* path of the file or index, for messages */
	lk_safetensors **file;
	size_t file_count;
	lk_shard_tensor *tensor; /* sorted by name */
	size_t tensor_count;
} lk_shards;

/* Open them all. Every shard must be there, hold what the index says, and no
 * tensor twice; an index may name files of the same directory only. On failure
 * nothing needs closing. */
lk_status lk_shards_open(lk_shards *shards, const char *directory, lk_error *error);
void lk_shards_close(lk_shards *shards); /* accepts a zeroed one */

/* The tensor of that name, or NULL. */
lk_shard_tensor *lk_shards_find(const lk_shards *shards, const char *name);

#endif
