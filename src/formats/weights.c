#include "formats/weights.h"

#include "formats/safetensors_writer.h"
#include "model/parameters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20 }; /* bytes read at a time, or one row */

/* The tensor of a part; published GPT-2s leave the first word out. */
static lk_shard_tensor *find_part(const lk_shards *shards, lk_family family,
		const lk_part *part)
{
	static const char word[] = "transformer.";
	const char *name = part->tensor.name;
	lk_shard_tensor *found = lk_shards_find(shards, name);

	if (!found && family == LK_FAMILY_GPT2 && !strncmp(name, word, strlen(word)))
		found = lk_shards_find(shards, name + strlen(word));
	return found;
}

static bool same_shape(const lk_tensor *a, const lk_tensor *b)
{
	return a->rank == b->rank &&
			!memcmp(a->shape, b->shape, a->rank * sizeof *a->shape);
}

static lk_status check_shape(const lk_shard_tensor *found, const lk_tensor *expected,
		lk_error *error)
{
	char is[96], should[96];

	if (same_shape(found->tensor, expected))
		return LK_OK;
	return lk_fail(error, LK_FORMAT,
			"%s: tensor %s has shape %s; config.json asks for %s",
			lk_safetensors_path(found->file), found->tensor->name,
			lk_tensor_shape_text(found->tensor, is, sizeof is),
			lk_tensor_shape_text(expected, should, sizeof should));
}

static lk_status check_part(const lk_shards *shards, lk_family family,
		const lk_part *part, lk_error *error)
{
	lk_shard_tensor *found = find_part(shards, family, part);
	char shape[96];

	if (!found)
		return lk_fail(error, LK_FORMAT,
				"%s: tensor %s of shape %s is missing", shards->name,
				part->tensor.name,
				lk_tensor_shape_text(&part->tensor, shape,
						sizeof shape));
	found->used = true;
	return check_shape(found, &part->tensor, error);
}

/* What no part has used is refused, unless it means nothing. */
static lk_status check_rest(const lk_shards *shards, lk_family family,
		const lk_model_config *config, lk_error *error)
{
	const lk_tensor head = { .rank = 2,
		.shape = { config->vocabulary, config->width } };
	char shape[96];

	for (size_t i = 0; i < shards->tensor_count; i++) {
		const lk_shard_tensor *t = &shards->tensor[i];
		lk_status status = LK_OK;

		if (t->used)
			continue;
		if (!lk_family_ignores(family, config, t->tensor->name))
			return lk_fail(error, LK_FORMAT,
					"%s: tensor %s of shape %s is none of a model "
					"of this config.json",
					lk_safetensors_path(t->file), t->tensor->name,
					lk_tensor_shape_text(t->tensor, shape,
							sizeof shape));
		if (!strcmp(t->tensor->name, "lm_head.weight"))
			status = check_shape(t, &head, error);
		if (status)
			return status;
	}
	return LK_OK;
}

/* The parts of a configuration, without a model. */
static lk_status describe(lk_part **parts, size_t *count, lk_family family,
		const lk_model_config *config, lk_error *error)
{
	size_t tensor_count = lk_parameters_count(config);
	lk_tensor *tensors = calloc(tensor_count, sizeof *tensors);
	lk_arena measuring = { 0 };
	lk_status status;

	if (!tensors)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu tensors",
				tensor_count);
	lk_parameters_bind(tensors, config, LK_F32, &measuring);
	status = lk_family_parts(parts, count, family, config, tensors, tensor_count,
			error);
	free(tensors);
	return status;
}

lk_status lk_weights_check(lk_shards *shards, lk_family family,
		const lk_model_config *config, lk_error *error)
{
	lk_part *parts;
	size_t count;
	lk_status status = describe(&parts, &count, family, config, error);

	if (status)
		return status;
	for (size_t i = 0; i < shards->tensor_count; i++)
		shards->tensor[i].used = false;
	for (size_t i = 0; !status && i < count; i++)
		status = check_part(shards, family, &parts[i], error);
	if (!status)
		status = check_rest(shards, family, config, error);
	free(parts);
	return status;
}

/* Is a vector zero throughout? */
static lk_status is_zero(bool *zero, const lk_shard_tensor *found, lk_error *error)
{
	size_t count = lk_tensor_count(found->tensor);
	float *values = calloc(count + 1, sizeof *values);
	lk_status status;

	if (!values)
		return lk_fail(error, LK_NOMEM, "%s: out of memory for a bias",
				lk_safetensors_path(found->file));
	status = lk_safetensors_read(found->file, found->number, 0, count, LK_F32,
			values, error);
	*zero = true;
	for (size_t i = 0; !status && i < count; i++)
		*zero &= values[i] == 0;
	free(values);
	return status;
}

lk_status lk_weights_bias(lk_bias *bias, const lk_shards *shards,
		const lk_model_config *config, lk_error *error)
{
	lk_part *parts;
	size_t count;
	lk_status status = describe(&parts, &count, LK_FAMILY_GPT2, config, error);
	bool zero = true;

	if (status)
		return status;
	for (size_t i = 0; !status && zero && i < count; i++)
		if (parts[i].parameter == LK_ABSENT)
			status = is_zero(&zero, find_part(shards, LK_FAMILY_GPT2,
							&parts[i]), error);
	free(parts);
	if (!status)
		*bias = zero ? config->bias : LK_BIAS_ALL;
	return status;
}

static lk_status read_part(const lk_tensor *parameter, const lk_part *part,
		const lk_shard_tensor *found, void *chunk, size_t chunk_nbytes,
		lk_error *error)
{
	size_t rows = part->tensor.shape[0];
	size_t columns = part->tensor.rank > 1 ? part->tensor.shape[1] : 1;
	size_t fit = chunk_nbytes / (columns * lk_dtype_nbytes(parameter->dtype));

	for (size_t first = 0; first < rows; first += fit) {
		size_t n = rows - first < fit ? rows - first : fit;
		lk_status status = lk_safetensors_read(found->file, found->number,
				first * columns, n * columns, parameter->dtype, chunk,
				error);

		if (status)
			return status;
		lk_part_put(parameter, part, chunk, first, n);
	}
	return LK_OK;
}

/* CHUNK, or the longest row of any part. */
static size_t chunk_for(const lk_part *parts, size_t count)
{
	size_t most = CHUNK;

	for (size_t i = 0; i < count; i++) {
		size_t row = parts[i].tensor.rank > 1 ? parts[i].tensor.shape[1] : 1;

		row *= sizeof(double);
		most = row > most ? row : most;
	}
	return most;
}

lk_status lk_weights_read(lk_model *model, const lk_shards *shards,
		lk_family family, lk_error *error)
{
	size_t parameter_count, count, chunk_nbytes;
	const lk_tensor *parameters = lk_model_parameters(model, &parameter_count);
	void *chunk;
	lk_part *parts;
	lk_status status = lk_family_parts(&parts, &count, family,
			lk_model_get_config(model), parameters, parameter_count,
			error);

	if (status)
		return status;
	chunk_nbytes = chunk_for(parts, count);
	chunk = malloc(chunk_nbytes);
	if (!chunk)
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", shards->name);
	for (size_t i = 0; !status && i < count; i++)
		if (parts[i].parameter != LK_ABSENT)
			status = read_part(&parameters[parts[i].parameter], &parts[i],
					find_part(shards, family, &parts[i]), chunk,
					chunk_nbytes, error);
	free(chunk);
	free(parts);
	return status;
}

/* What the writer asks of. */
typedef struct {
	const lk_part *parts;
	const lk_tensor *parameters;
	const lk_tensor *tensors; /* as written */
} source;

static lk_status give_rows(void *context, size_t tensor, size_t first, size_t rows,
		void *out, lk_error *error)
{
	const source *s = context;
	const lk_part *part = &s->parts[tensor];
	const lk_tensor *t = &s->tensors[tensor];

	(void)error;
	if (part->parameter == LK_ABSENT)
		memset(out, 0, rows * (t->rank > 1 ? t->shape[1] : 1) *
						lk_dtype_nbytes(t->dtype));
	else
		lk_part_get(out, part, &s->parameters[part->parameter], first, rows);
	return LK_OK;
}

lk_status lk_weights_write(const char *path, const lk_model *model, char hash[33],
		lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t parameter_count, count;
	const lk_tensor *parameters = lk_model_parameters(model, &parameter_count);
	lk_tensor *tensors;
	lk_part *parts;
	lk_status status = lk_family_parts(&parts, &count, lk_family_of(config),
			config, parameters, parameter_count, error);

	if (status)
		return status;
	tensors = calloc(count, sizeof *tensors);
	for (size_t i = 0; tensors && i < count; i++) {
		tensors[i] = parts[i].tensor;
		tensors[i].dtype = parameters[0].dtype;
	}
	if (tensors)
		status = lk_safetensors_write(path, tensors, count, NULL, give_rows,
				&(source){ parts, parameters, tensors }, hash, error);
	else
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	free(tensors);
	free(parts);
	return status;
}
