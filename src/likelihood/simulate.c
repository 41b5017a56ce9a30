#include "likelihood/simulate.h"

#include <math.h>

static void add(lk_accuracy *a, double off)
{
	if (isnan(off))
		return;
	a->bias += off;
	a->rmse += off * off;
	a->runs++;
}

/* From sums to means. */
static void finish(lk_accuracy *a)
{
	double runs = (double)a->runs, mean = a->bias / runs, square = a->rmse / runs;

	a->bias = mean;
	a->rmse = sqrt(square);
	a->bias_error = sqrt(fmax(square - mean * mean, 0) / runs);
}

lk_status lk_simulate(lk_simulated *result, lk_family *family, const double *theta,
		size_t j, size_t n, size_t runs, uint64_t seed, lk_error *error)
{
	const lk_family_kind *kind = family->kind;
	lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);
	lk_mode mode;
	lk_status status = lk_mode_new(&mode, family, error);
	size_t fits = 0;

	if (status)
		return status;
	*result = (lk_simulated){ .n = n };
	for (size_t run = 0; run < runs; run++) {
		/* a stream for each n, so that no data set holds another */
		kind->draw(family, theta, n, rng, (uint64_t)n << 32 | run);
		kind->mode(family, false, &mode);
		add(&result->ml, mode.theta[j] - theta[j]);
		if (mode.exists) {
			result->optimism +=
					lk_family_height(family, false, mode.theta) -
					lk_family_height(family, false, theta);
			fits++;
		}
		if (family->has_prior) {
			kind->mode(family, true, &mode);
			add(&result->map, mode.theta[j] - theta[j]);
		}
	}
	result->optimism /= (double)fits * (double)n;
	finish(&result->ml);
	finish(&result->map);
	lk_mode_free(&mode);
	return LK_OK;
}
