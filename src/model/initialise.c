/* How the parameters of a model begin. */
#include "model/parameters.h"

#include "base/cpu.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>

/* Of previous-token heads: how many pairs of channels tell positions apart, the
 * weights of what all tokens have in common in them, and its size in the embedding,
 * in standard deviations of the rest. */
enum { LOOK_BACK_PAIRS = 3 };
#define LOOK_BACK_WEIGHT 1.0
#define LOOK_BACK_MEAN   4.0

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

/* Rounded to float, so that every build begins with the same numbers. */
static void set(const lk_tensor *tensor, size_t i, double value)
{
	if (tensor->dtype == LK_F32)
		((float *)tensor->data)[i] = (float)value;
	else
		((double *)tensor->data)[i] = (double)(float)value;
}

static void fill(const lk_tensor *tensor, size_t n, lk_rng rng, lk_init init,
		const lk_model_config *c)
{
	size_t count = lk_tensor_count(tensor);
	double deviation = deviation_of(tensor, init, c);

	assert(tensor->dtype == LK_F32 || tensor->dtype == LK_F64);
	#pragma omp parallel for num_threads(lk_cpu_count())
	for (size_t i = 0; i < count; i++)
		set(tensor, i, deviation > 0
				? deviation * (double)lk_rng_normal(rng, i, n)
				: init == LK_INIT_ONE || (init == LK_INIT_FIRST && i == 0));
}

/* Previous-token heads. What a query and a key have in common for whatever tokens
 * comes from channel 0 of the embedding, which is the same for all of them; it is
 * in the pairs that turn fastest, and of query head h it is turned h + 1 positions
 * back, so that its product with a key is greatest at that distance. What a head finds
 * there it writes from the first step on, zero_init or not. */
static void look_back(const lk_tensor *tensors, size_t count, lk_rng rng,
		const lk_model_config *c)
{
	const lk_tensor *token = lk_tensor_find(tensors, count, "embedding.token.weight");
	const lk_tensor *qkv = lk_tensor_find(tensors, count, "layer.0.attention.qkv.weight");
	const lk_tensor *output =
			lk_tensor_find(tensors, count, "layer.0.attention.output.weight");
	size_t W = c->width, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t pairs = D / 2 < LOOK_BACK_PAIRS ? D / 2 : LOOK_BACK_PAIRS;

	for (size_t v = 0; v < c->vocabulary; v++)
		set(token, v * W, LOOK_BACK_MEAN * c->embedding_std);
	for (size_t head = 0; head < H + K; head++)
		for (size_t i = 0; i < pairs; i++) {
			double frequency = pow(c->rope_base, -2 * (double)i / (double)D);
			double angle = head < H ? -frequency * (double)(head + 1) : 0;
			size_t row = head * D + i;

			set(qkv, row * W, LOOK_BACK_WEIGHT * cos(angle));
			set(qkv, (row + D / 2) * W, LOOK_BACK_WEIGHT * sin(angle));
		}
	fill(output, (size_t)(output - tensors), rng, LK_INIT_MATRIX, c);
}

void lk_parameters_initialise(const lk_tensor *tensors,
		const lk_model_config *config, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_INIT);
	const lk_model_config *c = config;
	size_t n = 0;

#define X(field, name, rows, columns, exists, init, role) \
	if (exists) {                                                             \
		fill(&tensors[n], n, rng, LK_INIT_##init, c);             \
		n++;                                                              \
	}
	LK_EMBEDDING_PARAMETERS(X)
	for (size_t layer = 0; layer < c->layers; layer++) {
		LK_LAYER_PARAMETERS(X)
	}
	LK_FINAL_PARAMETERS(X)
#undef X
	if (c->previous_token_init)
		look_back(tensors, n, rng, c);
}
