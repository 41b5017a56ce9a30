/* likely sample: let a model write. */
#include "cli/command.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/sample_output.h"
#include "base/file.h"
#include "formats/json.h"
#include "report/format.h"
#include "sample/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

typedef struct {
	const char *prompt, *tokenizer;
	size_t tokens, count, top_k;
	double temperature, top_p, min_p, repetition_penalty;
	bool ignore_end;
	lk_weights quantize;
} sample_options;

/* clang-format off */
static const lk_option sample_rows[] = {
	LK_ROW_TEXT(sample_options, prompt, "prompt", "TEXT",
		"what the text begins with; -: read standard input"),
	LK_ROW_COUNT(sample_options, tokens, "tokens", 0, 1000000000, "tokens",
		"most tokens to add to the prompt"),
	LK_ROW_COUNT(sample_options, count, "count", 1, 4096, "samples",
		"samples, all of the same prompt"),
	LK_ROW_REAL(sample_options, temperature, "temperature", 0, 1000,
		"below 1 more of what is likely, above 1 less; 0: always the most likely token"),
	LK_ROW_COUNT(sample_options, top_k, "top-k", 0, 1u << 24, "tokens",
		"choose among so many most likely tokens; 0: all"),
	LK_ROW_REAL(sample_options, top_p, "top-p", 1e-9, 1,
		"choose among the fewest tokens that hold this probability"),
	LK_ROW_REAL(sample_options, min_p, "min-p", 0, 0.999999,
		"choose among tokens at least this times as probable as the most likely"),
	LK_ROW_REAL(sample_options, repetition_penalty, "repetition-penalty", 1, 100,
		"make tokens that occurred before less likely; 1: do not"),
	LK_ROW_FLAG(sample_options, ignore_end, "ignore-end", true,
		"go on where the model would end the text"),
	LK_ROW_QUANTIZE(sample_options),
	LK_ROW_TEXT(sample_options, tokenizer, "tokenizer", "KIND",
		"for a model that comes without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Let MODEL continue a prompt, or begin a text. MODEL is a run, a "
		"checkpoint or a Hugging Face directory; without it, the newest run is "
		"taken.\v"
		"The prompt comes first (bold on a terminal), then the text as it is "
		"generated; it ends with a newline. Further samples follow, each after a "
		"line ---. On a terminal control characters are escaped; elsewhere the "
		"bytes are the model's own.\n\n"
		"The same seed gives the same text, with any number of threads. Without "
		"--seed one is drawn, and said. Past the model's context, the newer half "
		"of it is read again and generation goes on.\n\n"
		"--json prints an event \"sample\" for each sample (seed, prompt, text; "
		"text_hex where the text is not valid UTF-8) and then \"done\" (tokens, "
		"tokens_per_s, elapsed_s).";
/* clang-format on */

/* A seed short enough to be typed again. */
static lk_status draw_seed(uint64_t *seed, lk_error *error)
{
	uint32_t bits;

	if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
		return lk_fail_errno(error, "no seed can be drawn; use --seed");
	*seed = bits;
	return LK_OK;
}

static lk_status read_prompt(lk_bytes *storage, const unsigned char **prompt,
		size_t *nbytes, const char *option, lk_error *error)
{
	if (!strcmp(option, "-")) {
		lk_status status = lk_file_read(storage, "-", 0, error);

		if (status)
			return status;
		*prompt = storage->data;
		*nbytes = storage->nbytes;
		return LK_OK;
	}
	*prompt = (const unsigned char *)option;
	*nbytes = strlen(option);
	return LK_OK;
}

/* What can be known only of the tokenizer: that it takes the prompt. Before
 * anything is printed. */
static lk_status check_prompt(const lk_tokenizer *tokenizer,
		const unsigned char *prompt, size_t nbytes, lk_error *error)
{
	lk_ids ids = { 0 };
	lk_status status = lk_tokenizer_encode(tokenizer, prompt, nbytes, &ids, error);

	lk_ids_free(&ids);
	return status ? lk_fail_in(error, status, "--prompt") : LK_OK;
}

static lk_status report(const lk_generate_result *result, const lk_loaded *loaded,
		const lk_common_options *common, lk_error *error)
{
	double speed = result->seconds > 0 ? (double)result->tokens / result->seconds
					   : 0;
	char count[LK_FORMAT_MOST], time[LK_FORMAT_MOST], rate[LK_FORMAT_MOST];

	if (!common->quiet)
		lk_say("%s tokens in %s, %s tokens/s",
				lk_format_whole(count, sizeof count, result->tokens),
				lk_format_seconds(time, sizeof time, result->seconds),
				lk_format_short(rate, sizeof rate, speed));
	if (!common->json)
		return LK_OK;
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}",
		"event", "done",
		"model", loaded->directory,
		"prompt_tokens", (json_int_t)result->prompt_tokens,
		"tokens", (json_int_t)result->tokens,
		"tokens_per_s", lk_json_new_real(speed),
		"elapsed_s", lk_json_new_real(result->prompt_s + result->seconds)), error);
	/* clang-format on */
}

/* Waking and awaiting a thread for each token costs more than it brings where a
 * token is little work. */
static int threads_for(const lk_loaded *loaded, const sample_options *options,
		const lk_common_options *common)
{
	/* multiplications per token and thread; of whole numbers, about four in the
	 * time of one */
	const double work = options->quantize == LK_WEIGHTS_FULL ? 4e5 : 1.6e6;
	int most = lk_common_threads(common);
	if (loaded->ngram)
		return 1;
	size_t parameters =
			lk_model_config_parameters(lk_model_get_config(loaded->model));
	double worthwhile = 1 + (double)parameters * (double)options->count / work;

	return common->threads || worthwhile > most ? most : (int)worthwhile;
}

static lk_status make_source(lk_source **source, const lk_loaded *loaded,
		const lk_generate_config *config, lk_error *error)
{
	return loaded->ngram ? lk_source_new_ngram(
					       source, loaded->ngram, config->streams, error)
			     : lk_source_new_transformer(source, loaded->model,
					       config->streams, config->threads, error);
}

static lk_status generate(const lk_loaded *loaded, const sample_options *options,
		const lk_common_options *common, const unsigned char *prompt,
		size_t prompt_nbytes, lk_error *error)
{
	lk_generate_config config = {
		.streams = options->count,
		.tokens = options->tokens,
		.ignore_end = options->ignore_end,
		.threads = threads_for(loaded, options, common),
		.sampler = { options->temperature, options->top_k, options->top_p,
				options->min_p, options->repetition_penalty,
				common->seed },
	};
	lk_sample_output *output = NULL;
	lk_source *source = NULL;
	lk_generate_result result;
	lk_status status =
			check_prompt(loaded->tokenizer, prompt, prompt_nbytes, error);

	if (!status)
		status = make_source(&source, loaded, &config, error);
	if (!status)
		status = lk_sample_output_new(&output, options->count, prompt,
				prompt_nbytes, common->seed, common->json, error);
	if (!status && !common->quiet)
		lk_say("%s, seed %" PRIu64, loaded->directory, common->seed);
	if (!status)
		status = lk_sample_output_begin(output, error);
	if (!status) {
		/* Its own sentence, or that of the output it was handed to. */
		lk_error own = { .status = LK_OK };
		status = lk_generate_from(&result, source, loaded->tokenizer, prompt,
				prompt_nbytes, &config, lk_sample_output_text, output,
				&own);
		if (status)
			*error = own.status ? own : *lk_sample_output_error(output);
	}
	if (!status)
		status = lk_sample_output_end(output, error);
	if (!status)
		status = report(&result, loaded, common, error);
	lk_sample_output_free(output);
	lk_source_free(source);
	return status;
}

int lk_command_sample(int argc, char **argv)
{
	lk_sampler_config sampler = lk_sampler_config_default();
	sample_options options = {
		.prompt = "",
		.tokens = 256,
		.count = 1,
		.temperature = sampler.temperature,
		.top_k = sampler.top_k,
		.top_p = sampler.top_p,
		.min_p = sampler.min_p,
		.repetition_penalty = sampler.repetition_penalty,
	};
	lk_common_options common = lk_common_options_default();
	lk_option_group sampling = { .title = "Sampling:",
		.option = sample_rows,
		.count = sizeof sample_rows / sizeof *sample_rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &sampling, &shared, NULL };
	lk_command_line line = {
		.arguments = "[MODEL]", .help = help, .group = groups, .most = 1
	};
	lk_loaded loaded = { 0 };
	lk_bytes storage = { 0 };
	const unsigned char *prompt;
	size_t prompt_nbytes;
	lk_status status = LK_OK;
	lk_error error;

	common.seed = 0; /* none yet */
	lk_options_parse(&line, argc, argv);
	if (!lk_options_given(&shared, "seed"))
		status = draw_seed(&common.seed, &error);
	if (!status)
		status = read_prompt(&storage, &prompt, &prompt_nbytes, options.prompt,
				&error);
	if (!status)
		status = lk_load(&loaded, line.argument[0], options.tokenizer,
				common.quiet, &error);
	if (!status)
		status = lk_loaded_freeze(&loaded, options.quantize,
				lk_common_threads(&common), &error);
	if (!status)
		status = generate(&loaded, &options, &common, prompt, prompt_nbytes,
				&error);
	lk_loaded_free(&loaded);
	lk_bytes_free(&storage);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
