/* likelihood/regression.h
 * Linear regression as maximum likelihood: y = b + w x + noise, the noise normal
 * with mean 0 and variance v. Minus the log-likelihood of N rows is
 *     N/2 log(2 pi v) + sum (y - b - w x)^2 / (2 v),
 * so that for any v the best w is that of least squares; v is then the mean square
 * that is left. A prior w ~ N(0, t) adds |w|^2 / (2 t): divided by N, the penalty
 * lambda/2 |w|^2 on the mean NLL is the prior variance t = 1 / (lambda N).
 *
 * Every column is centred and divided by its standard deviation (divisor N), so
 * that one lambda serves all of them and b is 0; w and v are in these units. */
#ifndef LK_LIKELIHOOD_REGRESSION_H
#define LK_LIKELIHOOD_REGRESSION_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
	size_t rows, inputs;      /* N, D */
	double *mean, *deviation; /* [D + 1] of the columns, y last */
	double *triangle;         /* (D + 1, D + 1), see likelihood/linear.h */
} lk_regression;

typedef struct {
	double *weight;  /* [D] */
	double *error;   /* [D] standard errors, closed form only; else NULL */
	double variance; /* v */
	bool exists;     /* otherwise why says what is the matter */
	const char *why;
} lk_regression_fit;

/* What descent minimises. */
typedef enum {
	LK_FIT_SQUARES,   /* half the mean squared error */
	LK_FIT_NLL,       /* the mean NLL; the penalty is the optimiser's own L2 */
	LK_FIT_POSTERIOR, /* -(log-likelihood + log prior) / N */
} lk_regression_objective;

/* value (rows, inputs + 1), y last. Columns that are constant, and fewer than two
 * rows or columns, are refused; name begins the message. */
lk_status lk_regression_new(lk_regression *regression, const double *value, size_t rows,
		size_t columns, const char *name, lk_error *error);
void lk_regression_free(lk_regression *regression);

/* The closed form. With a penalty, weights and variance depend on each other and
 * are found in turns. Free with lk_regression_fit_free, also after a failure. */
lk_status lk_regression_solve(lk_regression_fit *fit, const lk_regression *regression,
		double l2, lk_error *error);

/* By Adam, from zero. LK_FIT_SQUARES ignores l2 and sets v to the mean square. */
lk_status lk_regression_descend(lk_regression_fit *fit, const lk_regression *regression,
		lk_regression_objective objective, double l2, lk_error *error);
void lk_regression_fit_free(lk_regression_fit *fit);

/* Log-likelihood of a fit in the data's own units, nats. */
double lk_regression_log_likelihood(
		const lk_regression *regression, const lk_regression_fit *fit);

/* Mean squared error of a fit, in units of y's variance. */
double lk_regression_mean_square(
		const lk_regression *regression, const lk_regression_fit *fit);

#endif
