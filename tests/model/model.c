/* What must hold of a model besides its gradients: the same bits for any number
 * of threads, the same numbers in every build, accumulation, masks, padding. */
#include "model/parameters.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static void backward(lk_model *model, const lk_batch *batch, double scale,
		bool accumulate, int threads)
{
	#pragma omp parallel num_threads(threads)
	lk_model_forward_backward(model, batch, scale, accumulate);
}

static void forward(lk_model *model, const lk_batch *batch, double *nll, int threads)
{
	#pragma omp parallel num_threads(threads)
	lk_model_forward(model, batch, nll);
}

/* All gradients one after the other, as double. */
static size_t gather(const lk_model *model, double *to)
{
	size_t count, at = 0;
	const lk_tensor *gradient = lk_model_gradients(model, &count);

	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; i < lk_tensor_count(&gradient[n]); i++)
			to[at++] = gradient[n].dtype == LK_F64
					? ((double *)gradient[n].data)[i]
					: (double)((float *)gradient[n].data)[i];
	return at;
}

static double distance(const double *a, const double *b, size_t n)
{
	double off = 0, norm = 0;

	for (size_t i = 0; i < n; i++) {
		off += (a[i] - b[i]) * (a[i] - b[i]);
		norm += b[i] * b[i];
	}
	return sqrt(off / norm);
}

enum { MOST = 20000 };
static double first[MOST], second[MOST];

START_TEST(same_bits_for_any_number_of_threads)
{
	lk_model_config config = tiny_config(_i * 13);
	static const int threads[] = { 2, 3, 8 };
	lk_batch batch = tiny_batch();
	double nll;
	size_t n;

	config.dropout = _i % 2 ? 0.2 : 0;
	lk_model *model = tiny_model(&config, lk_isa_best());
	backward(model, &batch, 0.1, false, 1);
	nll = lk_model_nll(model, NULL);
	n = gather(model, first);
	ck_assert_uint_le(n, MOST);
	for (size_t i = 0; i < 3; i++) {
		backward(model, &batch, 0.1, false, threads[i]);
		gather(model, second);
		ck_assert_mem_eq(first, second, n * sizeof *first);
		ck_assert(nll == lk_model_nll(model, NULL));
	}
	lk_model_free(model);
}
END_TEST

START_TEST(every_build_agrees_with_double)
{
	lk_model_config config = tiny_config(_i * 13);
	lk_batch batch = tiny_batch();

	config.dropout = _i % 2 ? 0.2 : 0;
	lk_model *exact = tiny_model(&config, LK_ISA_F64);
	backward(exact, &batch, 0.1, false, 2);
	size_t n = gather(exact, first);
	for (int isa = LK_ISA_V2; isa <= (int)lk_isa_best(); isa++) {
		lk_model *model = tiny_model(&config, (lk_isa)isa);

		backward(model, &batch, 0.1, false, 2);
		gather(model, second);
		ck_assert_double_lt(distance(second, first, n), 1e-5);
		ck_assert_double_eq_tol(lk_model_nll(model, NULL),
				lk_model_nll(exact, NULL), 1e-4);
		lk_model_free(model);
	}
	lk_model_free(exact);
}
END_TEST

/* Two micro-batches give what the batch of both gives: dropout masks follow the
 * sequence's number, not its place. */
START_TEST(accumulation_is_the_larger_batch)
{
	lk_model_config config = tiny_config(_i * 19);
	lk_batch batch = tiny_batch();

	config.dropout = 0.25;
	lk_model *model = tiny_model(&config, LK_ISA_F64);
	backward(model, &batch, 0.1, false, 2);
	size_t n = gather(model, first);

	lk_batch part = batch;
	part.B = 1;
	backward(model, &part, 0.1, false, 2);
	part.B = TINY_B - 1;
	part.input += TINY_T;
	part.target += TINY_T;
	part.sequence += 1;
	backward(model, &part, 0.1, true, 2);
	gather(model, second);
	ck_assert_double_lt(distance(second, first, n), 1e-13);
	lk_model_free(model);
}
END_TEST

START_TEST(later_tokens_do_not_matter)
{
	lk_model_config config = tiny_config(_i * 11);
	lk_model *model = tiny_model(&config, LK_ISA_F64);
	lk_batch batch = tiny_batch();
	uint32_t changed[TINY_B * TINY_T];
	double before[TINY_B * TINY_T], after[TINY_B * TINY_T];

	forward(model, &batch, before, 2);
	memcpy(changed, batch.input, sizeof changed);
	changed[5] = (changed[5] + 1) % TINY_V;
	batch.input = changed;
	forward(model, &batch, after, 2);
	for (size_t r = 0; r < TINY_B * TINY_T; r++)
		if (batch.target[r] != LK_IGNORE)
			ck_assert_msg((before[r] == after[r]) == (r < 5 || r >= TINY_T),
					"position %zu: %g %g", r, before[r], after[r]);
		else
			ck_assert(before[r] == 0 && after[r] == 0);
	lk_model_free(model);
}
END_TEST

/* With documents masked, what stands before the last separator is invisible. */
START_TEST(a_masked_document_is_not_seen)
{
	lk_model_config config = tiny_config(1 + 4 * _i); /* rmsnorm, learned */
	lk_batch batch = tiny_batch();
	uint32_t text[TINY_T] = { 1, 2, 3, 9, 4, 5, 6, 7, 8 }, other[TINY_T];
	double before[TINY_T], after[TINY_T];

	lk_model *model = tiny_model(&config, LK_ISA_F64);
	batch.B = 1;
	batch.mask_at = 9;
	batch.input = text;
	batch.target = text;
	forward(model, &batch, before, 1);
	memcpy(other, text, sizeof text);
	other[1] = 10;
	batch.input = other;
	forward(model, &batch, after, 1);
	for (size_t t = 0; t < TINY_T; t++)
		ck_assert_msg((before[t] == after[t]) == (t < 1 || t >= 3),
				"position %zu: %g %g", t, before[t], after[t]);
	lk_model_free(model);
}
END_TEST

START_TEST(inference_agrees_with_training)
{
	lk_model_config config = tiny_config(_i * 7);
	lk_model *model = tiny_model(&config, LK_ISA_F64);
	lk_batch batch = tiny_batch();
	double train[TINY_B * TINY_T], infer[TINY_B * TINY_T];
	float logits[TINY_B * TINY_T * TINY_V];

	forward(model, &batch, train, 2);
	ck_assert_int_eq(lk_model_reserve(model, TINY_B, TINY_T, false, NULL), LK_OK);
	forward(model, &batch, infer, 2);
	ck_assert_mem_eq(train, infer, sizeof train);
	#pragma omp parallel num_threads(2)
	lk_model_logits(model, &batch, logits);
	for (size_t r = 0; r < TINY_B * TINY_T; r++) {
		double sum = 0;

		if (batch.target[r] == LK_IGNORE)
			continue;
		for (size_t v = 0; v < TINY_V; v++)
			sum += exp((double)logits[r * TINY_V + v]);
		ck_assert_double_eq_tol(infer[r],
				log(sum) - (double)logits[r * TINY_V +
							   batch.target[r]],
				1e-5);
	}
	lk_model_free(model);
}
END_TEST

START_TEST(the_initial_loss_is_that_of_guessing)
{
	lk_model_config config = lk_model_config_default();
	lk_batch batch = tiny_batch();
	lk_model *model;
	size_t scored;

	config.vocabulary = TINY_V;
	config.tied = false; /* tied, the input's own logit is large at first */
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, lk_isa_best(), NULL), LK_OK);
	ck_assert_int_eq(lk_model_reserve(model, TINY_B, TINY_T, false, NULL), LK_OK);
	lk_model_initialise(model, 1);
	forward(model, &batch, NULL, 2);
	double nll = lk_model_nll(model, &scored);
	ck_assert_double_eq_tol(nll / (double)scored, log(TINY_V), 0.2);
	lk_model_free(model);
}
END_TEST

START_TEST(parameters_are_counted_as_bound)
{
	lk_model_config config = tiny_config(_i);
	lk_model *model = tiny_model(&config, LK_ISA_F64);
	size_t count, sum = 0;
	const lk_tensor *tensor = lk_model_parameters(model, &count);

	for (size_t n = 0; n < count; n++)
		sum += lk_tensor_count(&tensor[n]);
	ck_assert_uint_eq(sum, lk_model_config_parameters(&config));
	ck_assert_uint_eq(count, lk_parameters_count(&config));
	lk_model_free(model);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, same_bits_for_any_number_of_threads, 0, 16);
	tcase_add_loop_test(t, every_build_agrees_with_double, 0, 16);
	tcase_add_loop_test(t, accumulation_is_the_larger_batch, 0, 16);
	tcase_add_loop_test(t, later_tokens_do_not_matter, 0, 16);
	tcase_add_loop_test(t, a_masked_document_is_not_seen, 0, 6);
	tcase_add_loop_test(t, inference_agrees_with_training, 0, 16);
	tcase_add_test(t, the_initial_loss_is_that_of_guessing);
	tcase_add_loop_test(t, parameters_are_counted_as_bound, 0, TINY_CONFIGS);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
