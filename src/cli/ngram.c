/* likely ngram: n-gram models from and for other programs. */
#include "base/directory.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/train_run.h"
#include "formats/arpa.h"
#include "formats/model_directory.h"
#include "formats/ngram_directory.h"
#include "report/format.h"
#include "train/numeric_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { IDS, PIECES } spelling;
static const char *const spellings[] = { "ids", "pieces", NULL };

typedef struct {
	spelling words;
	const char *out, *tokenizer;
} ngram_options;

/* clang-format off */
static const lk_option ngram_rows[] = {
	LK_ROW_CHOICE(ngram_options, words, "words", spellings,
		"how the file spells tokens: their numbers; or their bytes, each as a printable character as GPT-2's vocabulary has it"),
	{ .name = "out", .kind = LK_OPTION_TEXT, .offset = offsetof(ngram_options, out),
		.nbytes = sizeof(char *), .unit = "DIR", .help = "import: where the model goes",
		.otherwise = "checkpoints/ and the file's name" },
	LK_ROW_TEXT(ngram_options, tokenizer, "tokenizer", "KIND",
		"import: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Write an n-gram model as an ARPA file, which KenLM, SRILM and others read, or "
		"read one: likely ngram export MODEL FILE (-: standard output), likely ngram "
		"import FILE. What was imported is a model like any other.\v"
		"The end of text is <s> where a document begins and </s> where it ends. An "
		"exported file has a line for every token, seen or not. In an imported one a "
		"token without a line has the probability of <unk>.\n\n"
		"The same counts in KenLM: one document to the line, numbers as words, and "
		"lmplz --vocab_pad V --discount_fallback, V being the number of tokens, the end "
		"of text included. Its ids of tokens that the text lacks are its <unk>.\n\n"
		"--json prints an event \"done\".";
/* clang-format on */

static lk_status names_of(lk_arpa_names **names, const lk_tokenizer *tokenizer,
		uint32_t vocabulary, spelling words, lk_error *error)
{
	if (words == IDS)
		return lk_arpa_names_new_ids(names, vocabulary, tokenizer->end, error);
	if (tokenizer->vocabulary != vocabulary)
		return lk_fail(error, LK_UNSUPPORTED,
				"the model has %lu tokens, of which the tokenizer spells %lu; "
				"use --words ids",
				(unsigned long)vocabulary,
				(unsigned long)tokenizer->vocabulary);
	return lk_arpa_names_new_pieces(names, tokenizer, error);
}

static lk_status report(const lk_ngram *ngram, const char *path,
		const lk_common_options *common, lk_error *error)
{
	size_t order = lk_ngram_get_options(ngram)->order, count = 0;
	char text[LK_FORMAT_MOST];

	path = strcmp(path, "-") ? path : "standard output";
	for (size_t n = 1; n <= order; n++)
		count += lk_ngram_count(ngram, n);
	if (common->json)
		return lk_print_json(json_pack("{s:s, s:s, s:I, s:I}", "event", "done",
						     "file", path, "order",
						     (json_int_t)order, "ngrams",
						     (json_int_t)count),
				error);
	if (!common->quiet)
		lk_say("%s: %s n-grams of up to %zu tokens", path,
				lk_format_whole(text, sizeof text, count), order);
	return LK_OK;
}

static lk_status export(const char *model, const char *path,
		const ngram_options *options, const lk_common_options *common,
		lk_error *error)
{
	lk_loaded loaded;
	lk_arpa_names *names = NULL;
	lk_status status = lk_load(&loaded, model, NULL, common->quiet, error);

	if (!status && !loaded.ngram)
		status = lk_fail(error, LK_UNSUPPORTED,
				"%s: is a Transformer; an ARPA file holds an n-gram model",
				loaded.directory);
	if (!status)
		status = names_of(&names, loaded.tokenizer,
				lk_ngram_get_options(loaded.ngram)->vocabulary,
				options->words, error);
	if (!status)
		status = lk_arpa_write(path, loaded.ngram, names, error);
	if (!status)
		status = report(loaded.ngram, path, common, error);
	lk_arpa_names_free(names);
	lk_loaded_free(&loaded);
	return status;
}

/* A run that nobody trained. */
static lk_status save(const lk_ngram *ngram, const lk_tokenizer *tokenizer,
		const char *out, const char *path, lk_error *error)
{
	json_t *description = json_pack("{s:i, s:s, s:o, s:o, s:s}", "format",
			LK_RUN_FORMAT, "version", lk_version(), "tokenizer",
			lk_describe_tokenizer(tokenizer), "ngram", lk_describe_ngram(ngram),
			"imported", path);
	bool existed = lk_path_exists(out);
	lk_run *run;
	lk_status status;

	if (!description)
		return lk_fail(error, LK_NOMEM, "out of memory for run.json");
	status = lk_run_create(&run, out, description, error);
	json_decref(description);
	if (status)
		return status;
	status = lk_run_save_ngram(run, ngram, tokenizer, error);
	lk_run_close(run);
	if (status)
		lk_directory_remove(out, NULL);
	if (status && existed)
		lk_directory_make(out, NULL);
	return status;
}

static lk_status import(const char *path, const ngram_options *options,
		const lk_common_options *common, lk_error *error)
{
	char *out = options->out ? strdup(options->out) : NULL;
	lk_tokenizer *tokenizer = NULL;
	lk_arpa_names *names = NULL;
	lk_ngram *ngram = NULL;
	lk_status status = LK_OK;

	if (!options->out)
		status = lk_run_new_name(&out, LK_RUNS, path, error);
	else if (!out)
		status = lk_fail(error, LK_NOMEM, "out of memory");
	if (!status)
		status = lk_load_tokenizer(&tokenizer, options->tokenizer, error);
	if (!status)
		status = names_of(&names, tokenizer, tokenizer->vocabulary,
				options->words, error);
	if (!status)
		status = lk_arpa_read(&ngram, path, names, error);
	if (!status)
		status = save(ngram, tokenizer, out, path, error);
	if (!status)
		status = report(ngram, out, common, error);
	lk_ngram_free(ngram);
	lk_arpa_names_free(names);
	lk_tokenizer_free(tokenizer);
	free(out);
	return status;
}

int lk_command_ngram(int argc, char **argv)
{
	ngram_options options = { IDS, NULL, "byte" };
	lk_common_options common = lk_common_options_default();
	lk_option_group own = { .title = "ARPA files:",
		.option = ngram_rows,
		.count = sizeof ngram_rows / sizeof *ngram_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &own, &shared, NULL };
	lk_command_line line = { .arguments = "export MODEL FILE | import FILE",
		.help = help,
		.group = groups,
		.least = 2,
		.most = 3 };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	const char *what = line.argument[0];
	bool exports = !strcmp(what, "export");
	if (!exports && strcmp(what, "import"))
		lk_usage_error(&line, "%s is neither export nor import", what);
	if (line.argument_count != (exports ? 3 : 2))
		lk_usage_error(&line, exports ? "export takes a MODEL and a FILE"
					      : "import takes a FILE alone; --out says where "
						"the model goes");
	if (exports && (lk_options_given(&own, "out") ||
				lk_options_given(&own, "tokenizer")))
		lk_usage_error(&line, "--out and --tokenizer are for import");
	if (exports && common.json && !strcmp(line.argument[2], "-"))
		lk_usage_error(&line, "--json and a FILE of - both mean standard output");
	status = exports ? export(line.argument[1], line.argument[2], &options, &common,
					&error)
			 : import(line.argument[1], &options, &common, &error);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
