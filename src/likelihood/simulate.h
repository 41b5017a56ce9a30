/* likelihood/simulate.h
 * What estimates are worth: data sets of n observations are drawn from a known
 * theta, fitted, and compared with it. */
#ifndef LK_LIKELIHOOD_SIMULATE_H
#define LK_LIKELIHOOD_SIMULATE_H

#include "likelihood/family.h"

/* Over the runs that had an estimate. */
typedef struct {
	double bias;       /* mean of estimate - truth */
	double rmse;       /* root of its mean square */
	double bias_error; /* standard error of `bias`, from the runs' spread */
	size_t runs;       /* that had one */
} lk_accuracy;

typedef struct {
	size_t n;
	lk_accuracy ml, map; /* of one parameter; map where there is a prior */
	double optimism;     /* mean NLL per observation of the truth minus that of the
				fit on its own data, about dimensions / (2 n) */
} lk_simulated;

/* Draw `runs` data sets of n from theta [P] and estimate parameter j from each.
 * The family's data are overwritten. Depends on the seed alone. */
lk_status lk_simulate(lk_simulated *result, lk_family *family, const double *theta,
		size_t j, size_t n, size_t runs, uint64_t seed, lk_error *error);

#endif
