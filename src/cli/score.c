/* likely score: how likely each line, document or record is. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/score.h"
#include "cli/text_files.h"
#include "base/directory.h"

#include <stdlib.h>
#include <string.h>

/* Records go through the model until they make so many bytes, or so many. */
enum { BATCH_NBYTES = 1 << 20, BATCH_RECORDS = 8192 };

typedef struct {
	const char *documents, *field, *context_field, *tokenizer, *save;
	size_t stride;
	bool per_token;
	lk_weights quantize;
} score_options;

/* clang-format off */
static const lk_option rows[] = {
	LK_ROW_TEXT(score_options, documents, "documents", "RULE",
		"what a record is: files, lines, blank-lines, or separator:STRING"),
	LK_ROW_TEXT(score_options, field, "field", "NAME",
		"each line is a JSON object; score the text that it has under this name"),
	LK_ROW_TEXT(score_options, context_field, "context-field", "NAME",
		"with --field: score it given the text under this name, which is not scored itself"),
	LK_ROW_FLAG(score_options, per_token, "per-token", true,
		"print every token's NLL too"),
	LK_ROW_TEXT(score_options, save, "save", "FILE",
		"keep the scores in this file, for likely compare"),
	{ .name = "stride", .kind = LK_OPTION_COUNT, .offset = offsetof(score_options, stride),
		.nbytes = sizeof(size_t), .least_count = 1, .most_count = 1u << 20, .unit = "tokens",
		.help = "how far the window of the context's length advances",
		.otherwise = "half the context" },
	LK_ROW_QUANTIZE(score_options),
	LK_ROW_TEXT(score_options, tokenizer, "tokenizer", "KIND",
		"for a model that comes without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Print, for each record of the FILEs, how likely MODEL finds it: bits per "
		"byte, negative log-likelihood (NLL) in nats, tokens, bytes. A record is a "
		"line, a file, or a text in a JSON Line; each begins anew, as a document "
		"does. MODEL is a run, a checkpoint or a Hugging Face directory. FILE is a "
		"file, a directory of files, or - for standard input.\v"
		"A line's end belongs to its line and is scored. The end of the record is "
		"not counted, but in nll_with_ends of --json. Context and text of "
		"a JSON record are tokenised each by itself. Records are read as they come "
		"and go through the model many at a time; what a record's neighbours are "
		"changes its NLL in the last digits of single precision at most.\n\n"
		"--json prints an event \"score\" for each record, then \"total\". What is "
		"saved with --save is compared by likely compare on the same text, divided "
		"into the same documents.";
/* clang-format on */

typedef struct {
	const score_options *options;
	const lk_common_options *common;
	lk_records_rule rule;
	lk_loaded loaded;
	lk_policy policy;
	lk_predictor *predictor;
	lk_paths files;
	lk_records *records;
	lk_score_batch batch;
	lk_score_keeper *keeper; /* NULL: nothing is saved */
	lk_score_output output;
	lk_score total;
	uint64_t count;
} scoring;

static lk_status prepare(scoring *s, const char *const *arguments, lk_error *error)
{
	const score_options *o = s->options;
	lk_status status = lk_text_files_find(&s->files, arguments + 1, error);

	if (!status)
		status = lk_records_new(&s->records, (const char *const *)s->files.path,
				s->files.count, &s->rule, error);
	if (!status)
		status = lk_load(&s->loaded, arguments[0], o->tokenizer,
				s->common->quiet, error);
	if (!status)
		status = lk_loaded_freeze(&s->loaded, o->quantize,
				lk_common_threads(s->common), error);
	if (!status)
		status = lk_loaded_policy(&s->policy, &s->loaded, o->stride, error);
	if (!status)
		status = lk_loaded_predictor(&s->predictor, &s->loaded, &s->policy,
				lk_common_threads(s->common), error);
	if (!status)
		status = lk_score_batch_new(&s->batch, BATCH_RECORDS, error);
	if (!status && o->save)
		status = lk_score_keeper_new(&s->keeper, error);
	s->output = (lk_score_output){ s->loaded.directory, s->policy,
		s->loaded.tokenizer, s->common->json, o->per_token };
	return status;
}

/* Fill the batch; *more becomes false behind the last record. */
static lk_status read_batch(scoring *s, bool *more, lk_error *error)
{
	lk_score_batch *batch = &s->batch;
	size_t nbytes = 0;
	lk_status status = LK_OK;

	while (*more && !status && nbytes < BATCH_NBYTES &&
			batch->count < batch->capacity) {
		lk_record *record = &batch->record[batch->count];

		status = lk_records_next(s->records, record, error);
		*more = record->text != NULL;
		if (!status && *more) {
			nbytes += record->nbytes + record->context_nbytes;
			batch->count++;
		}
	}
	return status;
}

static lk_status score_batch(scoring *s, lk_error *error)
{
	lk_status status = lk_score_batch_run(&s->batch, s->predictor,
			s->loaded.tokenizer, lk_common_threads(s->common), error);

	if (!status && s->keeper)
		status = lk_score_keep(
				s->keeper, &s->batch, s->loaded.tokenizer, error);
	if (!status && !s->count)
		lk_score_print_heading(&s->output);
	for (size_t i = 0; i < s->batch.count && !status; i++) {
		lk_score score = lk_score_batch_at(&s->batch, i);

		lk_score_add(&s->total, &score);
		s->count++;
		status = lk_score_print_record(&s->output, &s->batch, i, error);
	}
	return status;
}

static lk_status run(scoring *s, lk_error *error)
{
	lk_status status = LK_OK;

	for (bool more = true; more && !status;) {
		status = read_batch(s, &more, error);
		if (!status && s->batch.count)
			status = score_batch(s, error);
		lk_score_batch_clear(&s->batch);
	}
	if (!status && !s->count)
		status = lk_fail(error, LK_RANGE, "%s: holds no record",
				lk_text_file_name(s->files.path[0]));
	if (!status && s->keeper)
		status = lk_score_keeper_write(s->keeper, s->options->save, &s->policy,
				s->loaded.directory, error);
	return status ? status
		      : lk_score_print_total(&s->output, &s->total, s->count, error);
}

static void release(scoring *s)
{
	lk_score_keeper_free(s->keeper);
	lk_score_batch_free(&s->batch);
	lk_records_free(s->records);
	lk_paths_free(&s->files);
	lk_predictor_free(s->predictor);
	lk_loaded_free(&s->loaded);
}

static void check_line(const lk_command_line *line, const score_options *options,
		const lk_option_group *group)
{
	if (options->context_field && !options->field)
		lk_usage_error(line, "--context-field needs --field");
	if (options->field && lk_options_given(group, "documents"))
		lk_usage_error(line, "with --field each line is a record; leave out "
				     "--documents");
	if (options->field && options->save)
		lk_usage_error(line,
				"--save keeps the scores of a text, and records of "
				"JSON are none; leave out --field or --save");
}

int lk_command_score(int argc, char **argv)
{
	score_options options = { .documents = "lines" };
	lk_common_options common = lk_common_options_default();
	lk_option_group own = { .title = "Scoring:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &own, &shared, NULL };
	lk_command_line line = { .arguments = "MODEL FILE...",
		.help = help,
		.group = groups,
		.least = 2,
		.most = SIZE_MAX };
	scoring s = { .options = &options, .common = &common };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	check_line(&line, &options, &own);
	s.rule.field = options.field;
	s.rule.context_field = options.context_field;
	if (lk_document_rule_parse(&s.rule.documents, options.documents, &error))
		lk_usage_error(&line, "%s", error.text);
	status = prepare(&s, (const char *const *)line.argument, &error);
	if (!status)
		status = run(&s, &error);
	release(&s);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
