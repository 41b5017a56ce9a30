/* The estimates of `likely mle`: closed form, standard errors, Adam's answer. */
#include "base/printf.h"
#include "cli/command.h"
#include "cli/mle.h"
#include "formats/json.h"
#include "likelihood/descent.h"
#include "report/escape.h"
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Differences of the two answers that count as agreement, in standard errors. */
static const double agreement = 1e-4;

enum { ROWS_MOST = 16 }; /* parameters in the table */

char *lk_mle_name(const char *name)
{
	return lk_escape(name, strlen(name), false);
}

json_t *lk_mle_real(double value)
{
	return isnan(value) ? json_null() : lk_json_new_real(value);
}

json_t *lk_mle_reals(const double *value, size_t count)
{
	json_t *all = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(all, lk_mle_real(value[i]));
	return all;
}

void lk_mle_cell(lk_table *table, int digits, double value)
{
	if (isnan(value))
		lk_table_cell(table, "none");
	else
		lk_table_cell(table, "%.*g", digits, value);
}

void lk_mle_paragraph(const char *format, ...)
{
	enum { WIDTH = 78 };
	va_list arguments;
	size_t column = 0;
	char *text, *rest = NULL;

	va_start(arguments, format);
	text = lk_vasprintf(format, arguments);
	va_end(arguments);
	for (char *word = text ? strtok_r(text, " ", &rest) : NULL; word;
			word = strtok_r(NULL, " ", &rest)) {
		size_t length = strlen(word);

		if (column && column + 1 + length > WIDTH) {
			putchar('\n');
			column = 0;
		}
		fputs(column ? " " : "  ", stdout);
		lk_escape_write(stdout, word, length, false);
		column += length + (column ? 1 : 2);
	}
	putchar('\n');
	free(text);
}

void lk_mle_fit_free(lk_mle_fit *fit)
{
	lk_mode_free(&fit->mode);
	free(fit->adam);
	*fit = (lk_mle_fit){ 0 };
}

static lk_status fit_one(
		lk_mle_fit *fit, const lk_family *family, bool prior, lk_error *error)
{
	lk_status status = lk_mode_new(&fit->mode, family, error);

	fit->prior = prior;
	if (status)
		return status;
	family->kind->mode(family, prior, &fit->mode);
	if (!fit->mode.exists)
		return LK_OK;
	fit->adam = calloc(family->parameters, sizeof *fit->adam);
	if (!fit->adam)
		return lk_fail(error, LK_NOMEM, "out of memory for the estimates");
	status = lk_family_descend(fit->adam, family, prior, error);
	for (size_t j = 0; j < family->parameters; j++) {
		double off = fabs(fit->adam[j] - fit->mode.theta[j]) /
			     fit->mode.error[j];

		if (off > fit->off)
			fit->off = off;
	}
	return status;
}

lk_status lk_mle_fit_all(lk_mle_fit *fits, const lk_family *family, lk_error *error)
{
	lk_status status = fit_one(&fits[0], family, false, error);

	return status || !family->has_prior ? status
					    : fit_one(&fits[1], family, true, error);
}

static const char *method_of(const lk_mle_fit *fit)
{
	return fit->prior ? "maximum a posteriori" : "maximum likelihood";
}

static json_t *parameters_json(const lk_family *family, const lk_mle_fit *fit)
{
	json_t *all = json_array();

	for (size_t j = 0; j < family->shown; j++) {
		double adam = fit->adam ? fit->adam[j] : NAN;
		char *name = lk_mle_name(family->name[j]);

		json_array_append_new(all,
				json_pack("{s:s, s:o, s:o, s:o, s:o}", "name",
						name ? name : "", "value",
						lk_mle_real(fit->mode.theta[j]),
						"standard_error",
						lk_mle_real(fit->mode.error[j]), "adam",
						lk_mle_real(adam), "difference",
						lk_mle_real(adam -
								fit->mode.theta[j])));
		free(name);
	}
	return all;
}

static lk_status print_json(const lk_mle *mle, const lk_family *family,
		const lk_mle_fit *fit, double likelihood, double prior, lk_error *error)
{
	bool agrees = fit->adam && fit->mode.interior && fit->off <= agreement;

	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:s, s:f, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:b}",
		"event", "mle",
		"distribution", family->kind->name,
		"file", mle->source,
		"method", method_of(fit),
		"observations", family->n,
		"exists", fit->mode.exists,
		"interior", fit->mode.interior,
		"note", fit->mode.why,
		"log_likelihood", lk_mle_real(likelihood),
		"log_prior", lk_mle_real(prior),
		"nll_per_observation", lk_mle_real((0 - likelihood) / family->n),
		"bits_per_observation", lk_mle_real((0 - likelihood) / family->n / M_LN2),
		"parameters", parameters_json(family, fit),
		"adam_steps", (json_int_t)(fit->adam ? lk_descent_default().steps : 0),
		"largest_difference_in_standard_errors", lk_mle_real(fit->adam ? fit->off : NAN),
		"agrees", agrees), error);
	/* clang-format on */
}

/* The places of the `count` greatest values, greatest first. */
static void greatest(size_t *place, size_t count, const double *value, size_t n)
{
	for (size_t j = 0, used = 0; j < n; j++) {
		size_t at = used;

		while (at && value[j] > value[place[at - 1]])
			at--;
		if (at == count)
			continue;
		used += used < count;
		memmove(place + at + 1, place + at, (used - at - 1) * sizeof *place);
		place[at] = j;
	}
}

void lk_mle_notable(
		size_t *j, size_t *count, const lk_family *family, const lk_mode *mode)
{
	*count = family->shown <= 2 ? family->shown : 1;
	for (size_t i = 0; i < *count; i++)
		j[i] = i;
	if (family->shown > 2)
		greatest(j, 1, mode->theta, family->shown);
}

static lk_status print_table(
		const lk_family *family, const lk_mle_fit *fit, lk_error *error)
{
	static const char *const heading[] = { "", "estimate", "standard error",
		"by Adam", "difference" };
	size_t place[ROWS_MOST], rows = family->shown;
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrrr", error);

	if (status)
		return status;
	if (rows > ROWS_MOST)
		greatest(place, rows = ROWS_MOST, fit->mode.theta, family->shown);
	else
		for (size_t j = 0; j < rows; j++)
			place[j] = j;
	for (size_t i = 0; i < sizeof heading / sizeof *heading; i++)
		lk_table_cell(table, "%s", heading[i]);
	for (size_t i = 0; i < rows; i++) {
		size_t j = place[i];
		double adam = fit->adam ? fit->adam[j] : NAN;

		lk_table_cell(table, "%.40s", family->name[j]);
		lk_mle_cell(table, 10, fit->mode.theta[j]);
		lk_mle_cell(table, 4, fit->mode.error[j]);
		lk_mle_cell(table, 10, adam);
		lk_mle_cell(table, 1, adam - fit->mode.theta[j]);
	}
	status = lk_table_print(table, stdout, "  ", error);
	lk_table_free(table);
	if (rows < family->shown)
		printf("  ... and %zu less likely ones (--json has them all)\n",
				family->shown - rows);
	return status;
}

static void say_agreement(const lk_mle_fit *fit)
{
	uint64_t steps = lk_descent_default().steps;

	if (!fit->adam)
		lk_mle_paragraph("Adam was not run: there is nothing for it to find.");
	else if (!fit->mode.interior)
		lk_mle_paragraph("Adam works in logits, where probability 0 is "
				 "infinitely "
				 "far away: after %" PRIu64
				 " steps it is as near as the "
				 "table says, and would go on.",
				steps);
	else if (fit->off <= agreement)
		lk_mle_paragraph("Adam, %" PRIu64
				 " steps down the mean NLL, agrees: the "
				 "largest difference is %.1g standard errors.",
				steps, fit->off);
	else
		lk_mle_paragraph("Adam, %" PRIu64
				 " steps down the mean NLL, DOES NOT AGREE: "
				 "the largest difference is %.1g standard errors.",
				steps, fit->off);
}

lk_status lk_mle_fit_print(const lk_mle *mle, const lk_family *family,
		const lk_mle_fit *fit, lk_error *error)
{
	double likelihood = NAN, prior = NAN;
	bool exists = fit->mode.exists;
	lk_status status;

	if (exists) {
		likelihood = family->kind->log_likelihood(family, fit->mode.theta);
		if (fit->prior)
			prior = family->kind->log_prior(family, fit->mode.theta);
	}
	if (mle->common->json)
		return print_json(mle, family, fit, likelihood, prior, error);
	printf("\n%s\n", method_of(fit));
	status = print_table(family, fit, error);
	if (status)
		return status;
	putchar('\n');
	if (exists)
		lk_mle_paragraph("Log-likelihood %.6f nats: an NLL of %.6f nats or "
				 "%.6f bits "
				 "per %s.",
				likelihood, (0 - likelihood) / family->n,
				(0 - likelihood) / family->n / M_LN2,
				family->kind->noun);
	if (exists && fit->prior)
		lk_mle_paragraph("Log-density of the prior %.6f.", prior);
	say_agreement(fit);
	if (*fit->mode.why)
		lk_mle_paragraph("%s", fit->mode.why);
	return LK_OK;
}
