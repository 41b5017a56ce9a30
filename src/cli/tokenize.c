/* likely tokenize: text to token ids, and back. */
#include "cli/command.h"
#include "cli/decode.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "formats/byte_level.h"
#include "formats/token_file.h"
#include "report/format.h"
#include "text/corpus.h"
#include "text/tokenise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	bool pieces, decode;
	const char *out, *documents;
} tokenize_options;

/* clang-format off */
static const lk_option tokenize_rows[] = {
	LK_ROW_FLAG(tokenize_options, pieces, "pieces", true,
		"the tokens' bytes instead of their ids, each a printable character as in GPT-2's vocabulary"),
	{ .name = "out", .kind = LK_OPTION_TEXT, .offset = offsetof(tokenize_options, out),
		.nbytes = sizeof(char *), .unit = "FILE",
		.help = "write all texts to one token file, which `likely train` takes as a corpus",
		.otherwise = "ids on standard output" },
	LK_ROW_FLAG(tokenize_options, decode, "decode", true,
		"back again: FILE holds ids, as text or as a token file; the text goes to standard output"),
	LK_ROW_TEXT(tokenize_options, documents, "documents", "RULE", LK_DOCUMENTS_HELP),
};

static const char help[] =
		"Print the token ids of each FILE (-: standard input), those of a document on a "
		"line. MODEL is a run, a model, a directory that holds a tokenizer, or byte.\v"
		"The end of text stands in token files alone, before the first document and behind "
		"each; where a line ends, so does a document. Decoded, it is nothing.\n\n"
		"--json prints an event \"document\" for each.";
/* clang-format on */

typedef struct {
	const tokenize_options *options;
	const lk_common_options *common;
	const lk_tokenizer *tokenizer;
	lk_reading reading;
	const char *file;
	uint64_t document;
	bool begun;  /* the document's first id has been met */
	json_t *ids; /* of the document, as an event wants them */
	uint64_t nbytes;
} job;

/* A token as the user wants to see it. */
static lk_status show_token(job *j, uint32_t id, lk_error *error)
{
	size_t nbytes;
	const unsigned char *piece = lk_tokenizer_piece(j->tokenizer, id, &nbytes);
	char *text = NULL;
	int failed = 0;

	if (j->options->pieces && !(text = lk_byte_level_text(piece, nbytes)))
		return lk_fail(error, LK_NOMEM, "out of memory");
	if (!j->common->json) {
		if (j->begun)
			putchar(' ');
		if (text)
			fputs(text, stdout);
		else
			printf("%lu", (unsigned long)id);
	} else if (j->ids || (j->ids = json_array())) {
		failed = json_array_append_new(j->ids,
				text ? json_string(text) : json_integer((json_int_t)id));
	}
	free(text);
	j->begun = true;
	j->nbytes += nbytes;
	return failed ? lk_fail(error, LK_NOMEM, "out of memory") : LK_OK;
}

static lk_status end_document(job *j, lk_error *error)
{
	json_t *ids = j->ids ? j->ids : json_array();
	uint64_t nbytes = j->nbytes;

	j->begun = false;
	j->ids = NULL;
	j->nbytes = 0;
	j->document++;
	if (j->common->json)
		return lk_print_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "event",
				"document", "file", j->file, "document",
				(json_int_t)j->document, "bytes", (json_int_t)nbytes,
				"tokens", (json_int_t)json_array_size(ids),
				j->options->pieces ? "pieces" : "ids", ids), error);
	json_decref(ids);
	putchar('\n');
	return LK_OK;
}

/* An lk_ids_sink. The first end of text opens the first document. */
static lk_status show_ids(
		void *context, const uint32_t *ids, size_t count, lk_error *error)
{
	job *j = context;
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && !status; i++)
		if (ids[i] != j->tokenizer->end)
			status = show_token(j, ids[i], error);
		else if (j->begun)
			status = end_document(j, error);
	return status;
}

static lk_status tokenise(job *j, const char *const *paths, size_t count,
		lk_ids_sink *sink, void *context, lk_error *error)
{
	lk_text_work work = { j->reading.threads, lk_reading_watch(&j->reading) };
	lk_corpus *corpus = NULL;
	lk_status status = lk_corpus_open(&corpus, paths, count, error);

	if (!status) {
		lk_corpus_set_rule(corpus, &j->reading.rule);
		status = lk_tokenise(lk_corpus_training(corpus), j->tokenizer, &work,
				sink, context, error);
	}
	lk_reading_hide(&j->reading);
	lk_corpus_free(corpus);
	return status;
}

static lk_status show(job *j, const char *const *paths, size_t count, lk_error *error)
{
	lk_status status = LK_OK;

	lk_progress_free(j->reading.progress); /* what is printed shows how far it is */
	j->reading.progress = NULL;
	for (size_t i = 0; i < count && !status; i++) {
		j->file = paths[i];
		j->document = 0;
		status = tokenise(j, paths + i, 1, show_ids, j, error);
	}
	json_decref(j->ids);
	j->ids = NULL;
	return status;
}

static lk_status write_file(
		job *j, const char *const *paths, size_t count, lk_error *error)
{
	const char *out = j->options->out;
	lk_token_header header;
	lk_token_writer *writer;
	char tokens[LK_FORMAT_MOST], nbytes[LK_FORMAT_MOST];
	lk_status status = lk_token_writer_new(
			&writer, out, j->tokenizer, NULL, false, error);

	if (status)
		return status;
	status = tokenise(j, paths, count, lk_token_writer_add, writer, error);
	if (status)
		lk_token_writer_drop(writer);
	else
		status = lk_token_writer_finish(writer, error);
	if (!status)
		status = lk_token_file_describe(&header, out, error);
	if (!status && j->common->json)
		return lk_print_json(json_pack("{s:s, s:s, s:I, s:I, s:I}", "event",
				"done", "file", out, "tokens", (json_int_t)header.count,
				"bytes", (json_int_t)header.nbytes, "id_bytes",
				(json_int_t)header.width), error);
	if (!status && !j->common->quiet)
		lk_say("%s: %s tokens, of %s of text", out,
				lk_format_whole(tokens, sizeof tokens, header.count),
				lk_format_bytes(nbytes, sizeof nbytes,
						(double)header.nbytes));
	return status;
}

/* Tokens are not tokenised again. */
static lk_status check_texts(const char *const *paths, size_t count, lk_error *error)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(paths[i], "-") && lk_token_file_is(paths[i]))
			return lk_fail(error, LK_RANGE,
					"%s: is a token file, no text; --decode makes text "
					"of it",
					paths[i]);
	return LK_OK;
}

static void check_usage(const lk_command_line *line, const tokenize_options *options,
		const lk_option_group *own, const lk_common_options *common)
{
	if (options->decode && (options->out || options->pieces || common->json ||
				       lk_options_given(own, "documents")))
		lk_usage_error(line, "--decode writes text; it goes with none of --out, "
				     "--pieces, --json and --documents");
	if (options->out && options->pieces)
		lk_usage_error(line, "a token file (--out) holds ids, no --pieces");
}

int lk_command_tokenize(int argc, char **argv)
{
	tokenize_options options = { .documents = "files" };
	lk_common_options common = lk_common_options_default();
	lk_option_group own = { .title = "Tokens:",
		.option = tokenize_rows,
		.count = sizeof tokenize_rows / sizeof *tokenize_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &own, &shared, NULL };
	lk_command_line line = { .arguments = "MODEL FILE...",
		.help = help,
		.group = groups,
		.least = 2,
		.most = SIZE_MAX };
	job j = { .options = &options, .common = &common };
	lk_tokenizer *tokenizer = NULL;
	const char *const *paths;
	size_t count;
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	check_usage(&line, &options, &own, &common);
	paths = (const char *const *)line.argument + 1;
	count = line.argument_count - 1;
	status = lk_load_tokenizer(&tokenizer, line.argument[0], &error);
	j.tokenizer = tokenizer;
	if (!status)
		status = lk_reading_begin(&j.reading, options.documents, NULL, ".", &common,
				&error);
	if (!status && !options.decode)
		status = check_texts(paths, count, &error);
	if (!status && options.decode)
		status = lk_decode_files(tokenizer, paths, count, &error);
	else if (!status && options.out)
		status = write_file(&j, paths, count, &error);
	else if (!status)
		status = show(&j, paths, count, &error);
	lk_reading_end(&j.reading);
	lk_tokenizer_free(tokenizer);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
