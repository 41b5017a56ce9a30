#include "base/rng.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/presets.h"
#include "formats/config_json.h"
#include "formats/model_directory.h"
#include "formats/safetensors_writer.h"
#include "model/check.h"
#include "text/tokens.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What counts as right: backpropagation against differences, in double, and
 * float against double. */
static const double bound_double = 1e-5, bound_float = 1e-3;

typedef struct {
	size_t batch, tokens, samples;
	const char *preset, *text, *dump;
} check_options;

static const lk_option check_rows[] = {
	LK_ROW_COUNT(check_options, batch, "batch", 1, 1024, "sequences",
			"sequences of the batch that is differentiated"),
	LK_ROW_COUNT(check_options, tokens, "tokens", 1, 65536, "tokens",
			"length of each, at most the context"),
	LK_ROW_COUNT(check_options, samples, "samples", 0, 1000000, "elements",
			"elements of each tensor checked singly, besides one "
			"direction through all of them"),
	LK_ROW_TEXT(check_options, preset, "preset", "NAME",
			"start from a named configuration (" LK_PRESET_NAMES ")"),
	LK_ROW_TEXT(check_options, text, "text", "FILE",
			"take the batch from this text's beginning, not at random"),
	LK_ROW_TEXT(check_options, dump, "dump", "FILE",
			"write gradient.NAME and weight.NAME of every tensor (names and "
			"shapes of the model's Hugging Face family, float32), "
			"input_ids, targets and nll to this safetensors file; its "
			"metadata holds config.json"),
};

static const char help[] =
		"Check the gradients of a model: MODEL, or one of the options below with "
		"fresh weights. Backpropagation in double is compared with finite "
		"differences of the mean NLL per token, tensor by tensor; then the "
		"float gradients that training uses with those in double. The status "
		"is 1 where a relative error exceeds 1e-5 (double) or 1e-3 (float).\v"
		"MODEL's dropout is off; --dropout of a fresh model is on, its masks held "
		"fixed. The relative error is |backpropagation - difference| over the larger "
		"of the two, of the tensor's root mean square gradient, and of 1e-6.";

/* Everything that is taken, so that one function gives it back. */
typedef struct {
	lk_model *exact, *real; /* in double, and as training runs */
	lk_tokenizer *tokenizer;
	lk_corpus *corpus;
	lk_tokens *stream;
	uint32_t *input, *target;
	lk_gradient_check *check;
	double *off; /* float against double, per tensor */
	size_t count;
} work;

static void release(work *w)
{
	lk_model_free(w->exact);
	lk_model_free(w->real);
	lk_tokenizer_free(w->tokenizer);
	lk_corpus_free(w->corpus);
	lk_tokens_free(w->stream);
	free(w->input);
	free(w->target);
	free(w->check);
	free(w->off);
}

/* The same model twice: MODEL's weights, or fresh ones. */
static lk_status make_models(work *w, const char *directory,
		lk_model_config *config, lk_isa isa, uint64_t seed, lk_error *error)
{
	lk_status status;

	if (directory) {
		status = lk_model_directory_load(&w->exact, directory, LK_ISA_F64,
				error);
		if (!status)
			status = lk_model_directory_load(&w->real, directory, isa,
					error);
		if (!status)
			*config = *lk_model_get_config(w->exact);
		return status;
	}
	status = lk_model_config_complete(config, error);
	if (!status)
		status = lk_model_new(&w->exact, config, LK_ISA_F64, error);
	if (!status)
		status = lk_model_new(&w->real, config, isa, error);
	if (!status) {
		lk_model_initialise(w->exact, seed);
		lk_model_initialise(w->real, seed);
	}
	return status;
}

static lk_status batch_from_text(work *w, const char *path, size_t B, size_t T,
		lk_error *error)
{
	lk_status status = lk_corpus_read(&w->corpus, &path, 1, &path, 1, error);

	if (!status)
		status = lk_tokens_new(&w->stream, lk_corpus_training(w->corpus),
				w->tokenizer, error);
	if (status)
		return status;
	if (lk_tokens_count(w->stream) < B * T + 1)
		return lk_fail(error, LK_RANGE,
				"%s: holds %zu tokens, a batch of %zu x %zu needs %zu; "
				"lower --batch or --tokens", path,
				lk_tokens_count(w->stream), B, T, B * T + 1);
	lk_tokens_read(w->stream, 0, B * T, w->input);
	lk_tokens_read(w->stream, 1, B * T, w->target);
	return LK_OK;
}

static void batch_at_random(work *w, size_t vocabulary, size_t n, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_SAMPLE);

	for (size_t i = 0; i < n; i++) {
		w->input[i] = (uint32_t)lk_rng_below(rng, i, 0, vocabulary);
		w->target[i] = (uint32_t)lk_rng_below(rng, i, 1, vocabulary);
	}
}

/* |float - double| over |double|, or over a millionth of the whole gradient
 * where a tensor's is smaller (a key bias has none but rounding). */
static void compare_builds(work *w)
{
	const lk_tensor *exact = lk_model_gradients(w->exact, &w->count);
	const lk_tensor *real = lk_model_gradients(w->real, &w->count);
	double whole = 0;

	for (size_t n = 0; n < w->count; n++)
		whole += w->check[n].norm * w->check[n].norm;
	for (size_t n = 0; n < w->count; n++) {
		const double *a = exact[n].data;
		const float *b = real[n].data;
		double off = 0, least = 1e-6 * sqrt(whole);

		for (size_t i = 0; i < lk_tensor_count(&exact[n]); i++)
			off += (a[i] - (double)b[i]) * (a[i] - (double)b[i]);
		w->off[n] = sqrt(off) / (w->check[n].norm > least ? w->check[n].norm
								   : least);
	}
}

static json_t *shape_json(const lk_tensor *tensor)
{
	json_t *shape = json_array();

	for (size_t i = 0; i < tensor->rank; i++)
		json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]));
	return shape;
}

/* How far the check is, on stderr. */
typedef struct {
	size_t count;
	bool quiet;
} progress;

static void show_progress(void *context, size_t n, const lk_gradient_check *check)
{
	progress *p = context;

	(void)check;
	if (!p->quiet)
		fprintf(stderr, "\r%zu of %zu tensors checked", n + 1, p->count);
	if (!p->quiet && n + 1 == p->count)
		fputc('\n', stderr);
}

static lk_status print_results(const work *w, double nll, bool json, bool *right,
		lk_error *error)
{
	size_t count;
	const lk_tensor *tensor = lk_model_parameters(w->exact, &count);
	double worst = 0, worst_float = 0;
	lk_status status = LK_OK;
	char shape[64];

	if (!json)
		printf("%-34s %-14s %12s %8s %14s %14s\n", "tensor", "shape",
				"|gradient|", "checked", "double, worst",
				"float, of norm");
	for (size_t n = 0; n < count && !status; n++) {
		const lk_gradient_check *c = &w->check[n];

		worst = c->worst <= worst ? worst : c->worst; /* keeps NaN */
		worst_float = w->off[n] <= worst_float ? worst_float : w->off[n];
		if (json)
			status = lk_print_json(json_pack(
					"{s:s, s:s, s:o, s:f, s:I, s:f, s:f}", "event",
					"tensor", "name", tensor[n].name, "shape",
					shape_json(&tensor[n]), "gradient_norm",
					c->norm, "checked", (json_int_t)c->checked,
					"worst_relative_error", c->worst,
					"float_relative_error", w->off[n]), error);
		else
			printf("%-34s %-14s %12.3e %8zu %14.1e %14.1e\n",
					tensor[n].name,
					lk_tensor_shape_text(&tensor[n], shape,
							sizeof shape),
					c->norm, c->checked, c->worst, w->off[n]);
	}
	*right = worst <= bound_double && worst_float <= bound_float;
	if (status)
		return status;
	if (json)
		return lk_print_json(json_pack("{s:s, s:b, s:f, s:f, s:f}", "event",
				"done", "right", *right, "worst_relative_error", worst,
				"worst_float_error", worst_float, "nll_per_token", nll),
				error);
	printf("worst relative error %.1e in double (bound %.0e), %.1e in float "
	       "(bound %.0e): the gradients are %s\n", worst, bound_double,
			worst_float, bound_float, *right ? "right" : "WRONG");
	return LK_OK;
}

/* Copy exported tensors behind a prefix. */
static void add_prefixed(lk_tensor *to, const lk_tensor *from, size_t count,
		const char *prefix)
{
	for (size_t i = 0; i < count; i++) {
		to[i] = from[i];
		snprintf(to[i].name, sizeof to[i].name, "%s.%.*s", prefix,
				(int)(sizeof to[i].name - strlen(prefix) - 2),
				from[i].name);
	}
}

/* The metadata of a dump: {"config": the text of config.json}. */
static lk_status describe(json_t **metadata, const lk_model *model, lk_error *error)
{
	json_t *config = NULL;
	char *text = NULL;
	lk_status status = lk_config_to_json(&config, lk_model_get_config(model), LK_F32,
			LK_NO_TOKEN, error);

	if (status)
		return status;
	text = json_dumps(config, JSON_COMPACT);
	*metadata = text ? json_pack("{s:s}", "config", text) : NULL;
	free(text);
	json_decref(config);
	return *metadata ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory for config");
}

static lk_status write_dump(const work *w, const char *path, const lk_batch *batch,
		double nll, lk_error *error)
{
	size_t R = batch->B * batch->T, count, weights = 0, gradients = 0;
	int64_t *ids = malloc(2 * R * sizeof *ids);
	lk_tensor *weight = NULL, *gradient = NULL, *all = NULL;
	json_t *metadata = NULL;
	lk_status status = LK_NOMEM;
	const lk_tensor *from = lk_model_parameters(w->real, &count);

	if (!ids)
		goto memory;
	status = lk_model_directory_export(&weight, &weights, w->real, from, count,
			true, error);
	if (!status)
		status = lk_model_directory_export(&gradient, &gradients, w->real,
				lk_model_gradients(w->real, &count), count, false,
				error);
	if (!status)
		status = describe(&metadata, w->real, error);
	if (status)
		goto out;
	all = calloc(weights + gradients + 3, sizeof *all);
	if (!all)
		goto memory;
	for (size_t i = 0; i < R; i++) {
		ids[i] = batch->input[i];
		ids[R + i] = batch->target[i];
	}
	add_prefixed(all, weight, weights, "weight");
	add_prefixed(all + weights, gradient, gradients, "gradient");
	all[weights + gradients] = (lk_tensor){ "input_ids", LK_I64, 2,
		{ batch->B, batch->T }, ids };
	all[weights + gradients + 1] = (lk_tensor){ "targets", LK_I64, 2,
		{ batch->B, batch->T }, ids + R };
	all[weights + gradients + 2] = (lk_tensor){ "nll", LK_F64, 0, { 0 }, &nll };
	status = lk_safetensors_write(path, all, weights + gradients + 3, metadata,
			NULL, NULL, NULL, error);
	goto out;
memory:
	status = lk_fail(error, LK_NOMEM, "%s: out of memory to write gradients", path);
out:
	json_decref(metadata);
	free(all);
	free(gradient);
	free(weight);
	free(ids);
	return status;
}

static lk_status run(work *w, const char *directory, lk_model_config *config,
		const check_options *options, const lk_common_options *common,
		bool *right, lk_error *error)
{
	int threads = lk_common_threads(common);
	lk_isa isa;
	lk_status status = lk_isa_choose(&isa, error);

	if (!status && directory && options->text)
		status = lk_model_directory_tokenizer(&w->tokenizer, directory, error);
	else if (!status)
		status = lk_tokenizer_new_byte(&w->tokenizer, error);
	if (status)
		return status;
	config->vocabulary = w->tokenizer->vocabulary;
	status = make_models(w, directory, config, isa, common->seed, error);
	if (status)
		return status;

	size_t B = options->batch;
	size_t T = options->tokens < config->context ? options->tokens : config->context;
	double dropout = directory ? 0 : config->dropout;
	lk_model_set_dropout(w->exact, dropout, common->seed);
	lk_model_set_dropout(w->real, dropout, common->seed);
	status = lk_model_reserve(w->exact, B, T, true, error);
	if (!status)
		status = lk_model_reserve(w->real, B, T, true, error);
	if (status)
		return status;
	lk_model_parameters(w->exact, &w->count);
	w->input = calloc(B * T, sizeof *w->input);
	w->target = calloc(B * T, sizeof *w->target);
	w->check = calloc(w->count, sizeof *w->check);
	w->off = calloc(w->count, sizeof *w->off);
	if (!w->input || !w->target || !w->check || !w->off)
		return lk_fail(error, LK_NOMEM, "out of memory for a batch");
	if (options->text)
		status = batch_from_text(w, options->text, B, T, error);
	else
		batch_at_random(w, config->vocabulary, B * T, common->seed);
	if (status)
		return status;

	lk_batch batch = { w->input, w->target, B, T, 0, 0, LK_IGNORE };
	progress p = { w->count, common->quiet || !isatty(STDERR_FILENO) };
	status = lk_check_gradients(w->check, w->exact, &batch, options->samples,
			common->seed, threads, show_progress, &p, error);
	if (status)
		return status;
	double nll = lk_check_backward(w->real, &batch, threads);
	compare_builds(w);
	status = print_results(w, nll, common->json, right, error);
	if (!status && options->dump)
		status = write_dump(w, options->dump, &batch, nll, error);
	return status;
}

int lk_command_check_gradients(int argc, char **argv)
{
	check_options options = { .batch = 2, .tokens = 16, .samples = 8 };
	lk_model_config config = lk_model_config_default();
	lk_common_options common = lk_common_options_default();
	lk_option_group check = { "Check:", check_rows,
		sizeof check_rows / sizeof *check_rows, &options, 0, 0 };
	lk_option_group model = lk_model_group(&config);
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &check, &model, &shared, NULL };
	lk_command_line line = { .arguments = "[MODEL]", .help = help,
		.group = groups, .most = 1 };
	lk_error error = { 0 };
	lk_status status = LK_OK;
	work w = { 0 };
	char *directory = NULL;
	bool right = false;

	lk_options_parse(&line, argc, argv);
	if (line.argument_count && (model.given || options.preset))
		lk_usage_error(&line, "model options and --preset make a new model; "
				      "MODEL has its own");
	if (options.preset)
		status = lk_preset_apply(options.preset, groups, &error);
	if (!status && line.argument_count)
		status = lk_find_model(&directory, line.argument[0], &error);
	if (!status)
		status = run(&w, directory, &config, &options, &common, &right, &error);
	free(directory);
	release(&w);
	if (status)
		return lk_complain(&error);
	return right ? LK_EXIT_OK : LK_EXIT_FAILURE;
}
