/* The normal distribution: theta = (mean, variance).
 *
 *     l = -n/2 log(2 pi v) - (S + n (xbar - m)^2) / (2 v),  S = sum (x - xbar)^2
 * is greatest at m = xbar, v = S / n. With the conjugate prior density
 * [Murphy 2007, "Conjugate Bayesian analysis of the Gaussian distribution", 3]
 *     v ~ inverse gamma(a, b),  m | v ~ N(m0, v / k)
 * the joint density over (m, v) is greatest at
 *     m = (k m0 + n xbar) / (k + n)
 *     v = (2 b + S + k n (xbar - m0)^2 / (k + n)) / (2 a + 3 + n). */
#include "likelihood/family.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	lk_family family;
	double mean, squares; /* xbar, S */
	double origin, scale; /* of the free coordinates */
	double m0, k, a, b;   /* prior */
} gaussian;

static const gaussian *of(const lk_family *family)
{
	return (const gaussian *)family;
}

static double square(double x)
{
	return x * x;
}

static double log_likelihood(const lk_family *family, const double *theta)
{
	const gaussian *g = of(family);
	double away = g->squares + family->n * square(g->mean - theta[0]);

	return -family->n / 2 * log(2 * M_PI * theta[1]) -
	       (away > 0 ? away / (2 * theta[1]) : 0);
}

static double log_prior(const lk_family *family, const double *theta)
{
	const gaussian *g = of(family);
	double v = theta[1];

	return g->a * log(g->b) - lgamma(g->a) - (g->a + 1) * log(v) - g->b / v +
	       log(g->k / (2 * M_PI * v)) / 2 -
	       g->k * square(theta[0] - g->m0) / (2 * v);
}

static void mode_with_prior(const lk_family *family, lk_mode *mode)
{
	const gaussian *g = of(family);
	double n = family->n, weight = g->k + n;

	mode->exists = mode->interior = true;
	mode->theta[0] = (g->k * g->m0 + n * g->mean) / weight;
	mode->theta[1] = (2 * g->b + g->squares +
					 g->k * n / weight * square(g->mean - g->m0)) /
			 (2 * g->a + 3 + n);
	mode->error[0] = sqrt(mode->theta[1] / weight);
	mode->error[1] = mode->theta[1] / sqrt(n / 2 + g->a + 1.5);
}

static void find_mode(const lk_family *family, bool prior, lk_mode *mode)
{
	const gaussian *g = of(family);
	double n = family->n;

	*mode->why = '\0';
	if (prior) {
		mode_with_prior(family, mode);
		return;
	}
	mode->exists = mode->interior = g->squares > 0;
	mode->theta[0] = g->mean;
	mode->theta[1] = g->squares / n;
	mode->error[0] = mode->exists ? sqrt(mode->theta[1] / n) : NAN;
	mode->error[1] = mode->exists ? mode->theta[1] * sqrt(2 / n) : NAN;
	if (mode->exists)
		snprintf(mode->why, sizeof mode->why,
				"The variance is the mean square, divisor n: it is "
				"biased, on average (n - 1)/n = %.6g of the true one. "
				"The divisor n - 1 would give %.9g.",
				(n - 1) / n, g->squares / (n - 1));
	else
		snprintf(mode->why, sizeof mode->why,
				"%s: the density at it grows without bound as the "
				"variance "
				"goes to 0. The likelihood has no maximum, and there "
				"is no "
				"standard error; a prior (--prior) would give one.",
				n == 1 ? "There is only one number"
				       : "All numbers are equal");
}

static void from_free(const lk_family *family, const double *free, double *theta)
{
	const gaussian *g = of(family);

	theta[0] = g->origin + g->scale * free[0];
	theta[1] = square(g->scale) * exp(free[1]);
}

static void gradient(
		const lk_family *family, bool prior, const double *theta, double *dfree)
{
	const gaussian *g = of(family);
	double n = family->n, v = theta[1];
	double dm = n * (g->mean - theta[0]) / v;
	double dv_v = -n / 2 + (g->squares + n * square(g->mean - theta[0])) / (2 * v);

	if (prior) {
		dm -= g->k * (theta[0] - g->m0) / v;
		dv_v += -(g->a + 1.5) +
			(g->b + g->k / 2 * square(theta[0] - g->m0)) / v;
	}
	dfree[0] = g->scale * dm;
	dfree[1] = dv_v;
}

static void move(const lk_family *family, size_t j, double x, double *theta)
{
	(void)family;
	theta[j] = x;
}

static double bias(const double *theta, size_t j, double n)
{
	return j ? -theta[1] / n : 0;
}

/* Mean and squares in one pass [Welford 1962]. */
static void add(gaussian *g, double x)
{
	double before = x - g->mean;

	g->family.n++;
	g->mean += before / g->family.n;
	g->squares += before * (x - g->mean);
}

static void draw(lk_family *family, const double *theta, size_t n, lk_rng rng,
		uint64_t run)
{
	gaussian *g = (gaussian *)family;
	double deviation = sqrt(theta[1]);

	g->mean = g->squares = family->n = 0;
	for (size_t i = 0; i < n; i++)
		add(g, theta[0] + deviation * lk_rng_normal(rng, i, run));
}

static const lk_family_kind kind = { "gaussian", "number", log_likelihood, log_prior,
	find_mode, from_free, gradient, move, bias, draw, NULL };

static lk_status set_prior(gaussian *g, const double *prior, lk_error *error)
{
	g->m0 = prior[0];
	g->k = prior[1];
	g->a = prior[2];
	g->b = prior[3];
	g->family.has_prior = true;
	if (!(g->k > 0 && g->a > 0 && g->b > 0))
		return lk_fail(error, LK_RANGE,
				"the prior's weight %g, shape %g and scale %g must all "
				"be above 0",
				g->k, g->a, g->b);
	return LK_OK;
}

/* Units in which mean and deviation are of the order of 1, taken from the range of
 * the numbers and not from what is to be estimated. */
static void choose_units(gaussian *g, const double *x, size_t n)
{
	double low = x[0], high = x[0];

	for (size_t i = 1; i < n; i++) {
		low = fmin(low, x[i]);
		high = fmax(high, x[i]);
	}
	g->origin = x[0];
	g->scale = high > low ? high - low : 1;
	if (g->family.has_prior) /* it may lie far from the numbers */
		g->scale = fmax(high > low ? g->scale : 0,
				fmax(fabs(g->m0 - g->origin), sqrt(g->b / g->a)));
}

lk_status lk_family_gaussian(lk_family **out, const double *x, size_t n,
		const double *prior, lk_error *error)
{
	gaussian *g = (gaussian *)lk_family_allocate(sizeof *g, &kind, 2);
	lk_status status = LK_OK;

	if (g) {
		g->family.name[0] = strdup("mean");
		g->family.name[1] = strdup("variance");
	}
	if (!g || !g->family.name[0] || !g->family.name[1]) {
		lk_family_free(g ? &g->family : NULL);
		return lk_fail(error, LK_NOMEM, "out of memory for a distribution");
	}
	g->family.least[0] = -INFINITY;
	g->family.most[0] = g->family.most[1] = INFINITY;
	/* Two passes: exact where numbers are large and their spread is small. */
	for (size_t i = 0; i < n; i++)
		add(g, x[i]);
	g->squares = 0;
	for (size_t i = 0; i < n; i++)
		g->squares += square(x[i] - g->mean);
	if (prior)
		status = set_prior(g, prior, error);
	choose_units(g, x, n);
	if (status)
		lk_family_free(&g->family);
	else
		*out = &g->family;
	return status;
}
