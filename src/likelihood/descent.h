/* likelihood/descent.h
 * Minimise a function of a few numbers with the optimiser that trains the
 * Transformers (optim/optimizer.h): Adam in double on the full gradient, its
 * learning rate falling along half a cosine. */
#ifndef LK_LIKELIHOOD_DESCENT_H
#define LK_LIKELIHOOD_DESCENT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* The value at x [n]; writes its gradient to dx [n]. */
typedef double lk_objective(const void *context, const double *x, double *dx);

typedef struct {
	uint64_t steps;
	double rate;    /* the first learning rate */
	size_t weights; /* the first so many of x are weights, to which l2 applies */
	double l2;      /* adds l2/2 |weights|^2, as `likely train --l2` does */
} lk_descent;

/* What suffices for the smooth functions of this module, whose variables are of
 * the order of 1 to 10. */
lk_descent lk_descent_default(void);

/* x [n] begins as the starting point and ends as the minimum. Fails with
 * LK_DIVERGED where a gradient is not finite. */
lk_status lk_descend(double *x, size_t n, lk_objective *objective, const void *context,
		const lk_descent *descent, lk_error *error);

#endif
