/* likely bench: how fast this machine trains and samples, and how fast it could. */
#include "cli/bench.h"

#include "base/clock.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/presets.h"
#include "cli/training_options.h"
#include "formats/model_directory.h"
#include "kernels/machine.h"
#include "model/flops.h"

#include <stdlib.h>

/* clang-format off */
static const lk_option bench_rows[] = {
	LK_ROW_TEXT(lk_bench_options, preset, "preset", "NAME",
		"measure a named configuration (" LK_PRESET_NAMES "); what is given beside it counts"),
	LK_ROW_COUNT(lk_bench_options, batch, "batch", 1, 1u << 16, "sequences",
		"sequences of a training step"),
	LK_ROW_COUNT(lk_bench_options, vocabulary, "vocabulary", 1, 1u << 24, "ids",
		"token ids, the end of text included"),
	LK_ROW_COUNT(lk_bench_options, prompt, "prompt", 1, 1u << 20, "tokens",
		"length of the prompt, at most the context"),
	LK_ROW_COUNT(lk_bench_options, count, "count", 1, 4096, "samples",
		"samples generated at once"),
	LK_ROW_REAL(lk_bench_options, seconds, "seconds", 0, 3600,
		"how long to measure each thing, at least"),
	LK_ROW_CHOICE(lk_bench_options, quantize, "quantize", lk_quantize_choices,
		"measure sampling with weights in 8 bits (q8) too"),
	LK_ROW_CHOICE(lk_bench_options, optimizer, "optimizer", lk_optimizer_choices,
		"what updates the weights in a training step"),
	LK_ROW_FLAG(lk_bench_options, train, "no-train", false,
		"measure sampling only"),
	LK_ROW_FLAG(lk_bench_options, sample, "no-sample", false,
		"measure training only"),
	LK_ROW_FLAG(lk_bench_options, compare_threads, "compare-threads", true,
		"compare one team of single-threaded products with OpenBLAS's own threads, shape by shape"),
	LK_ROW_FLAG(lk_bench_options, parts, "no-parts", false,
		"leave out where the time goes"),
};

static const char help[] =
		"Measure training and sampling, beside what the machine can do: the rate "
		"of large products (sgemm) and of reading memory, in the same run. MODEL, "
		"or a model of the options below with fresh weights, is trained on random "
		"tokens (nothing is written) and then generates.\v"
		"A training step is forward, backward, gradient norm and clipping, and "
		"AdamW. Speeds are medians. FLOPs per token are counted, not measured: 6 "
		"for each matrix parameter, output head included, embedding not; "
		"attention 12 x context x heads x head size in each layer, of which the "
		"causal half; a third of both where nothing is trained. MFU is their rate "
		"over that of sgemm with all threads, the better of two measurements "
		"around the training. Of generation, which reads all weights for every "
		"token, also the rate of that reading.\n\n"
		"Where the time goes is measured in a pass of its own, by the first thread.\n\n"
		"--json prints an event \"machine\", then \"bench\" for each measurement, and "
		"\"threads\" for each shape that --compare-threads compares.";
/* clang-format on */

lk_status lk_bench_model(lk_model **model, const lk_bench *bench, lk_error *error)
{
	lk_status status;

	if (bench->directory)
		return lk_model_directory_load(
				model, bench->directory, bench->isa, error);
	status = lk_model_new(model, &bench->config, bench->isa, error);
	if (!status)
		lk_model_initialise(*model, bench->common.seed);
	return status;
}

bool lk_bench_enough(const lk_bench *bench, size_t done, double begun)
{
	if (done < LK_BENCH_LEAST)
		return false;
	return done == LK_BENCH_MOST ||
			lk_clock_seconds() - begun >= bench->options.seconds;
}

/* The better of what was measured before and is measured now. */
static void measure_products(lk_bench *bench)
{
	double seconds = bench->options.seconds / 4;
	double one = lk_machine_sgemm(1, seconds);
	double all = lk_machine_sgemm(bench->threads, seconds);

	bench->sgemm_one = one > bench->sgemm_one ? one : bench->sgemm_one;
	bench->sgemm = all > bench->sgemm ? all : bench->sgemm;
}

static lk_status measure(lk_bench *bench, lk_error *error)
{
	size_t weights = 4 * lk_model_matrix_parameters(&bench->config);
	lk_status status;

	measure_products(bench);
	bench->read = lk_machine_read(
			weights, bench->threads, bench->options.seconds / 4);
	status = lk_bench_print_machine(bench, error);
	if (!status && bench->options.compare_threads)
		status = lk_bench_threads(bench, error);
	if (!status && bench->options.train)
		status = lk_bench_train(bench, error);
	if (!status && bench->options.sample)
		status = lk_bench_sample(bench, error);
	return status;
}

static lk_status run(lk_bench *bench, const char *argument, lk_error *error)
{
	char *directory = NULL;
	lk_status status = lk_isa_choose(&bench->isa, error);

	if (!status && argument)
		status = lk_find_model(&directory, argument, error);
	if (!status && directory)
		status = lk_model_directory_config(&bench->config, directory, error);
	bench->directory = directory;
	if (!status)
		status = measure(bench, error);
	free(directory);
	return status;
}

int lk_command_bench(int argc, char **argv)
{
	lk_bench bench = {
		.options = { .batch = 32,
			.vocabulary = 257,
			.prompt = 512,
			.count = 32,
			.seconds = 2,
			.train = true,
			.sample = true,
			.parts = true },
		.common = lk_common_options_default(),
		.config = lk_model_config_default(),
	};
	lk_option_group measuring = { .title = "Measuring:",
		.option = bench_rows,
		.count = sizeof bench_rows / sizeof *bench_rows,
		.values = &bench.options };
	lk_option_group model = lk_model_group(&bench.config);
	lk_option_group shared = lk_common_group(&bench.common);
	lk_option_group *groups[] = { &measuring, &model, &shared, NULL };
	lk_command_line line = {
		.arguments = "[MODEL]", .help = help, .group = groups, .most = 1
	};
	const char *preset;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	preset = bench.options.preset;
	if (line.argument[0] && (preset || model.given))
		lk_usage_error(&line, "MODEL fixes what a model is made of; leave out "
				      "--preset and the options of a model");
	if (preset && lk_preset_apply(preset, groups, &error))
		lk_usage_error(&line, "%s", error.text);
	bench.config.vocabulary = bench.options.vocabulary;
	if (!line.argument[0] && lk_model_config_complete(&bench.config, &error))
		lk_usage_error(&line, "%s", error.text);
	bench.threads = lk_common_threads(&bench.common);
	return run(&bench, line.argument[0], &error) ? lk_complain(&error) : LK_EXIT_OK;
}
