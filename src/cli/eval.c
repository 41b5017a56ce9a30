/* likely eval: measure how well a model predicts text. */
#include "cli/command.h"
#include "cli/eval_logits.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/text_files.h"
#include "cli/watch.h"
#include "base/directory.h"
#include "evaluate/score.h"
#include "formats/json.h"
#include "report/format.h"
#include "report/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	const char *tokenizer, *logits;
	size_t stride;
	const char *documents, *cache;
	lk_weights quantize;
} eval_options;

/* clang-format off */
static const lk_option eval_rows[] = {
	{ .name = "stride", .kind = LK_OPTION_COUNT, .offset = offsetof(eval_options, stride),
		.nbytes = sizeof(size_t), .least_count = 1, .most_count = 1u << 20, .unit = "tokens",
		.help = "how far the window of the context's length advances",
		.otherwise = "half the context" },
	LK_ROW_TEXT(eval_options, logits, "logits", "FILE",
		"write the logits of every scored token to this safetensors file"),
	{ .name = "documents", .kind = LK_OPTION_TEXT, .offset = offsetof(eval_options, documents),
		.nbytes = sizeof(char *), .unit = "RULE", .help = LK_DOCUMENTS_HELP,
		.otherwise = "as the model's run had it, else files" },
	{ .name = "cache", .kind = LK_OPTION_TEXT, .offset = offsetof(eval_options, cache),
		.nbytes = sizeof(char *), .unit = "DIR", .help = LK_CACHE_HELP,
		.otherwise = LK_CACHE_OTHERWISE },
	LK_ROW_QUANTIZE(eval_options),
	LK_ROW_TEXT(eval_options, tokenizer, "tokenizer", "KIND",
		"for a model that comes without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Measure how well MODEL predicts text: negative log-likelihood (NLL), "
		"perplexity per token and bits per byte, for each FILE and in total. MODEL "
		"is a run, a checkpoint or a Hugging Face directory; where the first "
		"argument is a file, the newest run is taken. FILE is a text, a "
		"directory of texts, or - for standard input.\v"
		"Each file is a document, unless --documents divides it: the model begins with its token of a text's "
		"beginning, so that every byte is scored, the first included, each exactly "
		"once. A text longer than the context is read in windows that advance by "
		"--stride; a token is then predicted from at least context - stride tokens "
		"before it. A stride of the context's length means disjoint windows. That "
		"the text ends is not counted, but in nll_with_ends of --json.\n\n"
		"With --quantize the text is measured twice, with the weights as they are "
		"and then in 8 bits; the perplexity of the former and what 8 bits add to it "
		"stand beside (perplexity_full and perplexity_cost in --json).\n\n"
		"--json prints an event \"eval\" for each file, and, of several files, one "
		"for the total, whose file is null and whose \"total\" is true. NLL is in "
		"nats.\n\n"
		"--logits writes logits (F32 [n, V]), input_ids and targets (I64 [n]): one "
		"row for each scored token, files in order, each file's tokens in order, "
		"its end last.";
/* clang-format on */

/* What is evaluated and how. */
typedef struct {
	const lk_loaded *loaded;
	const lk_common_options *common;
	lk_policy policy;
	const char *documents; /* the rule */
	lk_reading reading;
	lk_paths files;
	lk_tokens **streams; /* [files.count], where logits are wanted; else NULL */
	lk_predictor *predictor;
	lk_table *table;
	lk_weights quantize;
	lk_score *full; /* [files.count], with the weights as they are; or NULL */
	lk_score total, full_total;
} evaluation;

/* With all weights as they are: of one file, or the total (path NULL). NULL where
 * nothing is quantized. */
static const lk_score *full_score(const evaluation *e, size_t file, const char *path)
{
	if (!e->full)
		return NULL;
	return path ? &e->full[file] : &e->full_total;
}

static double cost_of(const lk_score *score, const lk_score *full)
{
	return lk_score_perplexity(score) - lk_score_perplexity(full);
}

/* What quantizing adds to an event; nothing where nothing is quantized. */
static json_t *add_cost(json_t *event, const evaluation *e, const lk_score *score,
		const lk_score *full)
{
	if (!event || !full)
		return event;
	json_object_set_new(event, "quantize",
			json_string(lk_quantize_choices[e->quantize]));
	json_object_set_new(event, "perplexity_full",
			lk_json_new_real(lk_score_perplexity(full)));
	json_object_set_new(event, "perplexity_cost",
			lk_json_new_real(cost_of(score, full)));
	return event;
}


static json_t *policy_json(const evaluation *e)
{
	/* clang-format off */
	size_t stride = e->policy.stride;

	return json_pack("{s:I, s:o, s:s, s:s}",
		"context", (json_int_t)e->policy.context,
		"stride", stride ? json_integer((json_int_t)stride) : json_null(),
		"first_token", "scored",
		"end_of_document", "nll_with_ends only");
	/* clang-format on */
}

/* path NULL: the total. */
static lk_status print_event(const evaluation *e, const char *path,
		const lk_score *score, const lk_score *full, lk_error *error)
{
	/* clang-format off */
	return lk_print_json(add_cost(json_pack("{s:s, s:s, s:s?, s:b, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:s, s:o}",
		"event", "eval",
		"model", e->loaded->directory,
		"file", path ? lk_text_file_name(path) : NULL,
		"total", !path,
		"files", path ? (json_int_t)1 : (json_int_t)e->files.count,
		"nll", lk_json_new_real(score->nll),
		"nll_per_token", lk_json_new_real(lk_score_nll_per_token(score)),
		"perplexity", lk_json_new_real(lk_score_perplexity(score)),
		"bits_per_byte", lk_json_new_real(lk_score_bits_per_byte(score)),
		"nll_with_ends", lk_json_new_real(score->nll_with_ends),
		"tokens", (json_int_t)score->tokens,
		"ends", (json_int_t)score->ends,
		"bytes", (json_int_t)score->nbytes,
		"documents", e->documents,
		"policy", policy_json(e)), e, score, full), error);
	/* clang-format on */
}

static void add_row(lk_table *table, const char *name, const lk_score *score,
		const lk_score *full)
{
	char tokens[LK_FORMAT_MOST], nbytes[LK_FORMAT_MOST];

	lk_table_cell(table, "%s", name);
	lk_table_cell(table, "%s",
			lk_format_whole(tokens, sizeof tokens, score->tokens));
	lk_table_cell(table, "%s",
			lk_format_whole(nbytes, sizeof nbytes, score->nbytes));
	lk_table_cell(table, "%.2f", score->nll);
	lk_table_cell(table, "%.4f", lk_score_nll_per_token(score));
	lk_table_cell(table, "%.4f", lk_score_perplexity(score));
	lk_table_cell(table, "%.4f", lk_score_bits_per_byte(score));
	if (full) {
		lk_table_cell(table, "%.4f", lk_score_perplexity(full));
		lk_table_cell(table, "%+.4f", cost_of(score, full));
	}
}

static void add_heading(lk_table *table, bool quantized)
{
	static const char *const heading[] = { "file", "tokens", "bytes", "NLL (nats)",
		"NLL/token", "perplexity", "bits/byte", "not quantized", "difference" };
	size_t count = sizeof heading / sizeof *heading - (quantized ? 0 : 2);

	for (size_t i = 0; i < count; i++)
		lk_table_cell(table, "%s", heading[i]);
}

/* What is read twice is kept. Logits are refused before a long computation, not after
 * it. */
static lk_status read_streams(evaluation *e, const char *logits, lk_error *error)
{
	lk_status status = LK_OK;

	e->streams = calloc(e->files.count, sizeof *e->streams);
	if (!e->streams)
		return lk_fail(error, LK_NOMEM, "out of memory for the texts");
	for (size_t i = 0; i < e->files.count && !status; i++)
		status = lk_reading_open(&e->reading, &e->streams[i], e->files.path[i],
				e->loaded->tokenizer, error);
	return status || !logits ? status
				 : lk_eval_check_logits(logits, e->loaded, e->streams,
						   e->files.count, error);
}

static lk_status score_file(lk_score *score, evaluation *e, size_t i, lk_error *error)
{
	const char *path = e->files.path[i];
	lk_tokens *tokens = e->streams ? e->streams[i] : NULL;
	lk_status status = LK_OK;

	if (!tokens)
		status = lk_reading_open(&e->reading, &tokens, path, e->loaded->tokenizer,
				error);
	if (!status)
		lk_watch_begin(e->predictor, lk_tokens_count(tokens) - 1);
	if (!status)
		status = lk_score_tokens(score, e->predictor, tokens, error);
	lk_watch_begin(e->predictor, 0);
	if (!e->streams)
		lk_tokens_free(tokens);
	return status;
}

static lk_status evaluate_file(evaluation *e, size_t i, lk_error *error)
{
	const char *path = e->files.path[i];
	const lk_score *full = full_score(e, i, path);
	lk_score score;
	lk_status status = score_file(&score, e, i, error);

	if (status)
		return status;
	lk_score_add(&e->total, &score);
	if (e->common->json)
		return print_event(e, path, &score, full, error);
	add_row(e->table, lk_text_file_name(path), &score, full);
	return LK_OK;
}

static lk_status print_results(const evaluation *e, lk_error *error)
{
	lk_status status;

	if (e->common->json)
		return e->files.count > 1 ? print_event(e, NULL, &e->total,
						    full_score(e, 0, NULL), error)
					  : LK_OK;
	if (e->files.count > 1)
		add_row(e->table, "total", &e->total, full_score(e, 0, NULL));
	printf("%s: context %zu", e->loaded->directory, e->policy.context);
	if (e->policy.stride)
		printf(", stride %zu", e->policy.stride);
	if (strcmp(e->documents, "files"))
		printf(", documents: %s", e->documents);
	printf("; every token is scored once, the first included, ends of texts are not "
	       "counted\n\n");
	status = lk_table_print(e->table, stdout, "", error);
	return status ? status : lk_flush_output(error);
}

static lk_status make_predictor(evaluation *e, lk_error *error)
{
	lk_status status;

	lk_predictor_free(e->predictor);
	e->predictor = NULL;
	status = lk_loaded_predictor(&e->predictor, e->loaded, &e->policy,
			lk_common_threads(e->common), error);
	if (!status && !e->common->quiet)
		status = lk_watch_new(&e->predictor, e->predictor, error);
	return status;
}

/* Everything once with the weights as they are, before they are quantized. */
static lk_status measure_full(evaluation *e, lk_error *error)
{
	lk_status status = make_predictor(e, error);

	e->full = calloc(e->files.count, sizeof *e->full);
	if (!status && !e->full)
		status = lk_fail(error, LK_NOMEM, "out of memory for the scores");
	for (size_t i = 0; i < e->files.count && !status; i++) {
		status = score_file(&e->full[i], e, i, error);
		if (!status)
			lk_score_add(&e->full_total, &e->full[i]);
	}
	return status;
}

static lk_status prepare(evaluation *e, const eval_options *options, lk_error *error)
{
	bool quantized = options->quantize != LK_WEIGHTS_FULL && e->loaded->model;
	lk_status status = lk_loaded_policy(
			&e->policy, e->loaded, options->stride, error);

	if (!status && options->logits && !e->loaded->model)
		status = lk_fail(error, LK_UNSUPPORTED,
				"%s: is an n-gram model, which has no logits to write",
				e->loaded->directory);
	if (!status && (options->logits || quantized))
		status = read_streams(e, options->logits, error);
	if (!status)
		status = lk_table_new(&e->table, quantized ? "lrrrrrrrr" : "lrrrrrr", error);
	if (!status && quantized)
		status = measure_full(e, error);
	if (!status)
		status = lk_loaded_freeze(e->loaded, options->quantize,
				lk_common_threads(e->common), error);
	return status ? status : make_predictor(e, error);
}

static void release(evaluation *e)
{
	for (size_t i = 0; e->streams && i < e->files.count; i++)
		lk_tokens_free(e->streams[i]);
	free(e->streams);
	lk_paths_free(&e->files);
	lk_predictor_free(e->predictor);
	lk_table_free(e->table);
	free(e->full);
	lk_reading_end(&e->reading);
}

static lk_status evaluate(const lk_loaded *loaded, const eval_options *options,
		const lk_common_options *common, char *const *files, lk_error *error)
{
	evaluation e = { .loaded = loaded,
		.common = common,
		.quantize = options->quantize };
	char *trained = lk_reading_documents_of(loaded->directory);
	lk_status status = lk_text_files_find(
			&e.files, (const char *const *)files, error);

	e.documents = options->documents ? options->documents
		      : trained		 ? trained
					 : "files";
	if (!status)
		status = lk_reading_begin(&e.reading, e.documents, options->cache, LK_RUNS,
				common, error);
	if (!status)
		status = prepare(&e, options, error);
	if (!status)
		add_heading(e.table, e.full != NULL);
	for (size_t i = 0; i < e.files.count && !status; i++)
		status = evaluate_file(&e, i, error);
	if (options->logits && !status)
		status = lk_eval_write_logits(options->logits, loaded, e.streams,
				e.files.count, e.policy.stride, lk_common_threads(common),
				error);
	if (!status)
		status = print_results(&e, error);
	release(&e);
	free(trained);
	return status;
}

int lk_command_eval(int argc, char **argv)
{
	eval_options options = { 0 };
	lk_common_options common = lk_common_options_default();
	lk_option_group scoring = { .title = "Scoring:",
		.option = eval_rows,
		.count = sizeof eval_rows / sizeof *eval_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &scoring, &shared, NULL };
	lk_command_line line = { .arguments = "[MODEL] FILE...",
		.help = help,
		.group = groups,
		.least = 1,
		.most = SIZE_MAX };
	lk_loaded loaded = { 0 };
	lk_document_rule rule;
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	if (options.documents && lk_document_rule_parse(&rule, options.documents, &error))
		lk_usage_error(&line, "%s", error.text);
	const char *first = line.argument[0];
	bool directory = lk_path_is_directory(first);
	bool named = directory || (strcmp(first, "-") != 0 && !lk_path_exists(first));
	if (directory && line.argument_count == 1)
		lk_usage_error(&line,
				"%s is a directory, so it is the model; which FILE is "
				"to be measured?",
				line.argument[0]);
	status = lk_load(&loaded, named ? first : NULL, options.tokenizer, common.quiet,
			&error);
	if (!status)
		status = evaluate(&loaded, &options, &common, line.argument + named,
				&error);
	lk_loaded_free(&loaded);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
