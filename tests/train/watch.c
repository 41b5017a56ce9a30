/* Runs that go wrong: what is called diverging and stuck, and what is not; and that
 * one which is begun again ends well, to the same bits whatever interrupted it. */
#include "support/main.h"
#include "train/sessions.h"
#include "train/watch.h"

#include <math.h>
#include <string.h>

static session_config config;

static void make(void)
{
	config = session_config_default();
	config.train.recover = 3;
	config.train.rate_excess = 1;
	config.train.schedule.steps = 10000;
}

/* A trainer of which only texts and tokenizer are looked at. */
static session s;

static lk_status tell(double loss, lk_error *error)
{
	s.state.step++;
	return lk_watch_step(&s.trainer, &config.train, &s.state, 2048, loss, error);
}

/* Steps that are heard of, at most `most`, before something is wrong. */
static size_t steps_until(double first, double each, size_t most, const char *words)
{
	lk_error error = { 0 };
	size_t step = 0;

	while (step < most && tell(first + each * (double)step, &error) == LK_OK)
		step++;
	if (step < most)
		ck_assert_msg(strstr(error.text, words), "%s", error.text);
	return step;
}

/* The same, of a run of their own. */
static size_t steps_of_a_run(double first, double each, size_t most, const char *words)
{
	size_t steps;

	session_new(&s, &config);
	steps = steps_until(first, each, most, words);
	session_free(&s);
	return steps;
}

START_TEST(a_loss_that_rises)
{
	size_t step;

	session_new(&s, &config);
	ck_assert_uint_eq(steps_until(5.5, -0.02, 190, ""), 190); /* falls to 1.7 */
	/* by 0.05 a step: past 1.7 + (log 257 - 1.7) / 2 it is said, and not before */
	step = steps_until(1.7, 0.05, 1000, "the loss has risen");
	ck_assert_uint_gt(step, 40);
	ck_assert_uint_lt(step, 80);
	session_free(&s);
}
END_TEST

START_TEST(a_loss_that_never_fell)
{
	ck_assert_uint_lt(steps_of_a_run(5.5, 0.2, 1000, "the loss has risen"), 25);
}
END_TEST

START_TEST(what_is_normal)
{
	lk_error error = { 0 };

	session_new(&s, &config);
	/* down to 1.5, with noise and a few wild steps */
	for (size_t i = 0; i < 3000; i++) {
		double loss = 1.5 + 4 * exp(-(double)i / 100) + 0.3 * sin((double)i);

		ck_assert_msg(!tell(i % 500 == 499 ? 9 : loss, &error), "%s", error.text);
	}
	session_free(&s);
	/* a model that is trained further may begin anywhere, if it then learns */
	ck_assert_uint_eq(steps_of_a_run(9, -0.015, 550, ""), 550);
	/* and nobody is watched who would not begin again */
	config.train.recover = 0;
	ck_assert_uint_eq(steps_of_a_run(5.5, 0.2, 1000, ""), 1000);
}
END_TEST

/* The text's frequencies alone give about 2.9 nats, pairs about 2. */
START_TEST(a_loss_that_stays)
{
	ck_assert_uint_eq(steps_of_a_run(3.2, 0, 2000, "stuck"), 499); /* a twentieth */
	ck_assert_uint_eq(steps_of_a_run(2, 0, 2000, "stuck"), 2000);
	/* a rate far below what is usual is not at fault */
	config.train.rate_excess = 0.1;
	ck_assert_uint_eq(steps_of_a_run(3.2, 0, 2000, "stuck"), 2000);
}
END_TEST

START_TEST(rates_after_a_new_beginning)
{
	lk_training_state state = { .step = 100 };

	config.train.schedule = (lk_schedule){ .kind = LK_SCHEDULE_LINEAR, .peak = 1,
		.steps = 1000, .warmup = 9 };
	ck_assert_double_eq(lk_watch_rate(&config.train, &state),
			lk_schedule_rate(&config.train.schedule, 100));
	lk_watch_begin_again(&config.train, &state); /* to a third */
	ck_assert_uint_eq(state.begun, 100);
	ck_assert_double_eq_tol(lk_watch_rate(&config.train, &state), 0.1 / 3, 1e-12);
	state.step = 109;
	ck_assert_double_eq_tol(lk_watch_rate(&config.train, &state), 1 / 3., 1e-12);
	state.step = 999;
	ck_assert_double_eq(lk_watch_rate(&config.train, &state), 0);
	/* what is far above the usual goes there at once */
	state = (lk_training_state){ 0 };
	config.train.rate_excess = 50;
	lk_watch_begin_again(&config.train, &state);
	ck_assert_double_eq_tol(state.rate_scale, 0.02, 1e-12);
	lk_watch_begin_again(&config.train, &state);
	ck_assert_double_eq_tol(state.rate_scale, 0.02 / 3, 1e-12);
}
END_TEST

static lk_status renew(void *context, lk_model *model, lk_error *error)
{
	const session *of = context;

	(void)error;
	lk_model_initialise(model, of->config.train.seed);
	return LK_OK;
}

static lk_status train_until(session *run, size_t stop_at)
{
	lk_error error = { 0 };
	lk_status status;

	run->trainer.renew = renew;
	run->trainer.renew_context = run;
	run->any_rate = true;
	run->stop_at = stop_at;
	run->stop = 0;
	status = session_train(run, &error);
	ck_assert_msg(status == LK_OK || status == LK_STOPPED, "%s", error.text);
	return status;
}

/* SGD at a rate that leaves nothing finite, then at one which does. */
START_TEST(a_run_that_begins_again)
{
	char *unbroken, *resumed;
	size_t stops;

	config.optimizer = (lk_optimizer_config){ .kind = LK_SGD };
	config.train.schedule = (lk_schedule){ .kind = LK_SCHEDULE_COSINE, .peak = 1e19,
		.least = 1e19, .steps = 40 };
	config.train.rate_excess = 1e20;
	session_new(&s, &config);
	session_create(&s, "anew");
	ck_assert_int_eq(train_until(&s, SIZE_MAX), LK_OK);
	ck_assert_uint_eq(s.state.restarts, 1);
	ck_assert_uint_eq(s.restarts, 1);
	ck_assert_uint_eq(s.state.step, 40);
	ck_assert_double_lt(s.state.best_nll, 5.4);
	unbroken = session_trace(&s);
	session_free(&s);
	session_remove("anew");

	for (stops = 1; stops < 40; stops += 9) {
		session_new(&s, &config);
		session_create(&s, "anew");
		ck_assert_int_eq(train_until(&s, stops), LK_STOPPED);
		session_free(&s);
		session_new(&s, &config);
		session_resume(&s, "anew");
		ck_assert_int_eq(train_until(&s, SIZE_MAX), LK_OK);
		resumed = session_trace(&s);
		ck_assert_str_eq(resumed, unbroken);
		free(resumed);
		session_free(&s);
		session_remove("anew");
	}
	free(unbroken);
}
END_TEST

START_TEST(not_without_end)
{
	lk_error error = { 0 };

	config.optimizer = (lk_optimizer_config){ .kind = LK_SGD };
	config.train.schedule = (lk_schedule){ .kind = LK_SCHEDULE_COSINE, .peak = 1e19,
		.least = 1e19, .steps = 40 };
	config.train.recover = 2;
	session_new(&s, &config);
	session_create(&s, "never");
	s.trainer.renew = renew;
	s.trainer.renew_context = &s;
	s.any_rate = true;
	ck_assert_int_eq(session_train(&s, &error), LK_DIVERGED);
	ck_assert_uint_eq(s.restarts, 2);
	ck_assert_msg(strstr(error.text, "begun anew 2 times"), "%s", error.text);
	session_free(&s);
	session_remove("never");
}
END_TEST

static Suite *watch_suite(void)
{
	Suite *suite = suite_create("watch");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_checked_fixture(all, make, NULL);
	tcase_add_test(all, a_loss_that_rises);
	tcase_add_test(all, a_loss_that_never_fell);
	tcase_add_test(all, what_is_normal);
	tcase_add_test(all, a_loss_that_stays);
	tcase_add_test(all, rates_after_a_new_beginning);
	tcase_add_test(all, a_run_that_begins_again);
	tcase_add_test(all, not_without_end);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(watch_suite)
