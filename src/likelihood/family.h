/* likelihood/family.h
 * A family of distributions and the data it is to be fitted to: what `likely mle`
 * knows of gaussian, binomial and categorical alike.
 *
 * A family has P parameters; theta [P] stands for their values. The data enter
 * through their sufficient statistics, so that everything below costs O(P),
 * however many observations there are. Maximum likelihood maximises
 *     l(theta) = sum_i log p(x_i | theta)
 * and maximum a posteriori (MAP) l(theta) + log prior(theta), the prior being a
 * density over theta itself: the mode of a posterior depends on the coordinates
 * that it is a density over. Logarithms are natural, likelihoods in nats.
 *
 * Adding a family: a file that fills in lk_family_kind, as gaussian.c does, and
 * the declaration of what makes one, here. */
#ifndef LK_LIKELIHOOD_FAMILY_H
#define LK_LIKELIHOOD_FAMILY_H

#include "base/rng.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct lk_family lk_family;

/* Where the likelihood, or the posterior density, is greatest. */
typedef struct {
	double *theta; /* [P]; NAN where exists is false and nothing is estimated */
	double *error; /* [P] standard errors, from the inverse of the observed Fisher
			  information; NAN where there is none */
	bool exists;   /* one theta is the best */
	bool interior; /* and lies inside the parameters' range, not at its end */
	char why[300]; /* what there is to say about it; may be empty */
} lk_mode;

typedef struct {
	const char *name;
	const char *noun; /* of one observation */
	/* l(theta), and log prior(theta) where there is a prior. */
	double (*log_likelihood)(const lk_family *, const double *theta);
	double (*log_prior)(const lk_family *, const double *theta);
	/* The closed form. */
	void (*mode)(const lk_family *, bool prior, lk_mode *);
	/* Coordinates in which every number is allowed, P of them: theta from them,
	 * and the gradient of l (+ log prior) with respect to them. Zero is a place
	 * to start from. */
	void (*from_free)(const lk_family *, const double *free, double *theta);
	void (*gradient)(const lk_family *, bool prior, const double *theta,
			double *dfree);
	/* theta moved so that parameter j is x: along what the curve is drawn. */
	void (*move)(const lk_family *, size_t j, double x, double *theta);
	/* Mean of the maximum likelihood estimate of parameter j from n observations,
	 * less theta[j]. */
	double (*bias)(const double *theta, size_t j, double n);
	/* Replace the data by n observations drawn from theta. */
	void (*draw)(lk_family *, const double *theta, size_t n, lk_rng, uint64_t run);
	void (*free)(lk_family *);
} lk_family_kind;

struct lk_family {
	const lk_family_kind *kind;
	size_t parameters;    /* P */
	size_t shown;         /* the first so many are worth showing (binomial: one) */
	char **name;          /* [P] */
	double *least, *most; /* [P] ends of their ranges */
	size_t free_dimensions; /* that theta can vary in */
	double n;               /* observations */
	bool has_prior;
};

/* The constructors take no ownership. A prior that is no proper distribution is
 * refused with LK_RANGE.
 *
 * gaussian: theta = (mean, variance). Variance has the divisor n. prior: NULL or
 *   { m, k, a, b }: variance ~ inverse gamma(a, b), mean ~ N(m, variance / k). */
lk_status lk_family_gaussian(lk_family **family, const double *x, size_t n,
		const double *prior, lk_error *error);

/* categorical: theta_i the probability of outcome i, seen count[i] times. prior:
 *   NULL, or the Dirichlet distribution's alpha [outcomes]. */
lk_status lk_family_categorical(lk_family **family, char *const *outcome,
		const double *count, size_t outcomes, const double *prior,
		lk_error *error);

/* binomial: the categorical family with the outcomes success and failure; a Beta
 *   prior { a, b } is its Dirichlet. The likelihood is that of the outcomes in
 *   their order: log C(n, k), which does not depend on theta, is left out. */
lk_status lk_family_binomial(lk_family **family, double successes, double trials,
		const double *prior, lk_error *error);

void lk_family_free(lk_family *family); /* accepts NULL */

lk_status lk_mode_new(lk_mode *mode, const lk_family *family, lk_error *error);
void lk_mode_free(lk_mode *mode);

/* l, or l + log prior. */
double lk_family_height(const lk_family *family, bool prior, const double *theta);

/* The same maximum by Adam, from zero in the free coordinates, on the objective
 * divided by -n: theta [P]. */
lk_status lk_family_descend(
		double *theta, const lk_family *family, bool prior, lk_error *error);

/* Where, along parameter j, the height has fallen by `fall` on either side of the
 * mode, or the range ends. */
void lk_family_span(double *low, double *high, const lk_family *family, bool prior,
		const lk_mode *mode, size_t j, double fall);

/* Height below that of the mode, at x[i] along parameter j. */
lk_status lk_family_curve(double *y, const lk_family *family, bool prior,
		const lk_mode *mode, size_t j, const double *x, size_t count,
		lk_error *error);

/* Used by the kinds: the common part, with room for P names (to be filled in by
 * the caller, malloc'd) and ranges. size: of the kind's own struct. */
lk_family *lk_family_allocate(size_t size, const lk_family_kind *kind, size_t P);

#endif
