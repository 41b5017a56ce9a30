#include "model/induction.h"

#include "model/parameters.h"

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

/* The score of a query and the key that it looks for, before softmax: e to this over
 * e to that of chance pairs has to exceed the number of positions. Norms alone give the
 * root of the head's size. */
#define SHARPNESS 11.3

/* What the heads of the second layer find, when all agree, adds so much to the logit
 * of its token, with an embedding of standard deviation 1; weights in the head are so
 * many times the embedding's, enough to outlast the first steps of Adam. */
#define ANSWER_LOGIT  5.0
#define ANSWER_WEIGHT 0.5

/* The tensors, and the channels of the stream:
 *   0                       the same for every token
 *   1 .. n                  a token's name, by which it is looked for
 *   1 .. m                  its name in an answer
 *   W - n - m .. W - n - 1  nothing at first; then the name of what was found
 *   W - n .. W - 1          nothing at first; then the name of the token before */
typedef struct {
	const lk_tensor *token, *head;
	const lk_tensor *qkv, *query_gain, *output;                /* of the first layer */
	const lk_tensor *next_qkv, *next_query_gain, *next_output; /* of the second */
	const lk_model_config *c;
	size_t pairs;      /* of channels that hold a name, n / 2 */
	size_t answer;     /* channels of an answer, m */
	size_t values;     /* first row of values in qkv */
	size_t keys_up;    /* heads of keys in the second layer that look up; its first */
	size_t queries_up; /* and of queries */
} induction;

static induction induction_of(const lk_tensor *tensors, size_t count,
		const lk_model_config *c)
{
	size_t half = c->head_size / 2, slow = half - half / 2, most = (c->width - 1) / 6;
	size_t pairs = slow < most ? slow : most, left = c->width - 1 - 4 * pairs;
	size_t quarter = left < c->width / 4 ? left : c->width / 4;
	size_t keys_up = c->kv_heads < LOOK_UP_HEADS ? c->kv_heads : LOOK_UP_HEADS;
	induction in = {
		.c = c,
		.pairs = pairs,
		.answer = c->head_size < quarter ? c->head_size : quarter,
		.values = (c->heads + c->kv_heads) * c->head_size,
		.keys_up = keys_up,
		.queries_up = keys_up * (c->heads / c->kv_heads),
	};
	struct {
		const lk_tensor **tensor;
		const char *name;
	} parts[] = {
		{ &in.token, "embedding.token.weight" },
		{ &in.head, "head.weight" },
		{ &in.qkv, "layer.0.attention.qkv.weight" },
		{ &in.query_gain, "layer.0.attention.query_norm.gain" },
		{ &in.output, "layer.0.attention.output.weight" },
		{ &in.next_qkv, "layer.1.attention.qkv.weight" },
		{ &in.next_query_gain, "layer.1.attention.query_norm.gain" },
		{ &in.next_output, "layer.1.attention.output.weight" },
	};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		*parts[i].tensor = lk_tensor_find(tensors, count, parts[i].name);
	return in;
}

/* Let a row of a matrix read one channel alone; SIZE_MAX: none. */
static void read_channel(const lk_tensor *matrix, size_t row, size_t channel)
{
	size_t columns = matrix->shape[1];

	for (size_t i = 0; i < columns; i++)
		lk_parameter_set(matrix, row * columns + i, i == channel);
}

static void sharpen(const lk_tensor *gain, const lk_model_config *c)
{
	double score = sqrt((double)c->head_size); /* without gains */

	for (size_t i = 0; gain && i < c->head_size; i++)
		lk_parameter_set(gain, i, fmax(SHARPNESS / score, 1));
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
		lk_parameter_set(in->token, v * W, LOOK_BACK_MEAN * c->embedding_std);
	for (size_t head = 0; head < H + K; head++)
		for (size_t i = 0; i < pairs; i++) {
			double frequency = pow(c->rope_base, -2 * (double)i / (double)D);
			double angle = head < H ? -frequency * (double)(head + 1) : 0;
			size_t row = head * D + i;

			lk_parameter_set(in->qkv, row * W, LOOK_BACK_WEIGHT * cos(angle));
			lk_parameter_set(in->qkv, (row + D / 2) * W, LOOK_BACK_WEIGHT * sin(angle));
		}
	sharpen(in->query_gain, c);
}

/* Let channels first .. first + count - 1 of the embedding hold nothing yet. */
static void empty(const induction *in, size_t first, size_t count)
{
	for (size_t v = 0; v < in->c->vocabulary; v++)
		for (size_t i = first; i < first + count; i++)
			lk_parameter_set(in->token, v * in->c->width + i, 0);
}

/* The first head, which looks one token back, writes down that token's name. */
static void write_names(const induction *in)
{
	const lk_model_config *c = in->c;
	size_t W = c->width, n = 2 * in->pairs, columns = in->output->shape[1];

	empty(in, W - n, n);
	for (size_t j = 0; j < n; j++) {
		read_channel(in->qkv, in->values + j, 1 + j);
		for (size_t i = 0; i < W - n; i++)
			lk_parameter_set(in->output, i * columns + j, 0);
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

	for (size_t head = 0; head < in->queries_up; head++)
		read_name(in, head, 1);
	for (size_t head = 0; head < in->keys_up; head++)
		read_name(in, c->heads + head, c->width - 2 * in->pairs);
	sharpen(in->next_query_gain, c);
}

/* The name of what stands there becomes that token's logit. */
static void answer(const induction *in)
{
	const lk_model_config *c = in->c;
	size_t W = c->width, D = c->head_size, m = in->answer, first = W - 2 * in->pairs - m;
	size_t columns = in->next_output->shape[1];
	double each = ANSWER_LOGIT / (ANSWER_WEIGHT * (double)(m * in->queries_up));

	empty(in, first, m);
	for (size_t j = 0; j < m; j++) {
		for (size_t v = 0; v < c->vocabulary; v++)
			lk_parameter_set(in->head, v * W + first + j, ANSWER_WEIGHT *
					lk_parameter_get(in->token, v * W + 1 + j));
		for (size_t head = 0; head < in->keys_up; head++)
			read_channel(in->next_qkv, in->values + head * D + j, 1 + j);
		for (size_t head = 0; head < in->queries_up; head++)
			lk_parameter_set(in->next_output, (first + j) * columns + head * D + j,
					each);
	}
}

void lk_induction_begin(const lk_tensor *tensors, size_t count,
		const lk_model_config *config)
{
	induction in = induction_of(tensors, count, config);

	look_back(&in);
	write_names(&in);
	if (in.next_qkv)
		look_up(&in);
	if (in.next_qkv && in.head)
		answer(&in);
}
