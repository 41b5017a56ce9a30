#include "formats/training_state.h"

#include "base/file.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* The fields of lk_training_state by type. */
#define COUNTS(X) \
	X(step) X(sequences) X(tokens) X(log_nbytes) X(best_step) X(evals_since_best) \
	X(evaluated_step)
#define REALS(X) X(best_nll) X(elapsed_s)
/* Those that version 1 did not have; 0 there. */
#define LATER_COUNTS(X) X(begun) X(restarts)
#define LATER_REALS(X) X(rate_scale) X(loss_sum) X(loss_weight) X(loss_lowest)
#define TEXTS(X) X(tokenizer_hash) X(numeric_path)
/* clang-format on */

enum { VERSION = 2 };

/* The state as one line of JSON, malloc'd; NULL when out of memory. */
static char *state_to_text(const lk_training_state *state)
{
	json_t *object = json_pack("{s:i}", "version", VERSION);
	char *text = NULL;
	int failed = 0;

#define X(field) \
	failed |= json_object_set_new(object, #field, \
			json_integer((json_int_t)state->field));
	COUNTS(X)
	LATER_COUNTS(X)
#undef X
#define X(field) \
	failed |= json_object_set_new(object, #field, lk_json_new_real(state->field));
	REALS(X)
	LATER_REALS(X)
#undef X
#define X(field) \
	failed |= json_object_set_new(object, #field, json_string(state->field));
	TEXTS(X)
#undef X
	if (!failed)
		text = lk_json_line(object);
	json_decref(object);
	return text;
}

static void read_real(double *out, lk_json_reader *r, const char *name)
{
	if (!lk_json_get_real(json_object_get(r->object, name), out))
		lk_json_refuse(r, LK_FORMAT, "\"%s\" is no number", name);
}

static void read_text(char *out, size_t size, lk_json_reader *r, const char *name)
{
	const char *text = lk_json_text(r, name);

	if (text && strlen(text) >= size)
		lk_json_refuse(r, LK_FORMAT, "\"%s\" is too long", name);
	else if (text)
		strcpy(out, text);
}

static void read_later(lk_training_state *state, lk_json_reader *r)
{
#define X(field) state->field = lk_json_size(r, #field, 0, INT64_MAX);
	LATER_COUNTS(X)
#undef X
#define X(field) read_real(&state->field, r, #field);
	LATER_REALS(X)
#undef X
}

static lk_status state_from_text(lk_training_state *state, const char *text,
		const char *path, lk_error *error)
{
	lk_training_state result = { 0 };
	lk_json_reader r = { NULL, path, error, LK_OK };
	json_t *object;
	size_t version;

	r.status = lk_json_parse(&object, text, strlen(text), path, error);
	if (r.status)
		return r.status;
	r.object = object;
	version = lk_json_size(&r, "version", 0, INT64_MAX);
	if (version < 1 || version > VERSION)
		lk_json_refuse(&r, LK_UNSUPPORTED,
				"was written by another version of likely, whose "
				"checkpoints cannot be resumed here");
#define X(field) result.field = lk_json_size(&r, #field, 0, INT64_MAX);
	COUNTS(X)
#undef X
#define X(field) read_real(&result.field, &r, #field);
	REALS(X)
#undef X
#define X(field) read_text(result.field, sizeof result.field, &r, #field);
	TEXTS(X)
#undef X
	if (version > 1)
		read_later(&result, &r);
	json_decref(object);
	if (!r.status)
		*state = result;
	return r.status;
}

/* Of the two texts and the moments, in their order. false: out of memory. */
static bool checksum(char hash[33], const char *text, const char *weights,
		const lk_tensor *moments, size_t count)
{
	lk_hasher *hasher = lk_hasher_new();

	if (!hasher)
		return false;
	lk_hasher_add(hasher, text, strlen(text));
	lk_hasher_add(hasher, weights, strlen(weights));
	for (size_t i = 0; i < count; i++)
		lk_hasher_add(hasher, moments[i].data,
				lk_tensor_nbytes(&moments[i]));
	lk_hasher_text(hasher, hash);
	lk_hasher_free(hasher);
	return true;
}

lk_status lk_training_state_write(const char *path, const lk_training_state *state,
		const lk_optimizer *optimizer, const char weights_hash[33],
		lk_error *error)
{
	size_t count;
	const lk_tensor *moments = lk_optimizer_state(optimizer, &count);
	char *text = state_to_text(state), hash[33];
	json_t *metadata = NULL;
	lk_status status;

	if (text && checksum(hash, text, weights_hash, moments, count))
		metadata = json_pack("{s:s, s:s, s:s}", "likely_state", text,
				"likely_weights", weights_hash, "likely_checksum",
				hash);
	if (metadata)
		status = lk_safetensors_write(path, moments, count, metadata, NULL,
				NULL, NULL, error);
	else
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	json_decref(metadata);
	free(text);
	return status;
}

/* One moment's data, where the file has it in the very shape. */
static lk_status read_moment(const lk_safetensors *file, const lk_tensor *moment,
		lk_error *error)
{
	const char *path = lk_safetensors_path(file);
	size_t count, number = lk_safetensors_find(file, moment->name);
	const lk_tensor *found = lk_safetensors_tensors(file, &count);
	char is[96], should[96];

	if (number == SIZE_MAX)
		return lk_fail(error, LK_FORMAT,
				"%s: tensor %s is missing: the optimiser is another "
				"than the one saved", path, moment->name);
	found += number;
	if (found->dtype != moment->dtype || found->rank != moment->rank ||
			memcmp(found->shape, moment->shape,
					found->rank * sizeof *found->shape))
		return lk_fail(error, LK_FORMAT,
				"%s: tensor %s is %s %s; %s %s is expected", path,
				moment->name, lk_dtype_name(found->dtype),
				lk_tensor_shape_text(found, is, sizeof is),
				lk_dtype_name(moment->dtype),
				lk_tensor_shape_text(moment, should, sizeof should));
	return lk_safetensors_read(file, number, 0, lk_tensor_count(moment),
			moment->dtype, moment->data, error);
}

static lk_status read_verified(lk_training_state *state, lk_optimizer *optimizer,
		char weights_hash[33], const lk_safetensors *file, lk_error *error)
{
	const char *path = lk_safetensors_path(file);
	const char *text = lk_safetensors_metadata(file, "likely_state");
	const char *weights = lk_safetensors_metadata(file, "likely_weights");
	const char *saved = lk_safetensors_metadata(file, "likely_checksum");
	size_t count, file_count;
	const lk_tensor *moments = lk_optimizer_state(optimizer, &count);
	lk_training_state result;
	char hash[33];
	lk_status status;

	lk_safetensors_tensors(file, &file_count);
	if (!text || !saved || !weights || strlen(weights) != 32)
		return lk_fail(error, LK_FORMAT,
				"%s: is no training state: its metadata lack "
				"likely_state, likely_weights or likely_checksum", path);
	status = state_from_text(&result, text, path, error);
	for (size_t i = 0; !status && i < count; i++)
		status = read_moment(file, &moments[i], error);
	if (!status && file_count != count)
		status = lk_fail(error, LK_FORMAT,
				"%s: holds %zu tensors where the optimiser has %zu: it "
				"is another than the one saved", path, file_count,
				count);
	if (!status && !checksum(hash, text, weights, moments, count))
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	if (!status && strcmp(hash, saved))
		status = lk_fail(error, LK_FORMAT,
				"%s: damaged: its contents do not match the checksum "
				"%.32s that was saved with them", path, saved);
	if (status)
		return status;
	strcpy(weights_hash, weights);
	*state = result;
	return LK_OK;
}

lk_status lk_training_state_read(lk_training_state *state, lk_optimizer *optimizer,
		char weights_hash[33], const char *path, lk_error *error)
{
	lk_safetensors *file;
	lk_status status = lk_safetensors_open(&file, path, error);

	if (status)
		return status;
	status = read_verified(state, optimizer, weights_hash, file, error);
	lk_safetensors_close(file);
	return status;
}
