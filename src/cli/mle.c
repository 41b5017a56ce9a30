/* likely mle: maximum likelihood made visible. */
#include "cli/mle.h"

#include "base/file.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/option_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What can be fitted. */
/* clang-format off */
#define DISTRIBUTIONS(X)              \
	X(GAUSSIAN,    "gaussian")    \
	X(BINOMIAL,    "binomial")    \
	X(CATEGORICAL, "categorical") \
	X(REGRESSION,  "regression")
typedef enum {
#define X(name, text) name,
	DISTRIBUTIONS(X)
#undef X
	DISTRIBUTION_COUNT
} distribution;
/* clang-format on */

static const char *const names[] = {
#define X(name, text) text,
	DISTRIBUTIONS(X)
#undef X
};

enum { CATEGORIES_MOST = 1000000, SIMULATIONS_MOST = 1000000 };

/* clang-format off */
static const lk_option rows[] = {
	LK_ROW_TEXT(lk_mle_options, prior, "prior", "X,...",
		"also the MAP estimate; gaussian: M,K,A,B, the variance being inverse gamma with "
		"shape A and scale B, and the mean normal around M, as sure as K numbers; binomial: "
		"A,B of a Beta; categorical: the A of every outcome of a Dirichlet, or one for each"),
	LK_ROW_COUNT(lk_mle_options, simulate, "simulate", 0, SIMULATIONS_MOST, "data sets",
		"draw so many from the estimates at each of several sizes, and show bias and error"),
	LK_ROW_TEXT(lk_mle_options, svg, "svg", "FILE", "draw the curves into this file, too"),
	{ .name = "successes", .kind = LK_OPTION_COUNT, .offset = offsetof(lk_mle_options, successes),
		.nbytes = sizeof(size_t), .most_count = UINT64_C(1) << 53, .unit = "trials",
		.help = "binomial without a file: k", .otherwise = "read from FILE" },
	{ .name = "trials", .kind = LK_OPTION_COUNT, .offset = offsetof(lk_mle_options, trials),
		.nbytes = sizeof(size_t), .least_count = 1, .most_count = UINT64_C(1) << 53, .unit = "trials",
		.help = "binomial without a file: n", .otherwise = "read from FILE" },
	LK_ROW_FLAG(lk_mle_options, bytes, "bytes", true,
		"categorical: every byte of the text is an observation, not every word"),
	{ .name = "categories", .kind = LK_OPTION_COUNT, .offset = offsetof(lk_mle_options, categories),
		.nbytes = sizeof(size_t), .least_count = 2, .most_count = CATEGORIES_MOST, .unit = "outcomes",
		.help = "categorical: how many outcomes there are, seen or not",
		.otherwise = "as many as were seen" },
	LK_ROW_REAL(lk_mle_options, l2, "l2", 0, 1e12,
		"regression: lambda of the penalty lambda/2 |w|^2 on the mean NLL"),
};

/* Which options belong to which distribution alone. */
static const struct {
	const char *option;
	unsigned distributions;
} uses[] = {
	{ "prior", 1 << GAUSSIAN | 1 << BINOMIAL | 1 << CATEGORICAL },
	{ "simulate", 1 << GAUSSIAN | 1 << BINOMIAL | 1 << CATEGORICAL },
	{ "svg", 1 << GAUSSIAN | 1 << BINOMIAL | 1 << CATEGORICAL },
	{ "successes", 1 << BINOMIAL },
	{ "trials", 1 << BINOMIAL },
	{ "bytes", 1 << CATEGORICAL },
	{ "categories", 1 << CATEGORICAL },
	{ "l2", 1 << REGRESSION },
};

static const char help[] =
		"Fit a distribution to data by maximum likelihood, and show what that "
		"means: the closed form with standard errors from the observed Fisher "
		"information, the same answer found by the optimiser that trains language "
		"models, the log-likelihood and its curve around the maximum. FILE is a "
		"text; without it, or with -, standard input is read.\v"
		"  gaussian     numbers, separated by blanks, commas or lines\n"
		"  binomial     0s and 1s, or --successes K --trials N\n"
		"  categorical  words, or bytes with --bytes\n"
		"  regression   rows of numbers, the last of each being y\n\n"
		"What follows a # in a line of numbers is ignored.\n\n"
		"--json prints an event \"mle\" for each estimate, \"curve\" for each curve "
		"(nats below the maximum) and \"simulation\" for each size of --simulate. What "
		"does not exist is null.";
/* clang-format on */

static const char *name_of(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

/* The numbers of --prior into value [most]; their count. */
static lk_status parse_prior(double *value, size_t *count, size_t most,
		const char *text, lk_error *error)
{
	char *copy = strdup(text), *rest = copy, *piece;

	*count = 0;
	if (!copy)
		return lk_fail(error, LK_NOMEM, "out of memory for --prior");
	while ((piece = strsep(&rest, ",")))
		if (*count == most || !lk_parse_real(piece, &value[(*count)++])) {
			lk_status status = lk_fail(error, LK_RANGE,
					"--prior takes at most %zu numbers separated "
					"by "
					"commas, not '%.100s'",
					most, text);
			free(copy);
			return status;
		}
	free(copy);
	return LK_OK;
}

/* Exactly `wanted` numbers. */
static lk_status read_prior(
		double *value, size_t wanted, const char *text, lk_error *error)
{
	size_t count;
	lk_status status = parse_prior(value, &count, wanted, text, error);

	if (!status && count != wanted)
		status = lk_fail(error, LK_RANGE,
				"--prior takes %zu numbers here, not %zu", wanted,
				count);
	return status;
}

static lk_status make_gaussian(lk_family **family, const lk_mle *mle,
		const lk_bytes *bytes, lk_error *error)
{
	const char *text = mle->options->prior;
	double prior[4];
	lk_numbers numbers;
	lk_status status = text ? read_prior(prior, 4, text, error) : LK_OK;

	if (!status)
		status = lk_numbers_parse(&numbers, (const char *)bytes->data,
				bytes->nbytes, mle->source, error);
	if (status)
		return status;
	status = lk_family_gaussian(family, numbers.value, numbers.count,
			text ? prior : NULL, error);
	lk_numbers_free(&numbers);
	return status;
}

/* 0s and 1s, and nothing else. */
static lk_status count_trials(double *successes, double *trials, const lk_mle *mle,
		const lk_bytes *bytes, lk_error *error)
{
	lk_numbers numbers;
	lk_status status = lk_numbers_parse(&numbers, (const char *)bytes->data,
			bytes->nbytes, mle->source, error);

	if (status)
		return status;
	*successes = 0;
	*trials = (double)numbers.count;
	for (size_t i = 0; i < numbers.count && !status; i++) {
		double x = numbers.value[i];

		if (x != 0 && x != 1)
			status = lk_fail(error, LK_FORMAT,
					"%s: trial %zu is %g; a trial is 0 or 1 "
					"(--successes and --trials take counts)",
					mle->source, i + 1, x);
		*successes += x;
	}
	lk_numbers_free(&numbers);
	return status;
}

static lk_status make_binomial(lk_family **family, const lk_mle *mle,
		const lk_bytes *bytes, lk_error *error)
{
	const char *text = mle->options->prior;
	double prior[2], successes = (double)mle->options->successes;
	double trials = (double)mle->options->trials;
	lk_status status = text ? read_prior(prior, 2, text, error) : LK_OK;

	if (!status && bytes->data)
		status = count_trials(&successes, &trials, mle, bytes, error);
	return status ? status
		      : lk_family_binomial(family, successes, trials,
					text ? prior : NULL, error);
}

/* One alpha for every outcome, or one for each. */
static lk_status read_dirichlet(
		double **prior, size_t outcomes, const char *text, lk_error *error)
{
	size_t count;
	lk_status status;

	*prior = calloc(outcomes, sizeof **prior);
	if (!*prior)
		return lk_fail(error, LK_NOMEM, "out of memory for --prior");
	status = parse_prior(*prior, &count, outcomes, text, error);
	if (!status && count != 1 && count != outcomes)
		return lk_fail(error, LK_RANGE,
				"--prior takes one number, or one for each of the %zu "
				"outcomes, not %zu",
				outcomes, count);
	for (size_t i = 1; i < outcomes && count == 1; i++)
		(*prior)[i] = **prior;
	return status;
}

static lk_status make_categorical(lk_family **family, const lk_mle *mle,
		const lk_bytes *bytes, lk_error *error)
{
	const lk_mle_options *options = mle->options;
	double *prior = NULL;
	lk_outcomes outcomes;
	lk_status status = lk_outcomes_count(&outcomes, (const char *)bytes->data,
			bytes->nbytes, options->bytes, mle->source, error);

	if (status)
		return status;
	if (options->categories && options->categories < outcomes.outcomes)
		status = lk_fail(error, LK_RANGE,
				"--categories %zu is out of range: %zu different "
				"outcomes "
				"were seen",
				options->categories, outcomes.outcomes);
	else
		status = lk_outcomes_extend(&outcomes, options->categories, error);
	if (!status && outcomes.outcomes < 2)
		status = lk_fail(error, LK_RANGE,
				"%s: there is only one outcome, so nothing can be "
				"estimated; --categories says how many there could be",
				mle->source);
	if (!status && options->prior)
		status = read_dirichlet(
				&prior, outcomes.outcomes, options->prior, error);
	if (!status)
		status = lk_family_categorical(family, outcomes.name, outcomes.count,
				outcomes.outcomes, prior, error);
	free(prior);
	lk_outcomes_free(&outcomes);
	return status;
}

static lk_status fit_family(const lk_mle *mle, lk_family *family, lk_error *error)
{
	lk_mle_fit fits[2] = { 0 };
	lk_status status = lk_mle_fit_all(fits, family, error);

	if (!status && !mle->common->json)
		printf("%s: %.0f %ss of %s\n", family->kind->name, family->n,
				family->kind->noun, mle->source);
	for (size_t i = 0; i < 1 + (size_t)family->has_prior && !status; i++)
		status = lk_mle_fit_print(mle, family, &fits[i], error);
	if (!status && (fits[0].mode.exists || fits[1].mode.exists))
		status = lk_mle_curves(mle, family, fits, error);
	else if (!status && mle->options->svg)
		status = lk_fail(error, LK_RANGE,
				"%s: there is no maximum, so there is no curve to draw",
				mle->options->svg);
	if (!status && mle->options->simulate)
		status = lk_mle_simulate(mle, family, fits, error);
	lk_mle_fit_free(&fits[0]);
	lk_mle_fit_free(&fits[1]);
	return status;
}

static lk_status fit_regression(
		const lk_mle *mle, const lk_bytes *bytes, lk_error *error)
{
	lk_numbers numbers;
	lk_status status = lk_numbers_parse(&numbers, (const char *)bytes->data,
			bytes->nbytes, mle->source, error);

	if (!status)
		status = lk_mle_regression(mle, &numbers, error);
	lk_numbers_free(&numbers);
	return status;
}

static lk_status fit(distribution which, const lk_mle *mle, const lk_bytes *bytes,
		lk_error *error)
{
	lk_family *family = NULL;
	lk_status status = LK_OK;

	switch (which) {
	case GAUSSIAN:
		status = make_gaussian(&family, mle, bytes, error);
		break;
	case BINOMIAL:
		status = make_binomial(&family, mle, bytes, error);
		break;
	case CATEGORICAL:
		status = make_categorical(&family, mle, bytes, error);
		break;
	default:
		return fit_regression(mle, bytes, error);
	}
	if (!status)
		status = fit_family(mle, family, error);
	lk_family_free(family);
	return status;
}

static distribution find(const lk_command_line *line)
{
	int which = lk_name_find(line->argument[0], names, DISTRIBUTION_COUNT);

	if (which < 0)
		lk_usage_error(line,
				"there is no distribution '%s'; choose gaussian, "
				"binomial, categorical or regression",
				line->argument[0]);
	return (distribution)which;
}

/* Options that mean nothing here are mistakes, not decoration. */
static void check_options(const lk_command_line *line, const lk_option_group *group,
		distribution which)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (lk_options_given(group, uses[i].option) &&
				!(uses[i].distributions >> which & 1))
			lk_usage_error(line, "--%s means nothing for %s",
					uses[i].option, names[which]);
}

/* true where the counts were given, so that there is no file to be read. */
static bool check_counts(const lk_command_line *line, const lk_option_group *group,
		const lk_mle_options *options)
{
	bool k = lk_options_given(group, "successes");
	bool n = lk_options_given(group, "trials");

	if (k != n)
		lk_usage_error(line, "--successes and --trials go together");
	if (k && line->argument_count > 1)
		lk_usage_error(line,
				"--successes and --trials stand for a file; leave "
				"out '%s'",
				line->argument[1]);
	if (k && options->successes > options->trials)
		lk_usage_error(line,
				"--successes %zu is out of range; there were %zu "
				"trials",
				options->successes, options->trials);
	return k;
}

int lk_command_mle(int argc, char **argv)
{
	lk_mle_options options = { 0 };
	lk_common_options common = lk_common_options_default();
	lk_option_group fitting = { .title = "Fitting:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &fitting, &shared, NULL };
	lk_command_line line = { .arguments = "DISTRIBUTION [FILE]",
		.help = help,
		.group = groups,
		.least = 1,
		.most = 2 };
	lk_bytes bytes = { 0 };
	lk_status status = LK_OK;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	distribution which = find(&line);
	check_options(&line, &fitting, which);
	bool counted = check_counts(&line, &fitting, &options);
	const char *path = line.argument_count > 1 ? line.argument[1] : "-";
	lk_mle mle = { &options, &common,
		counted ? "--successes and --trials" : name_of(path) };
	if (!counted) {
		if (!strcmp(path, "-") && isatty(STDIN_FILENO) && !common.quiet)
			lk_say("reading standard input, up to Ctrl-D");
		status = lk_file_read(&bytes, path, 0, &error);
	}
	if (!status)
		status = fit(which, &mle, &bytes, &error);
	lk_bytes_free(&bytes);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
