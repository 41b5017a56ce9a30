/* How the parameters of a model begin. */
#include "model/parameters.h"

#include "base/cpu.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>

/* Of the heads that look back: how many pairs of channels tell positions apart, the
 * weights of what all tokens have in common in them, and its size in the embedding,
 * in standard deviations of the rest. */
enum { LOOK_BACK_PAIRS = 3 };
#define LOOK_BACK_WEIGHT 1.0
#define LOOK_BACK_MEAN   4.0

/* Heads of keys in the second layer that look up. */
enum { LOOK_UP_HEADS = 2 };

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
				? deviation * lk_rng_normal(rng, i, n)
				: init == LK_INIT_ONE || (init == LK_INIT_FIRST && i == 0));
}

/* The tensors that induction heads are made of, and the channels of the stream that
 * they use:
 *   0               the same for every token
 *   1 .. n          a token's name: these channels of its embedding
 *   W - n .. W - 1  nothing at first; then the name of the token before */
typedef struct {
	const lk_tensor *token, *qkv, *output, *next_qkv;
	const lk_model_config *c;
	size_t pairs; /* of channels that hold a name, n / 2 */
} induction;

static induction induction_of(const lk_tensor *tensors, size_t count,
		const lk_model_config *c)
{
	size_t half = c->head_size / 2, slow = half - half / 2, most = (c->width - 1) / 4;

	return (induction){
		.token = lk_tensor_find(tensors, count, "embedding.token.weight"),
		.qkv = lk_tensor_find(tensors, count, "layer.0.attention.qkv.weight"),
		.output = lk_tensor_find(tensors, count, "layer.0.attention.output.weight"),
		.next_qkv = lk_tensor_find(tensors, count, "layer.1.attention.qkv.weight"),
		.c = c,
		.pairs = slow < most ? slow : most,
	};
}

/* Let a row of a matrix read one channel alone; SIZE_MAX: none. */
static void read_channel(const lk_tensor *matrix, size_t row, size_t channel)
{
	size_t columns = matrix->shape[1];

	for (size_t i = 0; i < columns; i++)
		set(matrix, row * columns + i, i == channel);
}

/* What a query and a key of the first layer have in common for whatever tokens comes
 * from channel 0. It is in the pairs that turn fastest, and of query head h it is
 * turned h + 1 positions back, so that its product with a key is greatest there. */
static void look_back(const induction *in)
{
	const lk_model_config *c = in->c;
	size_t W = c->width, D = c->head_size, H = c->heads, K = c->kv_heads;
	size_t pairs = D / 2 < LOOK_BACK_PAIRS ? D / 2 : LOOK_BACK_PAIRS;

	for (size_t v = 0; v < c->vocabulary; v++)
		set(in->token, v * W, LOOK_BACK_MEAN * c->embedding_std);
	for (size_t head = 0; head < H + K; head++)
		for (size_t i = 0; i < pairs; i++) {
			double frequency = pow(c->rope_base, -2 * (double)i / (double)D);
			double angle = head < H ? -frequency * (double)(head + 1) : 0;
			size_t row = head * D + i;

			set(in->qkv, row * W, LOOK_BACK_WEIGHT * cos(angle));
			set(in->qkv, (row + D / 2) * W, LOOK_BACK_WEIGHT * sin(angle));
		}
}

/* The first head, which looks one token back, writes down that token's name. */
static void write_names(const induction *in)
{
	const lk_model_config *c = in->c;
	size_t W = c->width, n = 2 * in->pairs, values = (c->heads + c->kv_heads) * c->head_size;
	size_t columns = in->output->shape[1];

	for (size_t j = 0; j < n; j++) {
		for (size_t v = 0; v < c->vocabulary; v++)
			set(in->token, v * W + W - n + j, 0);
		read_channel(in->qkv, values + j, 1 + j);
		for (size_t i = 0; i < W - n; i++)
			set(in->output, i * columns + j, 0);
		read_channel(in->output, W - n + j, j);
	}
}

/* Let a head of the second layer, of queries or keys, read a name from channel first
 * on, in the pairs that turn slowest, and nothing else. */
static void read_name(const induction *in, size_t head, size_t first)
{
	size_t half = in->c->head_size / 2, fast = half - in->pairs;
	size_t row = head * in->c->head_size;

	for (size_t i = 0; i < half; i++) {
		size_t channel = first + i - fast;

		read_channel(in->next_qkv, row + i, i < fast ? SIZE_MAX : channel);
		read_channel(in->next_qkv, row + half + i,
				i < fast ? SIZE_MAX : channel + in->pairs);
	}
}

/* Heads of the second layer look for positions with the present token's name written
 * down, which are those behind it, however far. */
static void look_up(const induction *in)
{
	const lk_model_config *c = in->c;
	size_t heads = c->kv_heads < LOOK_UP_HEADS ? c->kv_heads : LOOK_UP_HEADS;

	for (size_t head = 0; head < heads * (c->heads / c->kv_heads); head++)
		read_name(in, head, 1);
	for (size_t head = 0; head < heads; head++)
		read_name(in, c->heads + head, c->width - 2 * in->pairs);
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
	if (c->induction_init) {
		induction in = induction_of(tensors, n, c);

		look_back(&in);
		fill(in.output, (size_t)(in.output - tensors), rng, LK_INIT_MATRIX, c);
		write_names(&in);
		if (in.next_qkv)
			look_up(&in);
	}
}
