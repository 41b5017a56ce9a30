#include "formats/ngram_directory.h"

#include "base/directory.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"
#include "formats/tokenizer_json.h"
#include "ngram/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_TYPE "likely-ngram"

enum { MOST_CONFIG = 16 << 20 /* bytes of a config.json */ };

static lk_status no_memory(const char *directory, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", directory);
}

static lk_status load_config(json_t **config, const char *directory, lk_error *error)
{
	char *path = lk_path_join(directory, "config.json");
	lk_status status = path ? lk_json_load(config, path, MOST_CONFIG, error)
				: no_memory(directory, error);

	free(path);
	return status;
}

static bool is_ngram(const json_t *config)
{
	const char *type = json_string_value(json_object_get(config, "model_type"));

	return type && !strcmp(type, MODEL_TYPE);
}

bool lk_ngram_directory_is(const char *directory)
{
	json_t *config;
	bool is;

	if (load_config(&config, directory, NULL))
		return false;
	is = is_ngram(config);
	json_decref(config);
	return is;
}

static lk_ngram_smoothing read_smoothing(lk_json_reader *reader)
{
	const char *name = lk_json_text(reader, "smoothing");

	for (int s = 0; name && s < LK_NGRAM_SMOOTHING_COUNT; s++)
		if (!strcmp(name, lk_ngram_smoothing_name(s)))
			return s;
	lk_json_refuse(reader, LK_UNSUPPORTED, "smoothing \"%s\" is unknown",
			name ? name : "");
	return LK_NGRAM_UNIFORM;
}

static void read_discounts(lk_ngram *ngram, const json_t *config)
{
	const json_t *discounts = json_object_get(config, "discounts");
	const json_t *fallback = json_object_get(config, "discounts_fallback");

	for (size_t n = 1; n <= ngram->options.order; n++) {
		for (size_t k = 1; k < 4; k++)
			ngram->discount[n][k] = json_number_value(json_array_get(
					json_array_get(discounts, n - 1), k - 1));
		ngram->fallback[n] = json_is_true(json_array_get(fallback, n - 1));
	}
}

static lk_status read_options(lk_ngram_options *options, const json_t *config,
		const char *directory, lk_error *error)
{
	lk_error why = { .status = LK_OK };
	lk_json_reader reader = { config, "config.json", &why, LK_OK };

	if (!is_ngram(config))
		return lk_fail(error, LK_FORMAT,
				"%s: config.json does not say that this is an n-gram model",
				directory);
	*options = (lk_ngram_options){ .smoothing = read_smoothing(&reader),
		.order = lk_json_size(&reader, "order", 1, LK_NGRAM_ORDER_MOST),
		.alpha = lk_json_real_or(&reader, "alpha", 0, 1e300, 0),
		.vocabulary = (uint32_t)lk_json_size(&reader, "vocab_size", 2,
				LK_NGRAM_NONE - 2),
		.end = (uint32_t)lk_json_size(
				&reader, "eos_token_id", 0, LK_NGRAM_NONE) };
	lk_json_text(&reader, "checksum");
	if (!reader.status && options->end >= options->vocabulary)
		lk_json_refuse(&reader, LK_FORMAT, "eos_token_id is no token");
	return reader.status ? lk_fail(error, reader.status, "%s/%s", directory, why.text)
			     : LK_OK;
}

lk_status lk_ngram_directory_config(json_t **config, const char *directory,
		lk_error *error)
{
	lk_ngram_options options;
	lk_status status = load_config(config, directory, error);

	if (status)
		return status;
	status = read_options(&options, *config, directory, error);
	if (status)
		json_decref(*config);
	return status;
}

/* The tensors of a level; data as the level has it. Returns how many. */
static size_t level_tensors(lk_tensor *tensors, const lk_ngram *ngram, size_t n)
{
	const lk_ngram_level *level = &ngram->level[n];
	const struct {
		const char *name;
		lk_dtype dtype;
		size_t count;
		void *data;
		bool there;
	} parts[] = {
		{ "token", lk_ngram_wide(ngram->options.vocabulary) ? LK_U32 : LK_U16,
				level->count, level->word.data, n > 1 },
		{ "first", LK_U32, level->count + 1, level->first,
				n < ngram->options.order },
		{ "backoff", LK_F32, level->count, level->backoff,
				n < ngram->options.order },
		{ "p", LK_F32, level->count, level->p, true },
	};
	size_t used = 0;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].there)
			continue;
		tensors[used] = (lk_tensor){ .dtype = parts[i].dtype,
			.rank = 1,
			.shape = { parts[i].count },
			.data = parts[i].data };
		snprintf(tensors[used].name, sizeof tensors[used].name, "level.%zu.%s", n,
				parts[i].name);
		used++;
	}
	return used;
}

/* The tensor of the file that another one, but for its size, describes. */
static lk_status find_tensor(size_t *number, const lk_safetensors *file,
		const lk_tensor *wanted, lk_error *error)
{
	size_t count;
	const lk_tensor *all = lk_safetensors_tensors(file, &count);

	*number = lk_safetensors_find(file, wanted->name);
	if (*number == SIZE_MAX)
		return lk_fail(error, LK_FORMAT, "%s: has no tensor %s",
				lk_safetensors_path(file), wanted->name);
	if (all[*number].dtype != wanted->dtype || all[*number].rank != 1)
		return lk_fail(error, LK_FORMAT,
				"%s: %s is %s of rank %zu, not %s of rank 1",
				lk_safetensors_path(file), wanted->name,
				lk_dtype_name(all[*number].dtype), all[*number].rank,
				lk_dtype_name(wanted->dtype));
	return LK_OK;
}

static lk_status read_level(lk_ngram *ngram, size_t n, const lk_safetensors *file,
		lk_error *error)
{
	lk_tensor tensors[4];
	size_t used = level_tensors(tensors, ngram, n), number, count;
	const lk_tensor *all = lk_safetensors_tensors(file, &count);
	lk_status status = find_tensor(&number, file, &tensors[used - 1], error);

	if (status)
		return status;
	count = all[number].shape[0]; /* of p */
	if (count >= LK_NGRAM_NONE)
		return lk_fail(error, LK_UNSUPPORTED, "%s: %zu n-grams are too many",
				lk_safetensors_path(file), count);
	status = lk_ngram_level_new(ngram, n, count, error);
	if (!status)
		status = lk_ngram_level_p(ngram, n, error);
	used = level_tensors(tensors, ngram, n);
	for (size_t i = 0; i < used && !status; i++) {
		const lk_tensor *t = &tensors[i];

		status = find_tensor(&number, file, t, error);
		if (!status && all[number].shape[0] != t->shape[0])
			status = lk_fail(error, LK_FORMAT,
					"%s: %s has %zu elements, expected %zu",
					lk_safetensors_path(file), t->name,
					all[number].shape[0], t->shape[0]);
		if (!status)
			status = lk_safetensors_read(file, number, 0, t->shape[0],
					t->dtype, t->data, error);
	}
	return status;
}

static lk_status read_levels(lk_ngram *ngram, const char *directory, lk_error *error)
{
	char *path = lk_path_join(directory, "model.safetensors");
	lk_safetensors *file;
	lk_status status = path ? lk_safetensors_open(&file, path, error)
				: no_memory(directory, error);

	if (!status) {
		for (size_t n = 1; n <= ngram->options.order && !status; n++)
			status = read_level(ngram, n, file, error);
		lk_safetensors_close(file);
		if (!status && lk_ngram_check(ngram, error))
			status = lk_fail_in(error, LK_FORMAT, "%s", path);
	}
	free(path);
	return status;
}

static lk_status compare_checksum(const lk_ngram *ngram, const json_t *config,
		const char *directory, lk_error *error)
{
	const char *saved = json_string_value(json_object_get(config, "checksum"));
	char hash[33];
	lk_status status = lk_ngram_hash(ngram, hash, error);

	if (!status && strcmp(hash, saved))
		status = lk_fail(error, LK_FORMAT,
				"%s: damaged or changed: the checksum of the model is %s, "
				"and was %.32s when it was saved",
				directory, hash, saved);
	return status;
}

lk_status lk_ngram_directory_load(lk_ngram **ngram, const char *directory,
		lk_error *error)
{
	lk_ngram_options options;
	lk_ngram *result = NULL;
	json_t *config;
	lk_status status = load_config(&config, directory, error);

	if (status)
		return status;
	status = read_options(&options, config, directory, error);
	if (!status)
		status = lk_ngram_new(&result, &options, error);
	if (!status)
		read_discounts(result, config);
	if (!status)
		status = read_levels(result, directory, error);
	if (!status)
		status = compare_checksum(result, config, directory, error);
	json_decref(config);
	if (status)
		lk_ngram_free(result);
	else
		*ngram = result;
	return status;
}

/* config.json; a new reference, NULL when out of memory. */
static json_t *make_config(const lk_ngram *ngram, const char *checksum)
{
	const lk_ngram_options *o = &ngram->options;
	json_t *counts = json_array(), *discounts = json_array(), *fallback = json_array();
	bool kneser_ney = o->smoothing == LK_NGRAM_KNESER_NEY;
	json_t *config = json_pack("{s:s, s:s, s:I, s:o, s:I, s:I, s:I, s:o, s:s}",
			"model_type", MODEL_TYPE, "smoothing",
			lk_ngram_smoothing_name(o->smoothing), "order",
			(json_int_t)o->order, "alpha",
			o->smoothing == LK_NGRAM_ADDITIVE ? lk_json_new_real(o->alpha)
							  : json_null(),
			"vocab_size", (json_int_t)o->vocabulary, "bos_token_id",
			(json_int_t)o->end, "eos_token_id", (json_int_t)o->end, "ngrams",
			counts, "checksum", checksum);
	bool bad = !config || !discounts || !fallback;

	for (size_t n = 1; n <= o->order && !bad; n++) {
		const double *D = ngram->discount[n];

		bad = json_array_append_new(counts, json_integer((json_int_t)
						ngram->level[n].count)) ||
		      json_array_append_new(discounts,
				      json_pack("[f, f, f]", D[1], D[2], D[3])) ||
		      json_array_append_new(fallback, json_boolean(ngram->fallback[n]));
	}
	if (!bad && kneser_ney)
		bad = json_object_set(config, "discounts", discounts) ||
		      json_object_set(config, "discounts_fallback", fallback);
	json_decref(discounts);
	json_decref(fallback);
	if (bad) {
		json_decref(config);
		return NULL;
	}
	return config;
}

static lk_status write_config(const char *directory, const lk_ngram *ngram,
		lk_error *error)
{
	char *path = lk_path_join(directory, "config.json"), hash[33];
	json_t *config = NULL;
	lk_status status = lk_ngram_hash(ngram, hash, error);

	if (!status)
		config = make_config(ngram, hash);
	if (!status)
		status = path && config ? lk_json_replace(path, config, error)
					: no_memory(directory, error);
	json_decref(config);
	free(path);
	return status;
}

static lk_status write_levels(const char *directory, const lk_ngram *ngram,
		lk_error *error)
{
	char *path = lk_path_join(directory, "model.safetensors");
	size_t count = 0, order = ngram->options.order;
	lk_tensor *tensors = calloc(4 * order, sizeof *tensors);
	lk_status status;

	if (path && tensors)
		for (size_t n = 1; n <= order; n++)
			count += level_tensors(tensors + count, ngram, n);
	status = path && tensors ? lk_safetensors_write(path, tensors, count, NULL, NULL,
						   NULL, NULL, error)
				 : no_memory(directory, error);
	free(tensors);
	free(path);
	return status;
}

lk_status lk_ngram_directory_write(const char *directory, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_status status = write_config(directory, ngram, error);

	if (!status)
		status = lk_tokenizer_json_write(
				directory, tokenizer, ngram->options.order, error);
	if (!status)
		status = write_levels(directory, ngram, error);
	return status;
}
