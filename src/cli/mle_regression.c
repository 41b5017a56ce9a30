/* likely mle regression: least squares, Gaussian NLL, penalty and prior. */
#include "cli/command.h"
#include "cli/mle.h"
#include "likelihood/descent.h"
#include "likelihood/regression.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>

/* The same weights by different ways. */
typedef struct {
	const char *name;
	lk_regression_objective objective;
} way;

enum { WAYS = 2 };
static const way plain[WAYS] = {
	{ "Adam on the mean squared error", LK_FIT_SQUARES },
	{ "Adam on the Gaussian NLL", LK_FIT_NLL },
};
static const way penalised[WAYS] = {
	{ "Adam on NLL + lambda/2 |w|^2 (its own L2)", LK_FIT_NLL },
	{ "Adam on -(log-likelihood + log prior)/N", LK_FIT_POSTERIOR },
};

typedef struct {
	const lk_mle *mle;
	const lk_regression *data;
	const way *ways;
	lk_regression_fit closed, found[WAYS];
	double off; /* largest difference of any weight, in standard errors */
} fits;

static void measure(fits *f)
{
	for (size_t i = 0; i < WAYS; i++)
		for (size_t j = 0; j < f->data->inputs; j++)
			f->off = fmax(f->off, fabs(f->found[i].weight[j] -
							      f->closed.weight[j]) /
							      f->closed.error[j]);
}

static double slope(const lk_regression *data, const lk_regression_fit *fit, size_t j)
{
	return fit->weight[j] * data->deviation[data->inputs] / data->deviation[j];
}

static lk_status print_table(const fits *f, lk_error *error)
{
	size_t D = f->data->inputs;
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrrrr", error);

	if (status)
		return status;
	lk_table_cell(table, "weight of");
	lk_table_cell(table, "closed form");
	lk_table_cell(table, "standard error");
	lk_table_cell(table, "Adam, first");
	lk_table_cell(table, "Adam, second");
	lk_table_cell(table, "in the data's units");
	for (size_t j = 0; j < D; j++) {
		lk_table_cell(table, "column %zu", j + 1);
		lk_mle_cell(table, 10, f->closed.weight[j]);
		lk_mle_cell(table, 4, f->closed.error[j]);
		for (size_t i = 0; i < WAYS; i++)
			lk_mle_cell(table, 10, f->found[i].weight[j]);
		lk_mle_cell(table, 6, slope(f->data, &f->closed, j));
	}
	lk_table_cell(table, "variance left");
	lk_mle_cell(table, 10, f->closed.variance);
	lk_mle_cell(table, 4, f->closed.variance * sqrt(2 / (double)f->data->rows));
	for (size_t i = 0; i < WAYS; i++)
		lk_mle_cell(table, 10, f->found[i].variance);
	lk_mle_cell(table, 6, f->closed.variance * pow(f->data->deviation[D], 2));
	status = lk_table_print(table, stdout, "  ", error);
	lk_table_free(table);
	return status;
}

static lk_status print_text(const fits *f, lk_error *error)
{
	double l2 = f->mle->options->l2, N = (double)f->data->rows;
	double likelihood = lk_regression_log_likelihood(f->data, &f->closed);
	lk_status status;

	printf("\nfirst:  %s\nsecond: %s\n\n", f->ways[0].name, f->ways[1].name);
	status = print_table(f, error);
	if (status)
		return status;
	putchar('\n');
	lk_mle_paragraph("Log-likelihood %.6f nats: an NLL of %.6f nats per row.",
			likelihood, -likelihood / N);
	lk_mle_paragraph("The closed form and both ways with Adam (%zu steps) %s: the "
			 "largest difference is %.1g standard errors.",
			(size_t)lk_descent_default().steps,
			f->off <= 1e-4 ? "agree" : "DO NOT AGREE", f->off);
	if (l2 > 0)
		lk_mle_paragraph("The penalty lambda/2 |w|^2, lambda = %g, on the mean "
				 "NLL of "
				 "N = %zu rows is the Gaussian prior w ~ N(0, "
				 "1/(lambda N)), "
				 "of variance %.6g: the second way knows only the "
				 "prior.",
				l2, f->data->rows, 1 / (l2 * N));
	else
		lk_mle_paragraph("Least squares and Gaussian maximum likelihood are "
				 "one fit: "
				 "the variance scales the squares and does not move "
				 "their "
				 "minimum. What it does besides is to say how sure the "
				 "weights are. It divides by N, and so is biased.");
	return LK_OK;
}

static lk_status print_json(const fits *f, lk_error *error)
{
	size_t D = f->data->inputs;
	double l2 = f->mle->options->l2, N = (double)f->data->rows;
	json_t *found = json_array();

	for (size_t i = 0; i < WAYS; i++)
		json_array_append_new(found,
				json_pack("{s:s, s:o, s:f}", "objective",
						f->ways[i].name, "weights",
						lk_mle_reals(f->found[i].weight, D),
						"variance", f->found[i].variance));
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:I, s:f, s:o, s:o, s:o, s:f, s:f, s:o, s:f, s:b}",
		"event", "mle",
		"distribution", "regression",
		"file", f->mle->source,
		"observations", (json_int_t)f->data->rows,
		"l2", l2,
		"prior_variance", lk_mle_real(l2 > 0 ? 1 / (l2 * N) : NAN),
		"weights", lk_mle_reals(f->closed.weight, D),
		"standard_errors", lk_mle_reals(f->closed.error, D),
		"variance", f->closed.variance,
		"log_likelihood", lk_regression_log_likelihood(f->data, &f->closed),
		"adam", found,
		"largest_difference_in_standard_errors", f->off,
		"agrees", f->off <= 1e-4), error);
	/* clang-format on */
}

static lk_status print_nothing(const fits *f, lk_error *error)
{
	if (f->mle->common->json)
		return lk_print_json(
				json_pack("{s:s, s:s, s:s, s:I, s:b, s:s}", "event",
						"mle", "distribution", "regression",
						"file", f->mle->source, "observations",
						(json_int_t)f->data->rows, "exists", 0,
						"note", f->closed.why),
				error);
	putchar('\n');
	lk_mle_paragraph("%s", f->closed.why);
	return LK_OK;
}

static lk_status fit_and_print(fits *f, lk_error *error)
{
	double l2 = f->mle->options->l2;
	lk_status status = lk_regression_solve(&f->closed, f->data, l2, error);

	if (status || !f->closed.exists)
		return status ? status : print_nothing(f, error);
	for (size_t i = 0; i < WAYS && !status; i++)
		status = lk_regression_descend(
				&f->found[i], f->data, f->ways[i].objective, l2, error);
	if (status)
		return status;
	measure(f);
	return f->mle->common->json ? print_json(f, error) : print_text(f, error);
}

lk_status lk_mle_regression(
		const lk_mle *mle, const lk_numbers *numbers, lk_error *error)
{
	lk_regression data;
	fits f = { .mle = mle,
		.data = &data,
		.ways = mle->options->l2 > 0 ? penalised : plain };
	lk_status status;

	if (numbers->ragged)
		return lk_fail(error, LK_FORMAT,
				"%s: line %zu does not have as many numbers as the "
				"first "
				"one",
				mle->source, numbers->ragged);
	status = lk_regression_new(&data, numbers->value,
			numbers->count / numbers->columns, numbers->columns,
			mle->source, error);
	if (status)
		return status;
	if (!mle->common->json) {
		printf("regression: %zu rows of %s, y is column %zu\n", data.rows,
				mle->source, data.inputs + 1);
		lk_mle_paragraph("Columns are centred and divided by their standard "
				 "deviations, so that one penalty serves all; weights "
				 "are "
				 "in these units.");
	}
	status = fit_and_print(&f, error);
	lk_regression_fit_free(&f.closed);
	for (size_t i = 0; i < WAYS; i++)
		lk_regression_fit_free(&f.found[i]);
	lk_regression_free(&data);
	return status;
}
