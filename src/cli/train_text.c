/* likely train: from files to two streams of tokens. */
#include "cli/train_run.h"

#include "cli/command.h"
#include "formats/model_directory.h"
#include "formats/token_file.h"
#include "text/batches.h"
#include "text/subwords.h"
#include "text/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EVALUATION_SHARE (1.0 / 60) /* of the time, for one */
#define TRAINING_COST    3.0          /* of a token, in evaluations of one */

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the text");
}

/* run.json holds the paths, and holds UTF-8 alone. */
static lk_status check_name(const char *path, lk_error *error)
{
	size_t nbytes = strlen(path), length;

	for (size_t at = 0; at < nbytes; at += length)
		if (lk_utf8_decode((const unsigned char *)path + at, nbytes - at,
				    &length) >= LK_UTF8_INVALID)
			return lk_fail(error, LK_UNSUPPORTED,
					"%s: this name is not valid UTF-8, and a run "
					"could not remember it; rename the file", path);
	return LK_OK;
}

static json_t *documents_json(const lk_documents *documents)
{
	json_t *array = json_array();

	for (size_t i = 0; i < documents->count; i++) {
		const lk_document *d = &documents->document[i];

		if (json_array_append_new(array, json_pack(
				"{s:s, s:I, s:I, s:I, s:s}", "path", d->path, "offset",
				(json_int_t)d->offset, "bytes", (json_int_t)d->nbytes,
				"file_bytes", (json_int_t)d->file_nbytes, "hash",
				d->hash))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *corpus_json(const lk_train_run *run, const lk_documents *training,
		const lk_documents *validation)
{
	json_t *paths = json_array();

	for (size_t i = 0; i < run->path_count; i++)
		if (json_array_append_new(paths, json_string(run->path[i]))) {
			json_decref(paths);
			return NULL;
		}
	return json_pack("{s:o, s:s, s:o, s:o}", "paths", paths, "documents",
			run->options.documents, "training", documents_json(training),
			"validation", documents_json(validation));
}

/* Is a part of the text, "training" or "validation", still what it was? */
static lk_status compare_part(const json_t *was, const json_t *is, const char *part,
		lk_error *error)
{
	static const char *const members[] = { "hash", "offset", "bytes" };
	const json_t *old = json_object_get(was, part), *new = json_object_get(is, part);

	if (json_array_size(old) != json_array_size(new))
		return lk_fail(error, LK_RANGE,
				"the text has changed since the run began: %zu %s files "
				"where it had %zu; --resume needs the same text",
				json_array_size(new), part, json_array_size(old));
	for (size_t i = 0; i < json_array_size(new); i++) {
		const json_t *a = json_array_get(old, i), *b = json_array_get(new, i);

		for (size_t k = 0; k < sizeof members / sizeof *members; k++)
			if (!json_equal(json_object_get(a, members[k]),
					    json_object_get(b, members[k])))
				return lk_fail(error, LK_RANGE,
						"%s: this text is not the one that the "
						"run began with (%s of its %s part "
						"differs); --resume needs the same",
						json_string_value(json_object_get(b,
								"path")),
						members[k], part);
	}
	return LK_OK;
}

lk_status lk_train_describe_corpus(lk_train_run *run, const lk_documents *training,
		const lk_documents *validation, lk_error *error)
{
	const lk_documents *parts[] = { training, validation };
	const json_t *was = json_object_get(run->saved, "corpus");
	lk_status status = LK_OK;

	for (size_t i = 0; i < run->path_count && !status; i++)
		status = check_name(run->path[i], error);
	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < parts[p]->count && !status; i++)
			status = check_name(parts[p]->document[i].path, error);
	if (status)
		return status;
	run->corpus = corpus_json(run, training, validation);
	run->training_name = strdup(run->path[0]);
	run->validation_name = validation->count == 1
					? strdup(validation->document[0].path)
					: NULL;
	if (!run->corpus || !run->training_name ||
			(validation->count == 1 && !run->validation_name))
		return no_memory(error);
	if (run->saved)
		status = compare_part(was, run->corpus, "training", error);
	if (run->saved && !status)
		status = compare_part(was, run->corpus, "validation", error);
	return status;
}

/* A text of few windows: shorter ones. */
static void shorten_context(lk_train_run *run)
{
	enum { WINDOWS = 8 };
	size_t targets = lk_tokens_count(run->training) - 1;
	size_t fits = targets / WINDOWS < 8 ? 8 : targets / WINDOWS;

	fits = fits < targets ? fits : targets;
	if (run->saved || run->options.from || run->config.context <= fits ||
			lk_options_given(&run->model_group, "context"))
		return;
	run->config.context = fits;
	run->context_shortened = true;
}

static lk_status read_corpus(lk_train_run *run, lk_reading *reading, lk_error *error)
{
	lk_text_work work = { reading->threads, lk_reading_watch(reading) };
	lk_corpus *corpus = NULL;
	const lk_documents *training, *validation;
	lk_status status = lk_corpus_read_watched(&corpus, run->path, run->path_count,
			run->options.val.text, run->options.val.count, &work, error);

	lk_reading_hide(reading);
	if (status)
		return status;
	lk_corpus_set_rule(corpus, &reading->rule);
	training = lk_corpus_training(corpus);
	validation = lk_corpus_validation(corpus);
	status = lk_train_describe_corpus(run, training, validation, error);
	if (!status)
		status = lk_train_make_tokenizer(run, corpus, reading, error);
	if (!status)
		status = lk_reading_tokens(reading, &run->training, training,
				run->tokenizer, error);
	if (!status)
		status = lk_reading_tokens(reading, &run->validation, validation,
				run->tokenizer, error);
	lk_corpus_free(corpus); /* the tokens say it all */
	return status;
}

/* The directory that the run is or will be in, malloc'd. */
static char *beside(const lk_train_run *run)
{
	const char *out = run->out ? run->out : LK_RUNS "/run", *end, *slash;

	for (end = out + strlen(out); end > out + 1 && end[-1] == '/'; end--)
		continue;
	slash = memrchr(out, '/', (size_t)(end - out));
	if (!slash)
		return strdup(".");
	return strndup(out, slash == out ? 1 : (size_t)(slash - out));
}

lk_status lk_train_read_tokens(lk_train_run *run, lk_error *error)
{
	char *parent = beside(run);
	lk_reading reading = { 0 };
	lk_status status = parent ? lk_reading_begin(&reading, run->options.documents,
						    run->options.cache, parent,
						    &run->common, error)
				  : no_memory(error);

	if (!status && lk_token_file_is(run->path[0]))
		status = lk_train_open_token_file(run, &reading, error);
	else if (!status)
		status = read_corpus(run, &reading, error);
	lk_reading_end(&reading);
	free(parent);
	return status;
}

/* Tokens that may validate so that doing it once takes no more than a sixtieth of
 * the time; 0: all of them. */
static uint64_t affordable_validation(const lk_train_run *run)
{
	enum { LEAST = 1 << 16 };
	double most = run->recipe.tokens * TRAINING_COST * EVALUATION_SHARE;

	most = most < LEAST ? LEAST : most;
	return run->chosen && (double)lk_tokens_count(run->validation) > most
			? (uint64_t)most
			: 0;
}

/* So much text to validate that a part of it will do. */
static lk_status sample_validation(lk_train_run *run, lk_error *error)
{
	lk_tokens *sample = NULL;
	lk_status status;

	if (!run->saved)
		run->validation_most = affordable_validation(run);
	if (!run->validation_most)
		return LK_OK;
	run->validation_whole = lk_tokens_nbytes(run->validation);
	status = lk_tokens_new_sample(&sample, run->validation,
			run->config.context, run->validation_most, error);
	if (status)
		return status;
	lk_tokens_free(run->validation);
	run->validation = sample;
	return LK_OK;
}

/* Tokens of the validation text, ends not counted. */
static uint64_t text_tokens(const lk_tokens *tokens)
{
	enum { PIECE = 4096 };
	uint32_t ids[PIECE];
	size_t count = lk_tokens_count(tokens);
	uint64_t text = 0;

	for (size_t at = 0; at < count; at += PIECE) {
		size_t n = count - at < PIECE ? count - at : PIECE;

		lk_tokens_read(tokens, at, n, ids);
		for (size_t i = 0; i < n; i++)
			text += ids[i] != lk_tokens_end(tokens);
	}
	return text;
}

double lk_train_bits_per_byte(const lk_train_run *run, double nll)
{
	double nbytes = (double)lk_tokens_nbytes(run->validation);

	return nll * (double)text_tokens(run->validation) / (log(2) * nbytes);
}

lk_status lk_train_read_text(lk_train_run *run, lk_error *error)
{
	lk_batches batches;
	lk_status status = lk_train_read_tokens(run, error);

	if (status)
		return status;
	if (run->options.bpe_dropout > 0)
		status = lk_subwords_check(run->tokenizer, error);
	if (status)
		return status;
	status = lk_train_choose(run, error);
	if (status)
		return status;
	shorten_context(run);
	status = sample_validation(run, error);
	if (status)
		return status;
	status = lk_batches_init(&batches, run->training, run->config.context,
			run->common.seed, run->training_name, error);
	if (!status)
		run->windows = batches.windows;
	return status;
}
