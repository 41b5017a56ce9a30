/* How parameters begin. */
#include "base/tensor.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>

enum { WIDTH = 128 };

static lk_model *begun(bool zero_init, double embedding_std)
{
	lk_model_config config = lk_model_config_default();
	lk_model *model;

	config.vocabulary = 400;
	config.layers = 2;
	config.heads = 4;
	config.width = WIDTH;
	config.context = 32;
	config.tied = false;
	config.zero_init = zero_init;
	config.x0_mix = config.norm_gains = true;
	config.embedding_std = embedding_std;
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, LK_ISA_F64, NULL), LK_OK);
	lk_model_initialise(model, 1);
	return model;
}

/* Root of the mean square. */
static double size_of(const lk_model *model, const char *name)
{
	const lk_tensor *tensor = tiny_tensor(model, name);
	double sum = 0;

	for (size_t i = 0; i < lk_tensor_count(tensor); i++)
		sum += pow(((double *)tensor->data)[i], 2);
	return sqrt(sum / (double)lk_tensor_count(tensor));
}

START_TEST(weights_begin_as_configured)
{
	double deviation = _i ? 1 : 0.02;
	lk_model *model = begun(_i, deviation);

	ck_assert_double_eq_tol(size_of(model, "embedding.token.weight"), deviation,
			0.05 * deviation);
	ck_assert(size_of(model, "layer.1.mlp.norm.gain") == 1);
	ck_assert_double_eq_tol(size_of(model, "layer.1.mix"), sqrt(0.5), 1e-15);
	ck_assert_double_eq_tol(size_of(model, "layer.1.attention.qkv.weight"),
			sqrt(0.4 / WIDTH), 1e-3);
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

static Suite *suite(void)
{
	Suite *s = suite_create("initialise");
	TCase *t = tcase_create("initialise");

	tcase_add_loop_test(t, weights_begin_as_configured, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
