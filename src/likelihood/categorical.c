/* Outcomes without order: theta_i is the probability of outcome i.
 *
 *     l = sum_i c_i log theta_i        is greatest at theta_i = c_i / n,
 * and with a Dirichlet(alpha) prior every count is raised by alpha_i - 1:
 *     w_i = c_i + alpha_i - 1,  theta_i = w_i / sum w.
 * Standard errors come from the inverse of the observed information on the
 * simplex: sqrt(theta_i (1 - theta_i) / sum w). The free coordinates are logits,
 * theta = softmax, with gradient w_i - theta_i sum w: the same as a language
 * model's last layer. */
#include "likelihood/family.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	lk_family family;
	double *count;      /* [P] */
	double *alpha;      /* [P]; NULL without a prior */
	double *cumulative; /* [P] for drawing */
} categorical;

static const categorical *of(const lk_family *family)
{
	return (const categorical *)family;
}

/* w log theta, where 0 log 0 = 0 */
static double term(double w, double theta)
{
	return w == 0 ? 0 : w * log(theta);
}

static double log_likelihood(const lk_family *family, const double *theta)
{
	double sum = 0;

	for (size_t i = 0; i < family->parameters; i++)
		sum += term(of(family)->count[i], theta[i]);
	return sum;
}

static double log_prior(const lk_family *family, const double *theta)
{
	const double *alpha = of(family)->alpha;
	double sum = 0, total = 0;

	for (size_t i = 0; i < family->parameters; i++) {
		total += alpha[i];
		sum += term(alpha[i] - 1, theta[i]) - lgamma(alpha[i]);
	}
	return sum + lgamma(total);
}

static double weight(const categorical *c, bool prior, size_t i)
{
	return c->count[i] + (prior ? c->alpha[i] - 1 : 0);
}

/* What the weights say of the maximum. */
typedef struct {
	double sum;
	size_t below, none, above; /* weights < 0, = 0, > 0 */
	size_t first_below, first_none;
} survey;

static survey look(const lk_family *family, bool prior)
{
	survey s = { 0 };

	for (size_t i = 0; i < family->parameters; i++) {
		double w = weight(of(family), prior, i);

		s.sum += w;
		if (w < 0 && !s.below++)
			s.first_below = i;
		if (w == 0 && !s.none++)
			s.first_none = i;
		s.above += w > 0;
	}
	return s;
}

/* One sentence for what is no ordinary maximum. */
static void explain(const lk_family *family, bool prior, const survey *s, lk_mode *mode)
{
	const char *what = prior ? "posterior density" : "likelihood";

	*mode->why = '\0';
	if (s->below)
		snprintf(mode->why, sizeof mode->why,
				"The prior draws '%.60s' below what was seen of it: "
				"the "
				"posterior density grows without bound as its "
				"probability goes to 0. There is no mode, and no "
				"standard "
				"error.",
				family->name[s->first_below]);
	else if (!s->above)
		snprintf(mode->why, sizeof mode->why,
				"Every distribution is as good as any other: the %s is "
				"flat, and there is no one mode.",
				what);
	else if (s->none)
		snprintf(mode->why, sizeof mode->why,
				"'%.60s'%s never seen: the %s is greatest at the end "
				"of the "
				"range, probability 0, where its slope need not be 0. "
				"There "
				"is no standard error there, and what was never seen "
				"is held "
				"to be impossible.",
				family->name[s->first_none],
				s->none > 1 ? " and others were" : " was", what);
}

static void find_mode(const lk_family *family, bool prior, lk_mode *mode)
{
	survey s = look(family, prior);

	mode->exists = !s.below && s.above;
	mode->interior = mode->exists && !s.none;
	explain(family, prior, &s, mode);
	for (size_t i = 0; i < family->parameters; i++) {
		double theta = mode->exists ? weight(of(family), prior, i) / s.sum
					    : NAN;

		mode->theta[i] = theta;
		mode->error[i] = theta > 0 && theta < 1
						 ? sqrt(theta * (1 - theta) / s.sum)
						 : NAN;
	}
}

static void from_free(const lk_family *family, const double *free, double *theta)
{
	double top = free[0], sum = 0;

	for (size_t i = 1; i < family->parameters; i++)
		top = fmax(top, free[i]);
	for (size_t i = 0; i < family->parameters; i++)
		sum += theta[i] = exp(free[i] - top);
	for (size_t i = 0; i < family->parameters; i++)
		theta[i] /= sum;
}

static void gradient(
		const lk_family *family, bool prior, const double *theta, double *dfree)
{
	double sum = look(family, prior).sum;

	for (size_t i = 0; i < family->parameters; i++)
		dfree[i] = weight(of(family), prior, i) - theta[i] * sum;
}

/* The other outcomes keep their proportions, or share evenly where they had
 * nothing. */
static void move(const lk_family *family, size_t j, double x, double *theta)
{
	size_t P = family->parameters;
	double others = 0;

	for (size_t i = 0; i < P; i++)
		others += i == j ? 0 : theta[i];
	for (size_t i = 0; i < P; i++)
		if (i != j)
			theta[i] = (1 - x) * (others > 0 ? theta[i] / others
							 : 1 / (double)(P - 1));
	theta[j] = x;
}

static double bias(const double *theta, size_t j, double n)
{
	(void)theta;
	(void)j;
	(void)n;
	return 0;
}

/* The first outcome whose cumulative probability exceeds u; the last one with
 * any, where rounding leaves none. */
static size_t pick(const double *cumulative, size_t P, double u)
{
	size_t low = 0, high = P - 1;

	u *= cumulative[P - 1];
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cumulative[middle] > u)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void draw(lk_family *family, const double *theta, size_t n, lk_rng rng,
		uint64_t run)
{
	categorical *c = (categorical *)family;
	double sum = 0;

	for (size_t i = 0; i < family->parameters; i++) {
		c->cumulative[i] = sum += theta[i];
		c->count[i] = 0;
	}
	for (size_t i = 0; i < n; i++)
		c->count[pick(c->cumulative, family->parameters,
				lk_rng_uniform(rng, i, run))]++;
	family->n = (double)n;
}

static void release(lk_family *family)
{
	categorical *c = (categorical *)family;

	free(c->count);
	free(c->alpha);
	free(c->cumulative);
}

static const lk_family_kind categorical_kind = { "categorical", "outcome",
	log_likelihood, log_prior, find_mode, from_free, gradient, move, bias, draw,
	release };
static const lk_family_kind binomial_kind = { "binomial", "trial", log_likelihood,
	log_prior, find_mode, from_free, gradient, move, bias, draw, release };

static lk_status set_prior(categorical *c, const double *prior, lk_error *error)
{
	for (size_t i = 0; i < c->family.parameters; i++) {
		c->alpha[i] = prior[i];
		if (!(prior[i] > 0))
			return lk_fail(error, LK_RANGE,
					"the prior's %g for '%.60s' must be above 0",
					prior[i], c->family.name[i]);
	}
	c->family.has_prior = true;
	return LK_OK;
}

static lk_status make(lk_family **out, const lk_family_kind *kind, char *const *outcome,
		const double *count, size_t outcomes, const double *prior,
		lk_error *error)
{
	categorical *c = (categorical *)lk_family_allocate(sizeof *c, kind, outcomes);
	bool complete = c != NULL;
	lk_status status = LK_OK;

	if (c) {
		c->count = calloc(outcomes, sizeof *c->count);
		c->cumulative = calloc(outcomes, sizeof *c->cumulative);
		c->alpha = prior ? calloc(outcomes, sizeof *c->alpha) : NULL;
		complete = c->count && c->cumulative && (c->alpha || !prior);
	}
	for (size_t i = 0; complete && i < outcomes; i++) {
		c->family.name[i] = strdup(outcome[i]);
		complete = c->family.name[i] != NULL;
		c->family.most[i] = 1;
		c->family.n += c->count[i] = count[i];
	}
	if (!complete) {
		lk_family_free(c ? &c->family : NULL);
		return lk_fail(error, LK_NOMEM, "out of memory for %zu outcomes",
				outcomes);
	}
	c->family.free_dimensions = outcomes - 1;
	if (prior)
		status = set_prior(c, prior, error);
	if (status)
		lk_family_free(&c->family);
	else
		*out = &c->family;
	return status;
}

lk_status lk_family_categorical(lk_family **family, char *const *outcome,
		const double *count, size_t outcomes, const double *prior,
		lk_error *error)
{
	return make(family, &categorical_kind, outcome, count, outcomes, prior, error);
}

lk_status lk_family_binomial(lk_family **family, double successes, double trials,
		const double *prior, lk_error *error)
{
	char success[] = "success", failure[] = "failure";
	char *const outcome[] = { success, failure };
	const double count[] = { successes, trials - successes };
	lk_status status =
			make(family, &binomial_kind, outcome, count, 2, prior, error);

	if (!status)
		(*family)->shown = 1;
	return status;
}
