/* Induction heads from the start. */
#include "base/rng.h"
#include "base/tensor.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

enum { HEADS = 4, KV_HEADS = 2, SIZE = 32, FAR = 32, IDS = 400 };

/* What a model of this family begins with. */
static lk_model_config begin_with(double embedding_std, bool induction_init)
{
	lk_model_config config = lk_model_config_default();

	config.vocabulary = IDS;
	config.layers = 2;
	config.heads = HEADS;
	config.kv_heads = KV_HEADS;
	config.width = HEADS * SIZE;
	config.context = FAR;
	config.tied = false;
	config.zero_init = config.norm_gains = config.qk_norm = true;
	config.embedding_std = embedding_std;
	config.induction_init = induction_init;
	return config;
}

static lk_model *begun(lk_model_config config)
{
	lk_model *model;

	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, LK_ISA_F64, NULL), LK_OK);
	lk_model_initialise(model, 1);
	return model;
}

/* What tokens have in common: their mean embedding. */
static void mean_embedding(double mean[HEADS * SIZE], const lk_tensor *embedding)
{
	const double *e = embedding->data;
	size_t rows = embedding->shape[0], width = embedding->shape[1];

	memset(mean, 0, HEADS * SIZE * sizeof *mean);
	for (size_t v = 0; v < rows; v++)
		for (size_t i = 0; i < width; i++)
			mean[i] += e[v * width + i] / (double)rows;
}

/* y = rows first .. first + n - 1 of a matrix, times x. */
static void apply(double *y, const lk_tensor *matrix, size_t first, size_t n, const double *x)
{
	size_t columns = matrix->shape[1];
	const double *m = (double *)matrix->data + first * columns;

	for (size_t i = 0; i < n; i++) {
		y[i] = 0;
		for (size_t j = 0; j < columns; j++)
			y[i] += m[i * columns + j] * x[j];
	}
}

/* Their product in attention, the query so far behind the key, by the formula of
 * kernels/rope.h. */
static double product(const lk_tensor *qkv, const double *x, size_t head, size_t distance)
{
	double sum = 0, query[SIZE], key[SIZE];

	apply(query, qkv, head * SIZE, SIZE, x);
	apply(key, qkv, (HEADS + head / (HEADS / KV_HEADS)) * SIZE, SIZE, x);
	for (size_t i = 0; i < SIZE / 2; i++) {
		double angle = (double)distance * pow(10000, -2.0 * (double)i / SIZE);
		double a = query[i], b = query[i + SIZE / 2];

		sum += (a * cos(angle) - b * sin(angle)) * key[i] +
				(a * sin(angle) + b * cos(angle)) * key[i + SIZE / 2];
	}
	return sum;
}

START_TEST(heads_begin_by_looking_back)
{
	lk_model *model = begun(begin_with(_i ? 1 : 0.02, true));
	const lk_tensor *qkv = tiny_tensor(model, "layer.0.attention.qkv.weight");
	double mean[HEADS * SIZE];

	mean_embedding(mean, tiny_tensor(model, "embedding.token.weight"));
	for (size_t head = 0; head < HEADS; head++) {
		double there = product(qkv, mean, head, head + 1);

		for (size_t distance = 0; distance < FAR; distance++)
			if (distance != head + 1)
				ck_assert_msg(product(qkv, mean, head, distance) < 0.97 * there,
						"head %zu, %zu tokens back", head, distance);
	}
	lk_model_free(model);
}
END_TEST

static double cosine_of(const double a[SIZE], const double b[SIZE])
{
	double ab = 0, aa = 0, bb = 0;

	for (size_t i = 0; i < SIZE; i++) {
		ab += a[i] * b[i];
		aa += a[i] * a[i];
		bb += b[i] * b[i];
	}
	return ab / sqrt(aa * bb);
}

/* Where a token stood before, the key behind it is what the query of that token looks
 * for, and of no other. */
START_TEST(heads_begin_by_looking_up)
{
	enum { W = HEADS * SIZE, K_ROWS = HEADS * SIZE, V_ROWS = (HEADS + KV_HEADS) * SIZE };
	enum { TOKENS = 50 };
	lk_model *model = begun(begin_with(1, true));
	const double *embedding = tiny_tensor(model, "embedding.token.weight")->data;
	const lk_tensor *qkv = tiny_tensor(model, "layer.0.attention.qkv.weight");
	const lk_tensor *output = tiny_tensor(model, "layer.0.attention.output.weight");
	const lk_tensor *next = tiny_tensor(model, "layer.1.attention.qkv.weight");
	double query[TOKENS][SIZE], key[TOKENS][SIZE];

	for (size_t v = 0; v < TOKENS; v++) {
		double seen[W] = { 0 }, stream[W];

		/* what head 0 writes where it sees v and nothing else */
		apply(seen, qkv, V_ROWS, SIZE, &embedding[v * W]);
		apply(stream, output, 0, W, seen);
		apply(key[v], next, K_ROWS, SIZE, stream);
		apply(query[v], next, (size_t)_i * SIZE, SIZE, &embedding[v * W]);
	}
	for (size_t v = 0; v < TOKENS; v++) {
		/* nothing in pairs that turn within a few positions */
		for (size_t i = 0; i < SIZE / 4; i++)
			ck_assert(query[v][i] == 0 && query[v][i + SIZE / 2] == 0);
		for (size_t u = 0; u < TOKENS; u++)
			if (u == v)
				ck_assert_double_gt(cosine_of(query[v], key[u]), 0.999);
			else
				ck_assert_double_lt(cosine_of(query[v], key[u]), 0.9);
	}
	lk_model_free(model);
}
END_TEST

/* Random tokens, said twice: the mean NLL of the first time and of the second. */
static void said_twice(double nll[2], lk_model_config config)
{
	enum { ONCE = 200, T = 2 * ONCE };
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);
	lk_model *model;
	uint32_t tokens[T + 1];
	double each[T];
	lk_batch batch = { .input = tokens, .target = tokens + 1, .B = 1, .T = T,
		.mask_at = LK_IGNORE };

	config.context = T;
	model = begun(config);
	for (size_t t = 0; t <= T; t++)
		tokens[t] = t < ONCE ? (uint32_t)lk_rng_below(rng, t, 0, IDS)
				     : tokens[t - ONCE];
	ck_assert_int_eq(lk_model_reserve(model, 1, T, false, NULL), LK_OK);
	#pragma omp parallel num_threads(2)
	lk_model_forward(model, &batch, each);
	nll[0] = nll[1] = 0;
	for (size_t t = 0; t < T; t++)
		nll[t >= ONCE] += each[t] / ONCE;
	lk_model_free(model);
}

/* A model that was never trained knows what comes next where it came before, however
 * many heads share a key; where nothing repeats itself its guesses cost a little. */
START_TEST(a_repetition_is_expected)
{
	static const size_t kv_heads[] = { 1, 2, 4 };
	lk_model_config config = begin_with(1, true);
	double with[2], without[2], chance = log(IDS);

	config.kv_heads = kv_heads[_i];
	said_twice(with, config);
	config.induction_init = false;
	said_twice(without, config);
	ck_assert_double_eq_tol(without[1], chance, 1e-9);
	ck_assert_double_lt(with[0], chance + 0.8);
	ck_assert_double_lt(with[1], chance - 0.5);
}
END_TEST

/* Where the embedding is small, they begin by saying next to nothing. */
START_TEST(small_embeddings_are_not_drowned)
{
	double nll[2];

	said_twice(nll, begin_with(0.02, true));
	ck_assert_double_lt(fmax(nll[0], nll[1]), log(IDS) + 0.05);
}
END_TEST

/* Nothing else begins otherwise. */
START_TEST(the_rest_begins_as_ever)
{
	static const char *const touched[] = { "embedding.token.weight", "head.weight",
		"layer.0.attention.qkv.weight", "layer.0.attention.query_norm.gain",
		"layer.0.attention.output.weight", "layer.1.attention.qkv.weight",
		"layer.1.attention.query_norm.gain", "layer.1.attention.output.weight" };
	enum { TOUCHED = sizeof touched / sizeof *touched };
	lk_model *plain = begun(begin_with(1, false)), *model = begun(begin_with(1, true));
	size_t count, differ = 0;
	const lk_tensor *all = lk_model_parameters(model, &count);

	for (size_t n = 0; n < count; n++) {
		const double *is = all[n].data, *was = tiny_tensor(plain, all[n].name)->data;

		differ += memcmp(is, was, lk_tensor_count(&all[n]) * sizeof *is) != 0;
	}
	ck_assert_uint_eq(differ, TOUCHED);
	for (size_t i = 0; i < TOUCHED; i++) {
		const lk_tensor *is = tiny_tensor(model, touched[i]);

		ck_assert_mem_ne(is->data, tiny_tensor(plain, touched[i])->data,
				lk_tensor_count(is) * sizeof(double));
	}
	lk_model_free(plain);
	lk_model_free(model);
}
END_TEST

/* Nor do heads of the second layer that do not look up. */
START_TEST(other_heads_begin_as_ever)
{
	enum { W = HEADS * SIZE, UP = 2, ROWS = (HEADS - UP) * SIZE };
	lk_model_config config = begin_with(1, true);
	lk_model *model, *plain;
	const double *is, *was;

	config.kv_heads = HEADS;
	model = begun(config);
	config.induction_init = false;
	plain = begun(config);
	is = tiny_tensor(model, "layer.1.attention.qkv.weight")->data;
	was = tiny_tensor(plain, "layer.1.attention.qkv.weight")->data;
	for (size_t part = 0; part < 3; part++) { /* queries, keys, values */
		size_t at = (part * HEADS + UP) * SIZE * W;

		ck_assert_mem_eq(is + at, was + at, ROWS * W * sizeof *is);
		ck_assert_mem_ne(is + at - W, was + at - W, W * sizeof *is);
	}
	lk_model_free(plain);
	lk_model_free(model);
}
END_TEST

/* However small or odd its shape, a model has room for them. */
START_TEST(any_shape_begins)
{
	static const size_t shapes[][4] = { { 1, 1, 1, 2 }, { 2, 2, 1, 2 }, { 2, 6, 3, 2 },
		{ 1, 32, 1, 32 }, { 3, 8, 4, 10 }, { 2, 64, 2, 4 } };
	lk_model_config config = lk_model_config_default();
	lk_model *model;

	config.vocabulary = 3;
	config.context = 4;
	config.layers = shapes[_i / 2][0];
	config.width = shapes[_i / 2][1];
	config.heads = shapes[_i / 2][2];
	config.head_size = shapes[_i / 2][3];
	config.tied = _i % 2;
	config.induction_init = true;
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, LK_ISA_F64, NULL), LK_OK);
	lk_model_initialise(model, 1);
	lk_model_free(model);
}
END_TEST

START_TEST(without_rotary_positions_nobody_looks_back)
{
	lk_model_config config = lk_model_config_default();
	lk_error error;

	config.vocabulary = 400;
	config.induction_init = true;
	ck_assert_int_eq(lk_model_config_complete(&config, &error), LK_OK);
	config.position = LK_LEARNED;
	ck_assert_int_eq(lk_model_config_complete(&config, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "--induction-init=no"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("induction");
	TCase *t = tcase_create("induction");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, heads_begin_by_looking_back, 0, 2);
	tcase_add_loop_test(t, heads_begin_by_looking_up, 0, HEADS);
	tcase_add_loop_test(t, a_repetition_is_expected, 0, 3);
	tcase_add_test(t, small_embeddings_are_not_drowned);
	tcase_add_test(t, the_rest_begins_as_ever);
	tcase_add_test(t, other_heads_begin_as_ever);
	tcase_add_loop_test(t, any_shape_begins, 0, 12);
	tcase_add_test(t, without_rotary_positions_nobody_looks_back);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
