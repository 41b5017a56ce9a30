/* Accumulation must not change the gradient: a mean of means, a micro-batch that
 * overwrites the last, dropout masks that depend on the grouping would. */
#include "support/main.h"
#include "text/bpe_train.h"
#include "train/sessions.h"

#include <math.h>
#include <string.h>

enum { SEQUENCES = 12 };

/* The gradient of a step of 12 sequences in micro-batches of `batch`; the loss. */
static double gradient(double **out, size_t *n, size_t batch, int threads)
{
	session_config config = session_config_default();
	const lk_tensor *tensor;
	lk_stepper *stepper;
	size_t count, at = 0;
	lk_error error = { 0 };
	double loss;
	session s;

	config.train.batch = batch;
	config.train.accumulate = SEQUENCES / batch;
	config.train.threads = threads;
	session_new(&s, &config);
	ck_assert_int_eq(lk_stepper_new(&stepper, &s.trainer, &config.train, &error),
			LK_OK);
	ck_assert_uint_eq(lk_stepper_sequences(stepper), SEQUENCES);
	ck_assert_uint_eq(lk_stepper_targets(stepper), SEQUENCES * config.model.context);
	ck_assert_msg(!lk_stepper_run(stepper, 5, 0, 17, 0, &error), "%s", error.text);
	loss = lk_stepper_loss(stepper);
	tensor = lk_model_gradients(s.model, &count);
	*n = lk_model_config_parameters(&config.model);
	*out = calloc(*n, sizeof **out);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < lk_tensor_count(&tensor[i]); k++)
			(*out)[at++] = (double)((const float *)tensor[i].data)[k];
	ck_assert_uint_eq(at, *n);
	lk_stepper_free(stepper);
	session_free(&s);
	return loss;
}

START_TEST(accumulation_is_one_large_batch)
{
	size_t batch = (const size_t[]){ 1, 3, 4, 6 }[_i], n;
	double *whole, *parts, off = 0, norm = 0;
	double loss = gradient(&whole, &n, SEQUENCES, 1);

	ck_assert_double_eq_tol(gradient(&parts, &n, batch, 2), loss, 1e-6);
	for (size_t i = 0; i < n; i++) {
		off += (parts[i] - whole[i]) * (parts[i] - whole[i]);
		norm += whole[i] * whole[i];
	}
	ck_assert_double_gt(norm, 0.01);
	ck_assert_double_le(sqrt(off / norm), 1e-6);
	free(whole);
	free(parts);
}
END_TEST

START_TEST(a_rate_of_nothing_changes_nothing)
{
	session_config config = session_config_default();
	size_t count, nbytes;
	const lk_tensor *tensor;
	lk_stepper *stepper;
	session s;

	session_new(&s, &config);
	tensor = lk_model_parameters(s.model, &count);
	nbytes = lk_tensor_nbytes(&tensor[0]);
	void *before = malloc(nbytes);
	memcpy(before, tensor[0].data, nbytes);
	ck_assert_int_eq(lk_stepper_new(&stepper, &s.trainer, &config.train, NULL), LK_OK);
	ck_assert_int_eq(lk_stepper_run(stepper, 0, 0, 0, 0, NULL), LK_OK);
	ck_assert_mem_eq(before, tensor[0].data, nbytes);
	ck_assert_int_eq(lk_stepper_run(stepper, 0, 0, 0, 0.01, NULL), LK_OK);
	ck_assert_mem_ne(before, tensor[0].data, nbytes);
	free(before);
	lk_stepper_free(stepper);
	session_free(&s);
}
END_TEST

START_TEST(a_text_shorter_than_a_window_is_refused)
{
	session_config config = session_config_default();
	const uint32_t ids[] = { 256, 1, 2, 3 };
	lk_stepper *stepper;
	lk_error error;
	session s;

	session_new(&s, &config);
	lk_tokens_free(s.training);
	ck_assert_int_eq(lk_tokens_new_ids(&s.training, ids, 4, 256, NULL), LK_OK);
	s.trainer.training = s.training;
	ck_assert_int_eq(lk_stepper_new(&stepper, &s.trainer, &config.train, &error),
			LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "text: has 4 tokens"));
	session_free(&s);
}
END_TEST

static const char words[] =
		"the cat sat on the mat, the rat sat on the cat, that is that. that rat sat "
		"there, the cat there, on that mat there. the mat is the cat's, that is it.";

/* The losses of a step on sequences from number `sequence` on, of a text in tokens
 * of which dropout leaves out merges. */
static double dropout_loss(double p, size_t batch, int threads, uint64_t sequence)
{
	session_config config = session_config_default();
	lk_document document = { .path = "text",
		.text = (const unsigned char *)words,
		.nbytes = sizeof words - 1,
		.ends = true };
	lk_documents documents = { &document, 1, sizeof words - 1 };
	lk_bpe_train_config bpe = { .vocabulary = 280, .split = LK_SPLIT_GPT2,
		.threads = 1 };
	lk_tokenizer *tokenizer;
	lk_stepper *stepper;
	lk_error error = { 0 };
	double loss;
	session s;

	config.model.vocabulary = 280;
	config.train.batch = batch;
	config.train.accumulate = SEQUENCES / batch;
	config.train.threads = threads;
	config.train.bpe_dropout = p;
	session_new(&s, &config);
	ck_assert_int_eq(lk_tokenizer_new_bpe_trained(
					 &tokenizer, &documents, &bpe, NULL, NULL),
			LK_OK);
	lk_tokens_free(s.training);
	lk_tokens_new(&s.training, &documents, tokenizer, NULL);
	s.trainer.training = s.training;
	s.trainer.tokenizer = tokenizer;
	ck_assert_int_eq(lk_stepper_new(&stepper, &s.trainer, &config.train, &error),
			LK_OK);
	ck_assert_msg(!lk_stepper_run(stepper, 5, 0, sequence, 0, &error), "%s", error.text);
	loss = lk_stepper_loss(stepper);
	lk_stepper_free(stepper);
	session_free(&s);
	lk_tokenizer_free(tokenizer);
	return loss;
}

/* What is drawn belongs to a sequence, not to a thread or a micro-batch. */
START_TEST(dropped_merges_belong_to_sequences)
{
	double one = dropout_loss(0.3, SEQUENCES, 1, 17);

	for (int threads = 2; threads <= 8; threads *= 2)
		ck_assert_double_eq(dropout_loss(0.3, SEQUENCES, threads, 17), one);
	ck_assert_double_eq_tol(dropout_loss(0.3, 3, 1, 17), one, 1e-6);
	ck_assert_double_ne(dropout_loss(0, SEQUENCES, 1, 17), one);
}
END_TEST

static Suite *step_suite(void)
{
	Suite *suite = suite_create("step");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_loop_test(all, accumulation_is_one_large_batch, 0, 4);
	tcase_add_test(all, dropped_merges_belong_to_sequences);
	tcase_add_test(all, a_rate_of_nothing_changes_nothing);
	tcase_add_test(all, a_text_shorter_than_a_window_is_refused);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(step_suite)
