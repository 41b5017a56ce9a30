/* How the parameters of a model begin. */
#include "model/parameters.h"

#include "base/cpu.h"
#include "base/rng.h"
#include "model/induction.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The standard deviation of a tensor's initial values. */
static double deviation_of(const lk_tensor *tensor, lk_init init,
		const lk_model_config *c)
{
	double narrow = sqrt(0.4 / (double)tensor->shape[1]);

	switch (init) {
	case LK_INIT_EMBEDDING:
		return c->embedding_std;
	case LK_INIT_HEAD:
		return c->zero_init ? 0 : 0.02;
	case LK_INIT_MATRIX:
		return narrow;
	case LK_INIT_OUTPUT:
		return c->zero_init ? 0 : narrow / sqrt(2 * (double)c->layers);
	case LK_INIT_FIRST:
	case LK_INIT_ONE:
	case LK_INIT_ZERO:
		break;
	}
	return 0;
}

/* How a tensor begins: what its first layer looks back at, a model with induction heads
 * writes from the first step on. */
static lk_init init_of(const lk_tensor *tensor, lk_init init, const lk_model_config *c)
{
	bool written = strcmp(tensor->name, "layer.0.attention.output.weight") == 0;

	return c->induction_init && written ? LK_INIT_MATRIX : init;
}

static void fill(const lk_tensor *tensor, size_t n, lk_rng rng, lk_init init,
		const lk_model_config *c)
{
	size_t count = lk_tensor_count(tensor);
	double deviation = deviation_of(tensor, init, c);

	assert(tensor->dtype == LK_F32 || tensor->dtype == LK_F64);
	#pragma omp parallel for num_threads(lk_cpu_count())
	for (size_t i = 0; i < count; i++)
		lk_parameter_set(tensor, i, deviation > 0
				? deviation * lk_rng_normal(rng, i, n)
				: init == LK_INIT_ONE || (init == LK_INIT_FIRST && i == 0));
}

void lk_parameters_initialise(const lk_tensor *tensors,
		const lk_model_config *config, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_INIT);
	const lk_model_config *c = config;
	size_t n = 0;

#define X(field, name, rows, columns, exists, init, role) \
	if (exists) {                                                             \
		fill(&tensors[n], n, rng, init_of(&tensors[n], LK_INIT_##init, c), c);    \
		n++;                                                              \
	}
	LK_EMBEDDING_PARAMETERS(X)
	for (size_t layer = 0; layer < c->layers; layer++) {
		LK_LAYER_PARAMETERS(X)
	}
	LK_FINAL_PARAMETERS(X)
#undef X
	if (c->induction_init)
		lk_induction_begin(tensors, n, c);
}
