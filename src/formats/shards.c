#include "formats/shards.h"

#include "base/file.h"
#include "formats/json.h"

#include <stdlib.h>
#include <string.h>

static lk_status no_memory(const lk_shards *shards, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", shards->name);
}

static lk_status open_one(lk_shards *shards, const char *directory,
		const char *name, lk_error *error)
{
	char *path = lk_path_join(directory, name);
	lk_safetensors **more = realloc(shards->file,
			(shards->file_count + 1) * sizeof *more);
	lk_status status;

	if (more)
		shards->file = more;
	if (!path || !more) {
		free(path);
		return no_memory(shards, error);
	}
	status = lk_safetensors_open(&shards->file[shards->file_count], path, error);
	if (!status)
		shards->file_count++;
	free(path);
	return status;
}

static bool is_plain_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* Open every file that the index names, once. */
static lk_status open_named(lk_shards *shards, const char *directory,
		const json_t *map, lk_error *error)
{
	json_t *seen = json_object();
	lk_status status = seen ? LK_OK : no_memory(shards, error);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)map, name, value) {
		const char *shard = json_string_value(value);

		if (status)
			break;
		if (!shard || !is_plain_name(shard))
			status = lk_fail(error, LK_FORMAT,
					"%s: \"%.100s\" is in \"%.100s\", which is no "
					"name of a file beside the index",
					shards->name, name, shard ? shard : "");
		else if (json_object_get(seen, shard))
			continue;
		else if (json_object_set_new(seen, shard, json_true()))
			status = no_memory(shards, error);
		else
			status = open_one(shards, directory, shard, error);
	}
	json_decref(seen);
	return status;
}

static int compare(const void *left, const void *right)
{
	const lk_shard_tensor *a = left, *b = right;

	return strcmp(a->tensor->name, b->tensor->name);
}

/* List the tensors of all files. */
static lk_status collect(lk_shards *shards, lk_error *error)
{
	size_t total = 0, count;

	for (size_t i = 0; i < shards->file_count; i++) {
		lk_safetensors_tensors(shards->file[i], &count);
		total += count;
	}
	shards->tensor = calloc(total + 1, sizeof *shards->tensor);
	if (!shards->tensor)
		return no_memory(shards, error);
	for (size_t i = 0; i < shards->file_count; i++) {
		const lk_tensor *tensor =
				lk_safetensors_tensors(shards->file[i], &count);

		for (size_t j = 0; j < count; j++)
			shards->tensor[shards->tensor_count++] = (lk_shard_tensor){
				shards->file[i], j, &tensor[j], false };
	}
	qsort(shards->tensor, total, sizeof *shards->tensor, compare);
	for (size_t i = 1; i < total; i++)
		if (!compare(&shards->tensor[i - 1], &shards->tensor[i]))
			return lk_fail(error, LK_FORMAT,
					"%s: tensor %s is in two files, %s too",
					lk_safetensors_path(shards->tensor[i - 1].file),
					shards->tensor[i].tensor->name,
					lk_safetensors_path(shards->tensor[i].file));
	return LK_OK;
}

/* Every tensor that the index promises is where it says. */
static lk_status check_map(const lk_shards *shards, const json_t *map,
		lk_error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)map, name, value) {
		const lk_shard_tensor *found = lk_shards_find(shards, name);
		const char *path = found ? lk_safetensors_path(found->file) : "";
		const char *slash = strrchr(path, '/');

		if (!found || strcmp(slash ? slash + 1 : path,
					      json_string_value(value)))
			return lk_fail(error, LK_FORMAT,
					"%s: tensor %.120s is not in %.100s",
					shards->name, name, json_string_value(value));
	}
	return LK_OK;
}

static lk_status open_index(lk_shards *shards, const char *directory,
		lk_error *error)
{
	json_t *index;
	const json_t *map;
	lk_status status = lk_json_load(&index, shards->name, LK_SAFETENSORS_HEADER,
			error);

	if (status)
		return status;
	map = json_object_get(index, "weight_map");
	if (!json_is_object(map))
		status = lk_fail(error, LK_FORMAT, "%s: \"weight_map\" is missing",
				shards->name);
	if (!status)
		status = open_named(shards, directory, map, error);
	if (!status)
		status = collect(shards, error);
	if (!status)
		status = check_map(shards, map, error);
	json_decref(index);
	return status;
}

/* Does the directory hold a file of that name? */
static bool holds(const char *directory, const char *name)
{
	char *path = lk_path_join(directory, name);
	bool there = path && lk_path_exists(path);

	free(path);
	return there;
}

lk_status lk_shards_open(lk_shards *shards, const char *directory, lk_error *error)
{
	static const char single[] = "model.safetensors";
	static const char index[] = "model.safetensors.index.json";
	lk_shards set = { 0 };
	bool sharded = !holds(directory, single) && holds(directory, index);
	lk_status status;

	set.name = lk_path_join(directory, sharded ? index : single);
	if (!set.name)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", directory);
	if (sharded) {
		status = open_index(&set, directory, error);
	} else if (!holds(directory, single) &&
			(holds(directory, "pytorch_model.bin") ||
					holds(directory,
							"pytorch_model.bin.index.json"))) {
		status = lk_fail(error, LK_UNSUPPORTED,
				"%s: the weights are in pytorch_model.bin, and only "
				"safetensors is read; save the model with "
				"safe_serialization=True", directory);
	} else {
		status = open_one(&set, directory, single, error);
		if (!status)
			status = collect(&set, error);
	}
	if (status) {
		lk_shards_close(&set);
		return status;
	}
	*shards = set;
	return LK_OK;
}

void lk_shards_close(lk_shards *shards)
{
	for (size_t i = 0; i < shards->file_count; i++)
		lk_safetensors_close(shards->file[i]);
	free(shards->file);
	free(shards->tensor);
	free(shards->name);
	*shards = (lk_shards){ 0 };
}

static int compare_name(const void *name, const void *entry)
{
	return strcmp(name, ((const lk_shard_tensor *)entry)->tensor->name);
}

lk_shard_tensor *lk_shards_find(const lk_shards *shards, const char *name)
{
	return bsearch(name, shards->tensor, shards->tensor_count,
			sizeof *shards->tensor, compare_name);
}
