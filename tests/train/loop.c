/* What must end a run, and what must never reach a checkpoint: numbers that are
 * not finite, a text learnt by heart, a signal in the middle of an evaluation. */
#include "support/main.h"
#include "train/evaluation.h"
#include "train/sessions.h"

#include <math.h>
#include <string.h>

static session s;
static session_config config;

static const char *name;

static void begin(const char *new_name)
{
	name = new_name;
	session_new(&s, &config);
	session_create(&s, name);
}

static void end(void)
{
	session_free(&s);
	session_remove(name);
}

/* The step of the last checkpoint, whose weights must be finite. */
static uint64_t last_good(void)
{
	const lk_tensor *tensor;
	uint64_t step;
	size_t count;

	session_free(&s);
	session_new(&s, &config);
	session_resume(&s, name);
	tensor = lk_model_parameters(s.model, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < lk_tensor_count(&tensor[i]); k++)
			ck_assert(isfinite(((const float *)tensor[i].data)[k]));
	step = s.state.step;
	return step;
}

static void diverges(const char *words)
{
	lk_error error;

	ck_assert_int_eq(session_train(&s, &error), LK_DIVERGED);
	ck_assert_msg(strstr(error.text, words), "%s", error.text);
}

START_TEST(a_loss_that_is_not_finite)
{
	config.optimizer = (lk_optimizer_config){ .kind = LK_SGD };
	config.train.schedule.peak = config.train.schedule.least = 1e19;
	config.train.schedule.warmup = 0;
	begin("loss");
	diverges("step 2: the loss");
	ck_assert_uint_eq(s.state.step, 1);
	ck_assert_uint_eq(last_good(), 0);
	end();
}
END_TEST

START_TEST(a_gradient_that_is_not_finite)
{
	config.optimizer.l2 = 1e30;
	config.optimizer.clip = 0;
	begin("gradient");
	diverges("step 1: the gradient of embedding.token.weight");
	ck_assert_uint_eq(last_good(), 0);
	end();
}
END_TEST

START_TEST(an_update_that_overflows)
{
	config.optimizer = (lk_optimizer_config){ .kind = LK_SGD };
	config.train.schedule.peak = config.train.schedule.least = 1e300;
	config.train.schedule.warmup = 0;
	config.train.save_every = 1;
	begin("overflow");
	diverges("after step 1: ");
	ck_assert_uint_eq(last_good(), 0);
	end();
}
END_TEST

START_TEST(a_validation_loss_that_is_not_finite)
{
	config.optimizer = (lk_optimizer_config){ .kind = LK_SGD };
	config.train.schedule.peak = config.train.schedule.least = 1e19;
	config.train.schedule.warmup = 0;
	config.train.eval_every = 1;
	begin("validation");
	diverges("after step 1: the validation loss");
	ck_assert_uint_eq(last_good(), 0);
	end();
}
END_TEST

START_TEST(weights_that_are_bad_from_the_beginning)
{
	size_t count;

	begin("beginning");
	((float *)lk_model_parameters(s.model, &count)[1].data)[0] = NAN;
	diverges("after step 0: ");
	ck_assert_ptr_null(lk_run_last(s.run));
	end();
}
END_TEST

static void check_checkpoint(char *path, const char *step)
{
	ck_assert_ptr_nonnull(path);
	ck_assert_msg(strstr(path, step), "%s", path);
	free(path);
}

START_TEST(no_progress_ends_the_run_and_keeps_the_best)
{
	lk_error error;

	config.train.schedule.peak = config.train.schedule.least = 0;
	config.train.eval_every = 2;
	config.train.patience = 3;
	begin("patience");
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	ck_assert(s.done.stopped_early);
	ck_assert_uint_eq(s.done.step, 8); /* best at 2, none at 4, 6, 8 */
	ck_assert_uint_eq(s.done.best_step, 2);
	check_checkpoint(lk_run_best(s.run), "step-000002");
	check_checkpoint(lk_run_last(s.run), "step-000008");
	/* with more patience it goes on */
	ck_assert_uint_eq(last_good(), 8);
	s.config.train.patience = 5;
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	ck_assert_uint_eq(s.done.step, 12);
	ck_assert_uint_eq(s.done.best_step, 2);
	end();
}
END_TEST

START_TEST(cadences)
{
	lk_error error;

	begin("cadence"); /* 16 steps */
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	ck_assert_uint_eq(s.evaluations, 4); /* 5 10 15 16 */
	ck_assert_uint_eq(s.saves, 8);       /* 0 4 5 8 10 12 15 16 */
	ck_assert(!s.done.stopped_early);
	/* 3 micro-batches of 2 windows of 8 */
	ck_assert_uint_eq(s.state.sequences, 16 * 6);
	ck_assert_uint_eq(s.state.tokens, 16 * 6 * 8);
	end();
	config.train.eval_every = config.train.save_every = 0;
	begin("seldom");
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	ck_assert_uint_eq(s.evaluations, 1);
	ck_assert_uint_eq(s.saves, 2); /* before the first step, after the last */
	end();
}
END_TEST

static volatile sig_atomic_t pressed;
static size_t windows;

static lk_status score_windows(lk_predictor *predictor, const lk_tokens *tokens,
		size_t first, size_t count, lk_nll_sink *sink, void *context,
		lk_error *error)
{
	lk_status status = LK_OK;
	const double nll = 1;

	(void)predictor, (void)tokens, (void)error;
	for (size_t i = 1; i < count && !status; i++) {
		pressed = ++windows == 3 ? SIGINT : 0;
		status = sink(context, first + i, 1, &nll);
	}
	return status;
}

START_TEST(an_evaluation_lets_go)
{
	lk_predictor predictor = { .kind = "test", .vocabulary = 257, .score = score_windows };
	lk_score score;
	lk_error error = { 0 };

	begin("evaluation");
	windows = 0;
	ck_assert_int_eq(lk_evaluation_run(&score, &predictor, s.validation, &pressed,
					 &error), LK_STOPPED);
	ck_assert_uint_eq(windows, 3);
	windows = 10;
	ck_assert_int_eq(lk_evaluation_run(&score, &predictor, s.validation, &pressed,
					 &error), LK_OK);
	ck_assert_uint_eq(score.tokens, 61);
	ck_assert_double_eq_tol(lk_score_nll_per_token(&score), 1, 1e-12);
	end();
}
END_TEST

static void make(void)
{
	config = session_config_default();
}

static Suite *loop_suite(void)
{
	Suite *suite = suite_create("loop");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_checked_fixture(all, make, NULL);
	tcase_add_test(all, a_loss_that_is_not_finite);
	tcase_add_test(all, a_gradient_that_is_not_finite);
	tcase_add_test(all, an_update_that_overflows);
	tcase_add_test(all, a_validation_loss_that_is_not_finite);
	tcase_add_test(all, weights_that_are_bad_from_the_beginning);
	tcase_add_test(all, no_progress_ends_the_run_and_keeps_the_best);
	tcase_add_test(all, cadences);
	tcase_add_test(all, an_evaluation_lets_go);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(loop_suite)
