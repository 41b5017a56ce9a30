#include "formats/model_directory.h"

#include "base/file.h"
#include "formats/config_json.h"
#include "formats/json.h"
#include "formats/merges_txt.h"
#include "formats/modeling.h"
#include "formats/tokenizer_json.h"
#include "formats/weights.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_CONFIG = 16 << 20 /* bytes of a config.json */ };

const char *lk_model_family(const lk_model_config *config)
{
	return lk_family_name(lk_family_of(config));
}

static lk_status no_memory(const char *directory, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", directory);
}

static bool holds(const char *directory, const char *name)
{
	char *path = lk_path_join(directory, name);
	bool there = path && !access(path, F_OK);

	free(path);
	return there;
}

/* Where the link directory/name leads, beside it: the step itself and not the
 * link, which may move on while files are being read. NULL where it leads to no
 * model. */
static char *follow(const char *directory, const char *name)
{
	char *link = lk_path_join(directory, name), *found = NULL;
	char target[256];
	ssize_t length = link ? readlink(link, target, sizeof target - 1) : -1;

	free(link);
	if (length <= 0)
		return NULL;
	target[length] = '\0';
	found = *target == '/' ? strdup(target) : lk_path_join(directory, target);
	if (found && holds(found, "config.json"))
		return found;
	free(found);
	return NULL;
}

lk_status lk_model_directory_find(char **directory, const char *path,
		lk_error *error)
{
	char *found = NULL;

	if (holds(path, "config.json")) {
		found = strdup(path);
		if (!found)
			return no_memory(path, error);
	} else if (holds(path, "run.json")) {
		found = follow(path, "best");
		if (!found)
			found = follow(path, "last");
		if (!found)
			return lk_fail(error, LK_IO,
					"%s: this run has no checkpoint yet", path);
	} else if (!lk_path_exists(path)) {
		return lk_fail(error, LK_IO,
				"%s: there is no such file or directory", path);
	} else if (!lk_path_is_directory(path)) {
		return lk_fail(error, LK_IO,
				"%s: is a file; a model is a directory", path);
	} else {
		return lk_fail(error, LK_IO,
				"%s: is no model: it holds neither config.json (a "
				"model) nor run.json (a run)", path);
	}
	*directory = found;
	return LK_OK;
}

static lk_status read_config(lk_model_config *config, lk_family *family,
		const char *directory, lk_error *error)
{
	char *path = lk_path_join(directory, "config.json");
	json_t *object;
	lk_status status;

	if (!path)
		return no_memory(directory, error);
	status = lk_json_load(&object, path, MOST_CONFIG, error);
	if (!status) {
		status = lk_config_from_json(config, family, object, path, error);
		json_decref(object);
	}
	free(path);
	return status;
}

/* Open the weights and see that they fit; a gpt2's biases decide whether it has
 * any. */
static lk_status open_weights(lk_shards *shards, lk_model_config *config,
		lk_family family, const char *directory, lk_error *error)
{
	lk_status status = lk_shards_open(shards, directory, error);

	if (status)
		return status;
	status = lk_weights_check(shards, family, config, error);
	if (!status && family == LK_FAMILY_GPT2)
		status = lk_weights_bias(&config->bias, shards, config, error);
	if (status)
		lk_shards_close(shards);
	return status;
}

lk_status lk_model_directory_config(lk_model_config *config, const char *directory,
		lk_error *error)
{
	lk_model_config result;
	lk_family family;
	lk_shards shards;
	lk_status status = read_config(&result, &family, directory, error);

	/* only a gpt2 that claims to lack biases needs a look at its weights */
	if (!status && family == LK_FAMILY_GPT2 && result.bias != LK_BIAS_ALL) {
		status = open_weights(&shards, &result, family, directory, error);
		if (!status)
			lk_shards_close(&shards);
	}
	if (!status)
		*config = result;
	return status;
}

lk_status lk_model_directory_load(lk_model **model, const char *directory,
		lk_isa isa, lk_error *error)
{
	lk_model_config config;
	lk_family family;
	lk_shards shards;
	lk_model *result = NULL;
	lk_status status = read_config(&config, &family, directory, error);

	if (!status)
		status = open_weights(&shards, &config, family, directory, error);
	if (status)
		return status;
	status = lk_model_new(&result, &config, isa, error);
	if (!status)
		status = lk_weights_read(result, &shards, family, error);
	lk_shards_close(&shards);
	if (status) {
		lk_model_free(result);
		return status;
	}
	*model = result;
	return LK_OK;
}

/* A tokenizer must not give ids that the model beside it has no embedding for.
 * Where there is no model that can be read, nothing is to be said. */
static lk_status check_fit(const lk_tokenizer *tokenizer, const char *directory,
		lk_error *error)
{
	lk_model_config config;
	lk_family family;

	if (read_config(&config, &family, directory, NULL) ||
			tokenizer->vocabulary <= config.vocabulary)
		return LK_OK;
	return lk_fail(error, LK_FORMAT,
			"%s: tokenizer.json has %u ids, but the model of config.json "
			"only %zu", directory, tokenizer->vocabulary,
			config.vocabulary);
}

static bool has_file(const char *directory, const char *name)
{
	char *path = lk_path_join(directory, name);
	bool has = path && !access(path, F_OK);

	free(path);
	return has;
}

lk_status lk_model_directory_tokenizer(lk_tokenizer **tokenizer,
		const char *directory, lk_error *error)
{
	char *path = lk_path_join(directory, "tokenizer.json");
	lk_tokenizer *result;
	lk_status status;

	if (!path)
		return no_memory(directory, error);
	/* GPT-2 was published before there was a tokenizer.json. */
	if (access(path, F_OK) && has_file(directory, "merges.txt"))
		status = lk_merges_txt_read(&result, directory, error);
	else
		status = lk_tokenizer_json_read(&result, path, error);
	free(path);
	if (status)
		return status;
	status = check_fit(result, directory, error);
	if (status)
		lk_tokenizer_free(result);
	else
		*tokenizer = result;
	return status;
}

static lk_dtype dtype_of(const lk_model *model)
{
	return lk_model_get_isa(model) == LK_ISA_F64 ? LK_F64 : LK_F32;
}

static lk_status write_config(const char *directory, const lk_model *model,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	char *path = lk_path_join(directory, "config.json");
	json_t *object;
	lk_status status;

	if (!path)
		return no_memory(directory, error);
	status = lk_config_to_json(&object, lk_model_get_config(model),
			dtype_of(model), tokenizer ? tokenizer->end : LK_NO_TOKEN,
			error);
	if (!status) {
		status = lk_json_replace(path, object, error);
		json_decref(object);
	}
	free(path);
	return status;
}

lk_status lk_model_directory_write_hashed(const char *directory,
		const lk_model *model, const lk_tokenizer *tokenizer, char hash[33],
		lk_error *error)
{
	char *path = lk_path_join(directory, "model.safetensors");
	lk_status status;

	if (!path)
		return no_memory(directory, error);
	status = write_config(directory, model, tokenizer, error);
	if (!status && lk_family_of(lk_model_get_config(model)) == LK_FAMILY_LIKELY)
		status = lk_modeling_write(directory, error);
	if (!status && tokenizer)
		status = lk_tokenizer_json_write(directory, tokenizer,
				lk_model_get_config(model)->context, error);
	if (!status)
		status = lk_weights_write(path, model, hash, error);
	free(path);
	return status;
}

lk_status lk_model_directory_write(const char *directory, const lk_model *model,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	return lk_model_directory_write_hashed(directory, model, tokenizer, NULL,
			error);
}

/* Room for a tensor's data, so that the next begins on a cache line. */
static size_t padded(size_t nbytes)
{
	return (nbytes + 63) & ~(size_t)63;
}

lk_status lk_model_directory_export(lk_tensor **tensors, size_t *count,
		const lk_model *model, const lk_tensor *from, size_t from_count,
		bool weights, lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t part_count, used = 0, nbytes;
	lk_part *parts;
	lk_tensor *result;
	char *data;
	lk_status status = lk_family_parts(&parts, &part_count, lk_family_of(config),
			config, from, from_count, error);

	if (status)
		return status;
	for (size_t i = 0; i < part_count; i++) {
		if (!weights && parts[i].parameter == LK_ABSENT)
			continue;
		parts[used] = parts[i];
		parts[used++].tensor.dtype = from[0].dtype;
	}
	nbytes = padded(used * sizeof *result);
	for (size_t i = 0; i < used; i++)
		nbytes += padded(lk_tensor_nbytes(&parts[i].tensor));
	result = aligned_alloc(64, nbytes);
	if (!result) {
		free(parts);
		return lk_fail(error, LK_NOMEM,
				"out of memory for a copy of the model's %zu tensors",
				used);
	}
	data = (char *)result + padded(used * sizeof *result);
	for (size_t i = 0; i < used; i++) {
		const lk_part *part = &parts[i];

		result[i] = part->tensor;
		result[i].data = data;
		if (part->parameter == LK_ABSENT)
			memset(data, 0, lk_tensor_nbytes(&part->tensor));
		else
			lk_part_get(data, part, &from[part->parameter], 0,
					part->tensor.shape[0]);
		data += padded(lk_tensor_nbytes(&part->tensor));
	}
	free(parts);
	*tensors = result;
	*count = used;
	return LK_OK;
}
