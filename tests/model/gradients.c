/* Backpropagation through the whole model against finite differences, for every
 * combination of choices: finds a sign, a factor, a missing term or a tensor that
 * belongs to another layer in any one backward function. And batches whose gradients
 * are added: finds a place that begins anew. */
#include "model/check.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check_shape(lk_model_config config, size_t B, size_t T, uint32_t mask_at)
{
	lk_model *model = tiny_model_for(&config, LK_ISA_F64, B, T);
	lk_batch batch = tiny_batch_of(B, T);
	lk_gradient_check check[64];
	size_t count;
	const lk_tensor *tensor = lk_model_parameters(model, &count);
	char text[160];

	batch.mask_at = mask_at;
	ck_assert_uint_le(count, 64);
	ck_assert_int_eq(lk_check_gradients(check, model, &batch, 2, 1, 1, NULL, NULL,
					 NULL),
			LK_OK);
	for (size_t n = 0; n < count; n++) {
		/* A mix moves every activation at once: some cross the place
		 * where the second derivative of ReLU^2 jumps. */
		bool mix = strstr(tensor[n].name, "mix");
		bool kinks = config.mlp == LK_RELU2 && mix;
		/* The norm that follows takes a mix's scale away: what is left of
		 * its gradient may be so small (6e-5) that the rounding of the loss,
		 * 6e-11 in a central difference, is one in a million of it. */
		double bound = kinks ? 1e-4 : mix && check[n].norm < 1e-3 ? 1e-5 : 1e-6;

		ck_assert_msg(check[n].worst < bound &&
						check[n].checked > 1,
				"%s: tensor %s is off by %g (gradient norm %g)",
				tiny_text(&config, text), tensor[n].name,
				check[n].worst, check[n].norm);
	}
	lk_model_free(model);
}

static void check_config(lk_model_config config, uint32_t mask_at)
{
	check_shape(config, TINY_B, TINY_T, mask_at);
}

START_TEST(every_configuration)
{
	check_config(tiny_config(_i), LK_IGNORE);
}
END_TEST

/* The masks of one step are held fixed; without its backward twin each of the
 * three sites would show. */
START_TEST(with_dropout)
{
	lk_model_config config = tiny_config(_i * 17);

	config.dropout = 0.3;
	check_config(config, LK_IGNORE);
}
END_TEST

START_TEST(with_documents_masked)
{
	check_config(tiny_config(_i * 23), 5);
}
END_TEST

/* Rows shared out in slabs: of one sequence, of several, and of parts of one. */
START_TEST(in_slabs)
{
	const size_t shapes[][2] = { { 3, 70 }, { 7, 20 }, { 2, 150 } };
	lk_model_config config = tiny_config(_i * 19 + 1);

	config.context = 160;
	config.dropout = _i % 2 ? 0.3 : 0;
	check_shape(config, shapes[_i % 3][0], shapes[_i % 3][1],
			_i % 4 ? LK_IGNORE : 5);
}
END_TEST

/* The gradients after a batch: instead of those before, or added to them. */
static double *after(lk_model *model, const lk_batch *batch, bool accumulate, size_t *count)
{
	#pragma omp parallel num_threads(2)
	lk_model_forward_backward(model, batch, 0.05, accumulate);
	return tiny_gradients(model, count);
}

START_TEST(batches_add_up)
{
	lk_model_config config = tiny_config(_i);
	lk_model *model = tiny_model(&config, LK_ISA_F64);
	lk_batch first = tiny_batch_of(TINY_B + 1, TINY_T), second;
	double *one, *other, *both;
	size_t n;

	first.B = TINY_B;
	second = first;
	second.input += TINY_T;
	second.target += TINY_T;
	other = after(model, &second, false, &n);
	one = after(model, &first, false, &n);
	both = after(model, &second, true, &n);
	for (size_t i = 0; i < n; i++)
		ck_assert_double_eq_tol(both[i], one[i] + other[i],
				1e-12 * (1 + fabs(one[i]) + fabs(other[i])));
	free(one);
	free(other);
	free(both);
	lk_model_free(model);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("model gradients");
	TCase *t = tcase_create("gradients");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, every_configuration, 0, TINY_CONFIGS);
	tcase_add_loop_test(t, with_dropout, 0, 8);
	tcase_add_loop_test(t, with_documents_masked, 0, 8);
	tcase_add_loop_test(t, in_slabs, 0, 12);
	tcase_add_loop_test(t, batches_add_up, 0, TINY_CONFIGS);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
