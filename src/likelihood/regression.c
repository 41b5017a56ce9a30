#include "likelihood/regression.h"

#include "likelihood/descent.h"
#include "likelihood/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lk_regression_free(lk_regression *regression)
{
	free(regression->mean);
	free(regression->deviation);
	free(regression->triangle);
	*regression = (lk_regression){ 0 };
}

void lk_regression_fit_free(lk_regression_fit *fit)
{
	free(fit->weight);
	free(fit->error);
	*fit = (lk_regression_fit){ 0 };
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for a regression");
}

/* Mean and deviation of every column; the number of a constant one, counted from
 * 1, or 0. */
static size_t measure(lk_regression *r, const double *value, size_t columns)
{
	const double N = (double)r->rows;
	size_t constant = 0;

	for (size_t c = columns; c-- > 0;) {
		double mean = 0, square = 0, largest = 0;

		for (size_t i = 0; i < r->rows; i++)
			mean += value[i * columns + c] / N;
		for (size_t i = 0; i < r->rows; i++) {
			double off = value[i * columns + c] - mean;

			square += off * off / N;
			largest = fmax(largest, fabs(value[i * columns + c]));
		}
		r->mean[c] = mean;
		r->deviation[c] = sqrt(square);
		if (!(r->deviation[c] > 1e-12 * largest)) /* rounding of the mean */
			constant = c + 1;
	}
	return constant;
}

lk_status lk_regression_new(lk_regression *r, const double *value, size_t rows,
		size_t columns, const char *name, lk_error *error)
{
	size_t constant;
	double *row;

	*r = (lk_regression){ .rows = rows, .inputs = columns - 1 };
	if (columns < 2 || rows < 2)
		return lk_fail(error, LK_RANGE,
				"%s: a regression takes rows 'x... y' of at least two "
				"numbers, and at least two rows",
				name);
	r->mean = calloc(columns, sizeof *r->mean);
	r->deviation = calloc(columns, sizeof *r->deviation);
	r->triangle = calloc(columns * columns, sizeof *r->triangle);
	row = calloc(columns, sizeof *row);
	if (!r->mean || !r->deviation || !r->triangle || !row) {
		free(row);
		lk_regression_free(r);
		return no_memory(error);
	}
	constant = measure(r, value, columns);
	for (size_t i = 0; i < rows && !constant; i++) {
		for (size_t c = 0; c < columns; c++)
			row[c] = (value[i * columns + c] - r->mean[c]) /
				 r->deviation[c];
		lk_triangle_add(r->triangle, row, columns);
	}
	free(row);
	if (!constant)
		return LK_OK;
	lk_regression_free(r);
	return lk_fail(error, LK_RANGE,
			"%s: column %zu is the same in every row; leave it out", name,
			constant);
}

/* Sum of squares of what w leaves; with slope [D] not NULL, also half its
 * gradient. */
static double squares(const lk_regression *r, const double *w, double *slope)
{
	size_t D = r->inputs, m = D + 1;
	double rest = r->triangle[D * m + D], sum = rest * rest;

	if (slope)
		memset(slope, 0, D * sizeof *slope);
	for (size_t i = 0; i < D; i++) {
		const double *row = r->triangle + i * m;
		double off = row[D];

		for (size_t k = i; k < D; k++)
			off -= row[k] * w[k];
		for (size_t k = i; slope && k < D; k++)
			slope[k] -= off * row[k];
		sum += off * off;
	}
	return sum;
}

double lk_regression_mean_square(const lk_regression *r, const lk_regression_fit *fit)
{
	return squares(r, fit->weight, NULL) / (double)r->rows;
}

double lk_regression_log_likelihood(
		const lk_regression *r, const lk_regression_fit *fit)
{
	double N = (double)r->rows;

	return -N / 2 * log(2 * M_PI * fit->variance) -
	       squares(r, fit->weight, NULL) / (2 * fit->variance) -
	       N * log(r->deviation[r->inputs]);
}

/* T becomes the triangle with rows sqrt(ridge) e_j added. */
static void add_ridge(double *T, double *row, const lk_regression *r, double ridge)
{
	size_t m = r->inputs + 1;

	memcpy(T, r->triangle, m * m * sizeof *T);
	for (size_t j = 0; j < r->inputs && ridge > 0; j++) {
		memset(row, 0, m * sizeof *row);
		row[j] = sqrt(ridge);
		lk_triangle_add(T, row, m);
	}
}

/* Below this share of y's variance, what is left is rounding error. */
static const double exact = 1e-24;

static void solve(lk_regression_fit *fit, double *T, double *row,
		const lk_regression *r, double l2)
{
	double N = (double)r->rows, least = 1e-13 * sqrt(N), before = INFINITY;
	size_t m = r->inputs + 1;

	fit->variance = 1;
	for (int turn = 0; turn < 10000 && before != fit->variance; turn++) {
		add_ridge(T, row, r, l2 * N * fit->variance);
		if (!lk_triangle_solve(fit->weight, T, m, least)) {
			fit->why = "The columns depend on each other, or there are too "
				   "few rows: many weights fit equally well. A prior "
				   "(--l2) would choose among them.";
			return;
		}
		before = fit->variance;
		fit->variance = lk_regression_mean_square(r, fit);
		if (!(fit->variance > exact)) {
			fit->why = "The weights fit every row exactly: the likelihood "
				   "grows without bound as the variance goes to 0. It "
				   "has no maximum, and there is no standard error.";
			return;
		}
		if (l2 == 0 || fabs(before - fit->variance) < 1e-15 * before)
			break;
	}
	fit->exists = true;
	lk_triangle_inverse(fit->error, row, T, m);
	for (size_t j = 0; j < r->inputs; j++)
		fit->error[j] = sqrt(fit->error[j] * fit->variance);
}

lk_status lk_regression_solve(lk_regression_fit *fit, const lk_regression *r, double l2,
		lk_error *error)
{
	size_t m = r->inputs + 1;
	double *T = calloc(m * m, sizeof *T), *row = calloc(m, sizeof *row);
	lk_status status = LK_OK;

	*fit = (lk_regression_fit){ .weight = calloc(r->inputs, sizeof *fit->weight),
		.error = calloc(r->inputs, sizeof *fit->error) };
	if (!T || !row || !fit->weight || !fit->error)
		status = no_memory(error);
	else
		solve(fit, T, row, r, l2);
	free(T);
	free(row);
	return status;
}

/* The variables of descent: weights, then log v where it is one. */
typedef struct {
	const lk_regression *regression;
	double prior_variance; /* of the weights; INFINITY: no prior */
} landscape;

static double half_mean_square(const void *context, const double *x, double *dx)
{
	const landscape *l = context;
	double N = (double)l->regression->rows, sum = squares(l->regression, x, dx);

	for (size_t j = 0; j < l->regression->inputs; j++)
		dx[j] /= N;
	return sum / (2 * N);
}

static double mean_nll(const void *context, const double *x, double *dx)
{
	const landscape *l = context;
	size_t D = l->regression->inputs;
	double N = (double)l->regression->rows, v = exp(x[D]), length = 0;
	double sum = squares(l->regression, x, dx), t = l->prior_variance;

	for (size_t j = 0; j < D; j++) {
		dx[j] = (dx[j] / v + x[j] / t) / N;
		length += x[j] * x[j];
	}
	dx[D] = 0.5 - sum / (2 * N * v);
	return log(2 * M_PI * v) / 2 + (sum / v + length / t) / (2 * N);
}

lk_status lk_regression_descend(lk_regression_fit *fit, const lk_regression *r,
		lk_regression_objective objective, double l2, lk_error *error)
{
	bool has_variance = objective != LK_FIT_SQUARES;
	bool has_prior = objective == LK_FIT_POSTERIOR && l2 > 0;
	landscape l = { r, has_prior ? 1 / (l2 * (double)r->rows) : INFINITY };
	lk_descent descent = lk_descent_default();
	lk_status status;

	*fit = (lk_regression_fit){ .weight = calloc(r->inputs + 1,
						    sizeof *fit->weight) };
	if (!fit->weight)
		return no_memory(error);
	descent.weights = r->inputs;
	descent.l2 = objective == LK_FIT_NLL ? l2 : 0;
	status = lk_descend(fit->weight, r->inputs + has_variance,
			has_variance ? mean_nll : half_mean_square, &l, &descent,
			error);
	fit->exists = !status;
	fit->variance = has_variance ? exp(fit->weight[r->inputs])
				     : lk_regression_mean_square(r, fit);
	return status;
}
