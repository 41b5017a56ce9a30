#include "likelihood/family.h"

#include "likelihood/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

lk_family *lk_family_allocate(size_t size, const lk_family_kind *kind, size_t P)
{
	lk_family *family = calloc(1, size);

	if (!family)
		return NULL;
	family->kind = kind;
	family->parameters = family->shown = family->free_dimensions = P;
	family->name = calloc(P, sizeof *family->name);
	family->least = calloc(P, sizeof *family->least);
	family->most = calloc(P, sizeof *family->most);
	if (!family->name || !family->least || !family->most) {
		lk_family_free(family);
		return NULL;
	}
	return family;
}

void lk_family_free(lk_family *family)
{
	if (!family)
		return;
	if (family->kind->free)
		family->kind->free(family);
	for (size_t j = 0; family->name && j < family->parameters; j++)
		free(family->name[j]);
	free(family->name);
	free(family->least);
	free(family->most);
	free(family);
}

lk_status lk_mode_new(lk_mode *mode, const lk_family *family, lk_error *error)
{
	*mode = (lk_mode){ .theta = calloc(family->parameters, sizeof(double)),
		.error = calloc(family->parameters, sizeof(double)) };
	if (!mode->theta || !mode->error) {
		lk_mode_free(mode);
		return lk_fail(error, LK_NOMEM, "out of memory for the estimates");
	}
	return LK_OK;
}

void lk_mode_free(lk_mode *mode)
{
	free(mode->theta);
	free(mode->error);
	*mode = (lk_mode){ 0 };
}

double lk_family_height(const lk_family *family, bool prior, const double *theta)
{
	return family->kind->log_likelihood(family, theta) +
	       (prior ? family->kind->log_prior(family, theta) : 0);
}

typedef struct {
	const lk_family *family;
	bool prior;
	double *theta;
} climb;

/* -(l + log prior) / n, as training has the mean NLL. */
static double mean_nll(const void *context, const double *x, double *dx)
{
	const climb *c = context;
	const lk_family *family = c->family;
	double n = family->n > 0 ? family->n : 1;

	family->kind->from_free(family, x, c->theta);
	family->kind->gradient(family, c->prior, c->theta, dx);
	for (size_t j = 0; j < family->parameters; j++)
		dx[j] /= -n;
	return lk_family_height(family, c->prior, c->theta) / -n;
}

lk_status lk_family_descend(
		double *theta, const lk_family *family, bool prior, lk_error *error)
{
	climb c = { family, prior, theta };
	lk_descent descent = lk_descent_default();
	double *x = calloc(family->parameters, sizeof *x);
	lk_status status;

	if (!x)
		return lk_fail(error, LK_NOMEM, "out of memory for the parameters");
	status = lk_descend(x, family->parameters, mean_nll, &c, &descent, error);
	family->kind->from_free(family, x, theta);
	free(x);
	return status;
}

lk_status lk_family_curve(double *y, const lk_family *family, bool prior,
		const lk_mode *mode, size_t j, const double *x, size_t count,
		lk_error *error)
{
	size_t nbytes = family->parameters * sizeof(double);
	double *theta = malloc(nbytes);
	double top = lk_family_height(family, prior, mode->theta);

	if (!theta)
		return lk_fail(error, LK_NOMEM, "out of memory for a curve");
	for (size_t i = 0; i < count; i++) {
		memcpy(theta, mode->theta, nbytes);
		family->kind->move(family, j, x[i], theta);
		y[i] = lk_family_height(family, prior, theta) - top;
	}
	free(theta);
	return LK_OK;
}

/* The height at distance d on one side of the mode is above `fall`. */
static bool within(const lk_family *family, bool prior, const lk_mode *mode, size_t j,
		double x, double fall)
{
	double y;

	return !lk_family_curve(&y, family, prior, mode, j, &x, 1, NULL) && y >= -fall;
}

/* Doubling outwards, then halving the interval. */
static double edge(const lk_family *family, bool prior, const lk_mode *mode, size_t j,
		double fall, double sign)
{
	const double at = mode->theta[j];
	const double end = sign < 0 ? family->least[j] : family->most[j];
	double inside = 0, outside = isnan(mode->error[j]) ? 1e-12 : mode->error[j];

	for (int i = 0; i < 200; i++) {
		double x = at + sign * outside;

		if (sign * (x - end) >= 0) { /* beyond the range */
			outside = sign * (end - at);
			if (within(family, prior, mode, j, end, fall))
				return end;
			break;
		}
		if (!within(family, prior, mode, j, x, fall))
			break;
		inside = outside;
		outside *= 2;
	}
	for (int i = 0; i < 60; i++) {
		double middle = (inside + outside) / 2;

		if (within(family, prior, mode, j, at + sign * middle, fall))
			inside = middle;
		else
			outside = middle;
	}
	return at + sign * inside;
}

void lk_family_span(double *low, double *high, const lk_family *family, bool prior,
		const lk_mode *mode, size_t j, double fall)
{
	*low = edge(family, prior, mode, j, fall, -1);
	*high = edge(family, prior, mode, j, fall, 1);
}
