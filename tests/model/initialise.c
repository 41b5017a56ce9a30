/* How parameters begin. */
#include "base/tensor.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

enum { HEADS = 4, KV_HEADS = 2, SIZE = 32, FAR = 32 };

static lk_model *begun(bool zero_init, double embedding_std, bool induction_init)
{
	lk_model_config config = lk_model_config_default();
	lk_model *model;

	config.vocabulary = 400;
	config.layers = 2;
	config.heads = HEADS;
	config.kv_heads = KV_HEADS;
	config.width = HEADS * SIZE;
	config.context = FAR;
	config.tied = false;
	config.zero_init = zero_init;
	config.x0_mix = config.norm_gains = config.qk_norm = true;
	config.embedding_std = embedding_std;
	config.induction_init = induction_init;
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, LK_ISA_F64, NULL), LK_OK);
	lk_model_initialise(model, 1);
	return model;
}

static const lk_tensor *tensor_of(const lk_model *model, const char *name)
{
	size_t count;
	const lk_tensor *all = lk_model_parameters(model, &count);
	const lk_tensor *tensor = lk_tensor_find(all, count, name);

	ck_assert_msg(tensor != NULL, "%s", name);
	return tensor;
}

/* Root of the mean square. */
static double size_of(const lk_model *model, const char *name)
{
	const lk_tensor *tensor = tensor_of(model, name);
	double sum = 0;

	for (size_t i = 0; i < lk_tensor_count(tensor); i++)
		sum += pow(((double *)tensor->data)[i], 2);
	return sqrt(sum / (double)lk_tensor_count(tensor));
}

START_TEST(weights_begin_as_configured)
{
	double deviation = _i ? 1 : 0.02;
	lk_model *model = begun(_i, deviation, false);

	ck_assert_double_eq_tol(size_of(model, "embedding.token.weight"), deviation,
			0.05 * deviation);
	ck_assert(size_of(model, "layer.1.mlp.norm.gain") == 1);
	ck_assert_double_eq_tol(size_of(model, "layer.1.mix"), sqrt(0.5), 1e-15);
	ck_assert_double_eq_tol(size_of(model, "layer.1.attention.qkv.weight"),
			sqrt(0.4 / (HEADS * SIZE)), 1e-3);
	if (_i) {
		ck_assert(size_of(model, "layer.1.attention.output.weight") == 0);
		ck_assert(size_of(model, "layer.0.mlp.down.weight") == 0);
		ck_assert(size_of(model, "head.weight") == 0);
	} else {
		ck_assert_double_gt(size_of(model, "layer.1.attention.output.weight"), 0);
		ck_assert_double_eq_tol(size_of(model, "head.weight"), 0.02, 1e-3);
	}
	lk_model_free(model);
}
END_TEST

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
	lk_model *model = begun(true, _i ? 1 : 0.02, true);
	const lk_tensor *qkv = tensor_of(model, "layer.0.attention.qkv.weight");
	double mean[HEADS * SIZE];

	mean_embedding(mean, tensor_of(model, "embedding.token.weight"));
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
	lk_model *model = begun(true, 1, true);
	const double *embedding = tensor_of(model, "embedding.token.weight")->data;
	const lk_tensor *qkv = tensor_of(model, "layer.0.attention.qkv.weight");
	const lk_tensor *output = tensor_of(model, "layer.0.attention.output.weight");
	const lk_tensor *next = tensor_of(model, "layer.1.attention.qkv.weight");
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

/* Nothing else begins otherwise. */
START_TEST(the_rest_begins_as_ever)
{
	lk_model *plain = begun(true, 1, false), *model = begun(true, 1, true);
	size_t count, differ = 0;
	const lk_tensor *all = lk_model_parameters(model, &count);

	for (size_t n = 0; n < count; n++) {
		const double *is = all[n].data, *was = tensor_of(plain, all[n].name)->data;

		differ += memcmp(is, was, lk_tensor_count(&all[n]) * sizeof *is) != 0;
		if (strcmp(all[n].name, "layer.1.attention.qkv.weight") == 0) /* its values */
			ck_assert_mem_eq(is + (HEADS + KV_HEADS) * SIZE * HEADS * SIZE,
					was + (HEADS + KV_HEADS) * SIZE * HEADS * SIZE,
					KV_HEADS * SIZE * HEADS * SIZE * sizeof *is);
	}
	ck_assert_uint_eq(differ, 4);
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
	config.layers = shapes[_i][0];
	config.width = shapes[_i][1];
	config.heads = shapes[_i][2];
	config.head_size = shapes[_i][3];
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
	Suite *s = suite_create("initialise");
	TCase *t = tcase_create("initialise");

	tcase_add_loop_test(t, weights_begin_as_configured, 0, 2);
	tcase_add_loop_test(t, heads_begin_by_looking_back, 0, 2);
	tcase_add_loop_test(t, heads_begin_by_looking_up, 0, HEADS);
	tcase_add_test(t, the_rest_begins_as_ever);
	tcase_add_loop_test(t, any_shape_begins, 0, 6);
	tcase_add_test(t, without_rotary_positions_nobody_looks_back);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
