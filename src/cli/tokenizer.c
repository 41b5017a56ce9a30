/* likely tokenizer: train one, and say what one is. */
#include "base/directory.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/tokenizer_output.h"
#include "cli/train_run.h"
#include "formats/tokenizer_json.h"
#include "report/format.h"
#include "text/character_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const splits[] = {
#define X(name, text) text,
	LK_SPLITS(X)
#undef X
			NULL
};

typedef struct {
	size_t vocabulary;
	lk_split split;
	const char *out, *documents;
} tokenizer_options;

/* clang-format off */
static const lk_option tokenizer_rows[] = {
	LK_ROW_COUNT(tokenizer_options, vocabulary, "vocab-size", LK_BPE_LEAST_VOCABULARY,
		LK_BPE_MOST_VOCABULARY, "tokens",
		"train: 256 bytes, the merges, and the end of text"),
	{ .name = "out", .kind = LK_OPTION_TEXT, .offset = offsetof(tokenizer_options, out),
		.nbytes = sizeof(char *), .unit = "DIR", .help = "train: where tokenizer.json goes",
		.otherwise = "none; it must be given" },
	LK_ROW_CHOICE(tokenizer_options, split, "split", splits,
		"train: whose pattern splits text into the words that no token reaches across"),
	LK_ROW_TEXT(tokenizer_options, documents, "documents", "RULE", LK_DOCUMENTS_HELP),
};

static const char help[] =
		"Learn a byte-level BPE from text (likely tokenizer train CORPUS... --out DIR), or "
		"say what a tokenizer is and how it fits texts (likely tokenizer info MODEL "
		"[FILE...]). DIR is what --tokenizer and Hugging Face's AutoTokenizer take. MODEL "
		"is that, a run, a model, or byte.\v"
		"All of CORPUS trains; --tokenizer bpe:N of `likely train` leaves out what "
		"validates. Merges are those of Hugging Face's BpeTrainer with min_frequency 2 and "
		"ByteLevel's alphabet, a document an item.\n\n"
		"--json prints an event \"tokenizer\".";
/* clang-format on */

void lk_say_learnt(const lk_bpe_train_result *result, const lk_tokenizer *tokenizer,
		uint32_t wanted)
{
	if (result->exhausted)
		lk_say("no pair of tokens occurs twice any more: the tokenizer has %u tokens "
		       "and not %u; more text, or a smaller number, would fill it",
				(unsigned)tokenizer->vocabulary, (unsigned)wanted);
	if (result->dropped)
		lk_say("the text has more different words than are counted in memory: %llu "
		       "of %llu, of the rarest, were left out",
				(unsigned long long)result->dropped,
				(unsigned long long)result->words);
}

static lk_status report(const lk_tokenizer *tokenizer, const lk_bpe_train_result *result,
		const tokenizer_options *options, const lk_common_options *common,
		lk_error *error)
{
	char nbytes[LK_FORMAT_MOST], distinct[LK_FORMAT_MOST], size[LK_FORMAT_MOST];

	if (!common->quiet)
		lk_say_learnt(result, tokenizer, (uint32_t)options->vocabulary);
	if (common->json)
		return lk_print_json(json_pack(
				"{s:s, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:s}",
				"event", "tokenizer", "out", options->out, "tokenizer",
				lk_describe_tokenizer(tokenizer), "split",
				lk_split_name(options->split), "bytes",
				(json_int_t)result->nbytes, "words",
				(json_int_t)result->words, "distinct_words",
				(json_int_t)result->distinct, "dropped_words",
				(json_int_t)result->dropped, "merges",
				(json_int_t)result->merges, "exhausted",
				result->exhausted, "unicode", lk_unicode_version()),
				error);
	if (!common->quiet)
		lk_say("%s: %s tokens, from %s of text with %s different words",
				options->out,
				lk_format_whole(size, sizeof size, tokenizer->vocabulary),
				lk_format_bytes(nbytes, sizeof nbytes,
						(double)result->nbytes),
				lk_format_whole(distinct, sizeof distinct,
						result->distinct));
	return LK_OK;
}

/* A tokenizer that is there already is left alone. */
static lk_status check_out(const char *out, lk_error *error)
{
	char *path = lk_path_join(out, "tokenizer.json");
	lk_status status = LK_OK;

	if (!path)
		status = lk_fail(error, LK_NOMEM, "out of memory");
	else if (lk_path_exists(path))
		status = lk_fail(error, LK_EXISTS,
				"%s: is there already; choose another --out", path);
	free(path);
	return status;
}

static lk_status learn(lk_tokenizer **tokenizer, lk_bpe_train_result *result,
		const lk_command_line *line, const tokenizer_options *options,
		const lk_common_options *common, lk_error *error)
{
	lk_reading reading = { 0 };
	lk_bpe_train_config config = { .vocabulary = (uint32_t)options->vocabulary,
		.split = options->split,
		.threads = lk_common_threads(common) };
	lk_corpus *corpus = NULL;
	lk_status status = lk_reading_begin(&reading, options->documents, NULL, ".", common,
			error);

	if (status)
		return status;
	config.watch = lk_reading_watch(&reading);
	status = lk_corpus_open(&corpus, (const char *const *)line->argument + 1,
			line->argument_count - 1, error);
	if (!status) {
		lk_corpus_set_rule(corpus, &reading.rule);
		status = lk_tokenizer_new_bpe_trained(tokenizer,
				lk_corpus_training(corpus), &config, result, error);
	}
	lk_reading_hide(&reading);
	lk_reading_end(&reading);
	lk_corpus_free(corpus);
	return status;
}

static lk_status train(const lk_command_line *line, const tokenizer_options *options,
		const lk_common_options *common, lk_error *error)
{
	lk_tokenizer *tokenizer = NULL;
	lk_bpe_train_result result;
	lk_status status = check_out(options->out, error);

	if (!status)
		status = learn(&tokenizer, &result, line, options, common, error);
	if (!status)
		status = lk_directory_make(options->out, error);
	if (!status)
		status = lk_tokenizer_json_write(options->out, tokenizer, 0, error);
	if (!status)
		status = report(tokenizer, &result, options, common, error);
	lk_tokenizer_free(tokenizer);
	return status;
}

int lk_command_tokenizer(int argc, char **argv)
{
	tokenizer_options options = { 8192, LK_SPLIT_GPT2, NULL, "files" };
	lk_common_options common = lk_common_options_default();
	lk_option_group own = { .title = "Tokenizers:",
		.option = tokenizer_rows,
		.count = sizeof tokenizer_rows / sizeof *tokenizer_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &own, &shared, NULL };
	lk_command_line line = { .arguments = "train CORPUS... | info MODEL [FILE...]",
		.help = help,
		.group = groups,
		.least = 2,
		.most = SIZE_MAX };
	lk_status status;
	lk_error error;
	bool trains;

	lk_options_parse(&line, argc, argv);
	trains = !strcmp(line.argument[0], "train");
	if (!trains && strcmp(line.argument[0], "info"))
		lk_usage_error(&line, "%s is neither train nor info", line.argument[0]);
	if (trains && !options.out)
		lk_usage_error(&line, "train needs --out DIR");
	if (!trains && (options.out || lk_options_given(&own, "vocab-size") ||
				       lk_options_given(&own, "split")))
		lk_usage_error(&line, "--out, --vocab-size and --split are for train");
	status = trains ? train(&line, &options, &common, &error)
			: lk_tokenizer_info(line.argument + 1, options.documents, &common,
					  &error);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
