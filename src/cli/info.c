/* likely info: say what a model is. */
#include "base/printf.h"
#include "cli/command.h"
#include "cli/options.h"
#include "base/file.h"
#include "formats/json.h"
#include "formats/model_directory.h"
#include "formats/ngram_directory.h"
#include "formats/run_directory.h"
#include "formats/safetensors.h"
#include "report/format.h"
#include "report/table.h"
#include "text/paths.h"

#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* clang-format off */
static const char help[] =
		"Say what MODEL is: its sizes, its tokenizer, how far its training has come, "
		"and its files. MODEL is a run, a checkpoint or a Hugging Face directory; "
		"without it, the newest run is taken.\v"
		"Of a run, its best checkpoint is described, and the training of its last "
		"one. --json prints an event \"info\".";
/* clang-format on */

typedef struct {
	char *run; /* NULL: the model is part of no run that was named */
	char *directory;
	lk_model_config config; /* of a Transformer, or: */
	json_t *ngram;          /* config.json of an n-gram model, else NULL */
	lk_tokenizer *tokenizer; /* NULL: none that can be read, */
	lk_error no_tokenizer;   /* and why */
	json_t *training;        /* NULL: none */
	lk_paths files;
} info;

static lk_status find(info *in, const char *argument, bool quiet, lk_error *error)
{
	lk_status status = LK_OK;

	if (argument && lk_run_is_run(argument))
		in->run = strdup(argument);
	else if (!argument)
		status = lk_run_newest(&in->run, LK_RUNS, error);
	if (!status)
		status = lk_model_directory_find(
				&in->directory, in->run ? in->run : argument, error);
	if (!status && !argument && !quiet)
		lk_say("no model was named; this is the newest run, %s", in->run);
	return status;
}

/* How far training has come: the state beside the weights, or, of a run, that of
 * its last checkpoint. Absent in models made elsewhere. */
static lk_status read_training(info *in, lk_error *error)
{
	lk_safetensors *file;
	char *path;
	const char *text;
	lk_status status;

	path = lk_asprintf("%s%s/training/state.safetensors",
			in->run ? in->run : in->directory, in->run ? "/last" : "");
	if (!path)
		return lk_fail(error, LK_NOMEM, "out of memory");
	if (!lk_path_exists(path)) {
		free(path);
		return LK_OK;
	}
	status = lk_safetensors_open(&file, path, error);
	if (!status) {
		text = lk_safetensors_metadata(file, "likely_state");
		if (text)
			status = lk_json_parse(
					&in->training, text, strlen(text), path, error);
		lk_safetensors_close(file);
	}
	free(path);
	return status;
}

static lk_status gather(info *in, const char *argument, bool quiet, lk_error *error)
{
	lk_status status = find(in, argument, quiet, error);

	if (!status)
		status = lk_ngram_directory_is(in->directory)
				? lk_ngram_directory_config(
						  &in->ngram, in->directory, error)
				: lk_model_directory_config(
						  &in->config, in->directory, error);
	if (!status)
		status = read_training(in, error);
	if (!status)
		status = lk_paths_below(&in->files, in->directory, error);
	if (!status && lk_model_directory_tokenizer(&in->tokenizer, in->directory,
				       &in->no_tokenizer))
		in->tokenizer = NULL;
	return status;
}

static void release(info *in)
{
	free(in->run);
	free(in->directory);
	lk_tokenizer_free(in->tokenizer);
	json_decref(in->training);
	json_decref(in->ngram);
	lk_paths_free(&in->files);
}

static uint64_t nbytes_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : (uint64_t)status.st_size;
}

/* The name below the model's directory. */
static const char *short_name(const info *in, const char *path)
{
	size_t length = strlen(in->directory);

	return path + length + strspn(path + length, "/");
}

static json_t *config_json(const info *in)
{
	lk_model_config config = in->config;
	lk_option_group group = lk_model_group(&config);
	json_t *object = lk_options_json(&group);

	if (object && json_object_set_new(object, "vocabulary",
				      json_integer((json_int_t)config.vocabulary))) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

static json_t *tokenizer_json(const info *in)
{
	char hash[33];

	if (!in->tokenizer)
		return json_null();
	lk_tokenizer_hash(in->tokenizer, hash);
	return json_pack("{s:s, s:I, s:I, s:s}", "kind", in->tokenizer->kind->name,
			"vocabulary", (json_int_t)in->tokenizer->vocabulary, "end",
			(json_int_t)in->tokenizer->end, "hash", hash);
}

static json_t *files_json(const info *in)
{
	json_t *files = json_object();

	for (size_t i = 0; i < in->files.count; i++)
		if (json_object_set_new(files, short_name(in, in->files.path[i]),
				    json_integer((json_int_t)nbytes_of(
						    in->files.path[i])))) {
			json_decref(files);
			return NULL;
		}
	return files;
}

/* Of the members of config.json those that say what the model is. */
static lk_status print_ngram_json(const info *in, lk_error *error)
{
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s?, s:s, s:O, s:o, s:o}",
		"event", "info",
		"model", in->directory,
		"run", in->run,
		"family", "ngram",
		"config", in->ngram,
		"tokenizer", tokenizer_json(in),
		"files", files_json(in)), error);
	/* clang-format on */
}

static lk_status print_json(const info *in, lk_error *error)
{
	if (in->ngram)
		return print_ngram_json(in, error);
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s?, s:s, s:I, s:o, s:o, s:O?, s:o}",
		"event", "info",
		"model", in->directory,
		"run", in->run,
		"family", lk_model_family(&in->config),
		"parameters", (json_int_t)lk_model_config_parameters(&in->config),
		"config", config_json(in),
		"tokenizer", tokenizer_json(in),
		"training", in->training,
		"files", files_json(in)), error);
	/* clang-format on */
}

static void row(lk_table *table, const char *label, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
static void row(lk_table *table, const char *label, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = lk_vasprintf(format, arguments);
	va_end(arguments);
	lk_table_cell(table, "%s", label);
	lk_table_cell(table, "%s", text ? text : "");
	free(text);
}

static uint64_t whole(const json_t *object, const char *name)
{
	return (uint64_t)json_integer_value(json_object_get(object, name));
}

static void add_ngram(lk_table *table, const info *in)
{
	const json_t *counts = json_object_get(in->ngram, "ngrams");
	const json_t *discounts = json_object_get(in->ngram, "discounts");
	const json_t *fallback = json_object_get(in->ngram, "discounts_fallback");
	const json_t *alpha = json_object_get(in->ngram, "alpha");
	uint64_t order = whole(in->ngram, "order");
	char a[LK_FORMAT_MOST];

	row(table, "model", "%s", in->directory);
	row(table, "family", "n-gram, smoothing %s",
			json_string_value(json_object_get(in->ngram, "smoothing")));
	if (json_is_number(alpha))
		row(table, "alpha", "%g", json_number_value(alpha));
	row(table, "order", "%lu: each token given the %lu before it", (unsigned long)order,
			(unsigned long)order - 1);
	row(table, "vocabulary", "%s ids",
			lk_format_whole(a, sizeof a, whole(in->ngram, "vocab_size")));
	for (size_t i = 0; i < json_array_size(counts); i++) {
		const json_t *D = json_array_get(discounts, i);
		uint64_t count = (uint64_t)json_integer_value(json_array_get(counts, i));

		lk_format_whole(a, sizeof a, count);
		if (D)
			row(table, i ? "" : "n-grams",
					"%s of length %zu, discounts %.4f %.4f %.4f%s", a,
					i + 1, json_number_value(json_array_get(D, 0)),
					json_number_value(json_array_get(D, 1)),
					json_number_value(json_array_get(D, 2)),
					json_is_true(json_array_get(fallback, i))
							? " (fixed: counts are too thin)"
							: "");
		else
			row(table, i ? "" : "n-grams", "%s of length %zu", a, i + 1);
	}
}

static void add_model(lk_table *table, const info *in)
{
	const lk_model_config *c = &in->config;
	size_t count = lk_model_config_parameters(c);
	char a[LK_FORMAT_MOST], b[LK_FORMAT_MOST];

	row(table, "model", "%s", in->directory);
	row(table, "family", "%s", lk_model_family(c));
	row(table, "parameters", "%s, %s as float32",
			lk_format_whole(a, sizeof a, count),
			lk_format_bytes(b, sizeof b, 4.0 * (double)count));
	row(table, "context", "%zu tokens", c->context);
	row(table, "vocabulary", "%s ids", lk_format_whole(a, sizeof a, c->vocabulary));
	row(table, "layers", "%zu of width %zu", c->layers, c->width);
	row(table, "attention", "%zu heads of %zu channels, %zu for keys and values%s",
			c->heads, c->head_size, c->kv_heads,
			c->qk_norm ? ", query-key norm" : "");
	row(table, "MLP", "%s, %zu channels", lk_mlp_name(c->mlp), c->hidden);
	row(table, "norm", "%s%s, epsilon %g%s", lk_norm_name(c->norm),
			c->norm_gains ? "" : " without gains", c->norm_epsilon,
			c->embedding_norm ? "; after the embedding too" : "");
	if (c->x0_mix)
		row(table, "layers read", "a mix of the stream and the embedding");
	if (c->position == LK_ROPE)
		row(table, "positions", "rope, base %g", c->rope_base);
	else
		row(table, "positions", "%s", lk_position_name(c->position));
	row(table, "biases", "%s", lk_bias_name(c->bias));
	row(table, "head", "%s", c->tied ? "the token embedding" : "its own");
	if (c->logit_cap > 0)
		row(table, "logits", "capped at %g", c->logit_cap);
	if (c->dropout > 0)
		row(table, "dropout", "%g", c->dropout);
}

static void add_tokenizer(lk_table *table, const info *in)
{
	if (in->tokenizer)
		row(table, "tokenizer", "%s, %lu ids", in->tokenizer->kind->name,
				(unsigned long)in->tokenizer->vocabulary);
	else
		row(table, "tokenizer", "none: %s", in->no_tokenizer.text);
}

static void add_training(lk_table *table, const info *in)
{
	uint64_t step = (uint64_t)json_integer_value(
			json_object_get(in->training, "step"));
	uint64_t tokens = (uint64_t)json_integer_value(
			json_object_get(in->training, "tokens"));
	uint64_t best_step = (uint64_t)json_integer_value(
			json_object_get(in->training, "best_step"));
	double seconds = 0, best;
	char a[LK_FORMAT_MOST], b[LK_FORMAT_MOST], c[LK_FORMAT_MOST];

	lk_json_get_real(json_object_get(in->training, "elapsed_s"), &seconds);
	row(table, "training", "step %s, %s tokens, %s",
			lk_format_whole(a, sizeof a, step),
			lk_format_short(b, sizeof b, (double)tokens),
			lk_format_seconds(c, sizeof c, seconds));
	if (best_step && lk_json_get_real(json_object_get(in->training, "best_nll"),
					 &best))
		row(table, "best",
				"step %s: validation NLL %.4f per token, perplexity %.4f",
				lk_format_whole(a, sizeof a, best_step), best,
				exp(best));
}

static lk_status print_table(const info *in, lk_error *error)
{
	char nbytes[LK_FORMAT_MOST];
	lk_table *table;
	lk_status status = lk_table_new(&table, "ll", error);

	if (status)
		return status;
	if (in->ngram)
		add_ngram(table, in);
	else
		add_model(table, in);
	add_tokenizer(table, in);
	if (in->training)
		add_training(table, in);
	else if (!in->ngram) /* which is counted in one go */
		row(table, "training", "not recorded");
	for (size_t i = 0; i < in->files.count; i++)
		row(table, i ? "" : "files", "%s, %s",
				short_name(in, in->files.path[i]),
				lk_format_bytes(nbytes, sizeof nbytes,
						(double)nbytes_of(in->files.path[i])));
	status = lk_table_print(table, stdout, "", error);
	lk_table_free(table);
	return status ? status : lk_flush_output(error);
}

int lk_command_info(int argc, char **argv)
{
	lk_common_options common = lk_common_options_default();
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &shared, NULL };
	lk_command_line line = {
		.arguments = "[MODEL]", .help = help, .group = groups, .most = 1
	};
	info in = { 0 };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	status = gather(&in, line.argument[0], common.quiet, &error);
	if (!status)
		status = common.json ? print_json(&in, &error)
				     : print_table(&in, &error);
	release(&in);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
