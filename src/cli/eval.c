/* likely eval: measure how well a model predicts text. */
#include "cli/eval.h"

#include "base/directory.h"
#include "cli/command.h"
#include "cli/eval_logits.h"
#include "cli/text_files.h"
#include "cli/watch.h"

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

/* What is read twice is kept. Logits are refused before a long computation, not after
 * it. */
static lk_status read_streams(lk_evaluation *e, const char *logits, lk_error *error)
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

static lk_status score_file(lk_score *score, lk_evaluation *e, size_t i, lk_error *error)
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

static lk_status evaluate_file(lk_evaluation *e, size_t i, lk_error *error)
{
	lk_score score;
	lk_status status = score_file(&score, e, i, error);

	if (status)
		return status;
	lk_score_add(&e->total, &score);
	return lk_eval_add_file(e, i, &score, error);
}

static lk_status make_predictor(lk_evaluation *e, lk_error *error)
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
static lk_status measure_full(lk_evaluation *e, lk_error *error)
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

static lk_status prepare(lk_evaluation *e, const eval_options *options, lk_error *error)
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
		status = lk_eval_begin_table(e, quantized, error);
	if (!status && quantized)
		status = measure_full(e, error);
	if (!status)
		status = lk_loaded_freeze(e->loaded, options->quantize,
				lk_common_threads(e->common), error);
	return status ? status : make_predictor(e, error);
}

static void release(lk_evaluation *e)
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
	lk_evaluation e = { .loaded = loaded,
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
	for (size_t i = 0; i < e.files.count && !status; i++)
		status = evaluate_file(&e, i, error);
	if (options->logits && !status)
		status = lk_eval_write_logits(options->logits, loaded, e.streams,
				e.files.count, e.policy.stride, lk_common_threads(common),
				error);
	if (!status)
		status = lk_eval_print(&e, error);
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
