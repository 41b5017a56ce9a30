/* tests/optim/parameters.h
 * A few tensors for an optimiser: a matrix of several blocks, a vector, a tiny
 * matrix; and the plain double arithmetic to compare with. */
#ifndef LK_TESTS_OPTIM_PARAMETERS_H
#define LK_TESTS_OPTIM_PARAMETERS_H

#include "optim/optimizer.h"

enum { TENSORS = 3, ELEMENTS = 150 * 301 + 70 + 6 };

typedef struct {
	lk_tensor w[TENSORS], g[TENSORS];
	lk_isa isa;
	double plain_w[ELEMENTS], plain_m[ELEMENTS], plain_v[ELEMENTS];
} parameters;

/* Weights drawn from the seed; gradients to be drawn. */
void parameters_new(parameters *p, lk_isa isa, int seed);
void parameters_free(parameters *p);

/* Draw gradients of this standard deviation. */
void parameters_draw(parameters *p, int seed, double deviation);

/* Number i of all tensors one after the other. */
double parameters_get(const lk_tensor *tensors, size_t i);
void parameters_set(const lk_tensor *tensors, size_t i, double value);

/* One step in double, as the header of the optimiser states it. */
void parameters_plain_step(parameters *p, const lk_optimizer_config *config,
		uint64_t t, double rate);

/* Norm of the gradient, L2 included. */
double parameters_plain_norm(const parameters *p, const lk_optimizer_config *config);

/* Greatest |w - plain w|. */
double parameters_distance(const parameters *p);

#endif
