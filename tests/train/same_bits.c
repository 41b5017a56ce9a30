/* A run cut off and continued, or computed by more threads, must be the same run:
 * a counter that is not saved, a log that is not cut, a sum whose order depends on
 * the team would show here. */
#include "support/main.h"
#include "train/sessions.h"

static session_config config;
static char *unbroken;

static void make(void)
{
	config = session_config_default();
	unbroken = session_unbroken(&config, "unbroken");
}

static void drop(void)
{
	free(unbroken);
	session_remove("unbroken");
}

static void finish(const char *name, int threads)
{
	lk_error error = { 0 };
	char *trace;
	session s;

	session_new(&s, &config);
	s.config.train.threads = threads;
	session_resume(&s, name);
	ck_assert_msg(!session_train(&s, &error), "%s", error.text);
	trace = session_trace(&s);
	ck_assert_str_eq(trace, unbroken);
	free(trace);
	session_free(&s);
	session_remove(name);
}

START_TEST(threads_do_not_matter)
{
	session_config more = config;
	more.train.threads = (const int[]){ 2, 3, 8 }[_i];
	char *trace = session_unbroken(&more, "threads");

	ck_assert_str_eq(trace, unbroken);
	free(trace);
	session_remove("threads");
}
END_TEST

START_TEST(stopped_after_any_step)
{
	lk_error error = { 0 };
	session s;

	session_new(&s, &config);
	session_create(&s, "stopped");
	s.stop_at = (size_t)_i;
	s.stop = _i == 0 ? SIGINT : 0; /* before the first step */
	ck_assert_int_eq(session_train(&s, &error), LK_STOPPED);
	ck_assert_uint_eq(s.state.step, _i);
	session_free(&s);
	finish("stopped", 1 + _i % 3);
}
END_TEST

START_TEST(killed_after_any_step)
{
	lk_error error = { 0 };
	session s;

	session_new(&s, &config);
	session_create(&s, "killed");
	s.fail_at = (size_t)_i;
	ck_assert_int_eq(session_train(&s, &error), LK_IO);
	ck_assert_uint_eq(s.state.step, _i);
	session_free(&s);
	finish("killed", 1);
}
END_TEST

/* Muon shares its matrices out among threads and keeps one moment of them. */
START_TEST(with_muon)
{
	session_config kept = config;
	char *kept_trace = unbroken;
	lk_error error = { 0 };
	session s;

	config.optimizer.kind = LK_MUON;
	config.optimizer.momentum = 0.95;
	config.optimizer.adam_rate = 0.1;
	config.optimizer.embedding_rate = 3;
	config.optimizer.threads = 3;
	unbroken = session_unbroken(&config, "muon-unbroken");
	ck_assert_str_ne(unbroken, kept_trace);
	session_new(&s, &config);
	session_create(&s, "muon");
	s.stop_at = 5;
	ck_assert_int_eq(session_train(&s, &error), LK_STOPPED);
	session_free(&s);
	finish("muon", 3);
	session_remove("muon-unbroken");
	free(unbroken);
	unbroken = kept_trace;
	config = kept;
}
END_TEST

START_TEST(stopped_after_every_step)
{
	session s;

	session_new(&s, &config);
	session_create(&s, "storm");
	for (size_t step = 1; step < 13; step++) {
		lk_error error = { 0 };

		s.stop_at = step;
		ck_assert_int_eq(session_train(&s, &error), LK_STOPPED);
		session_free(&s);
		session_new(&s, &config);
		session_resume(&s, "storm");
		ck_assert_uint_eq(s.state.step, step);
	}
	session_free(&s);
	finish("storm", 2);
}
END_TEST

START_TEST(done_is_done_again)
{
	lk_error error = { 0 };
	session s;

	session_new(&s, &config);
	session_resume(&s, "unbroken");
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	ck_assert_uint_eq(s.steps + s.evaluations + s.saves, 0);
	ck_assert_uint_eq(s.done.step, config.train.schedule.steps);
	char *trace = session_trace(&s);
	ck_assert_str_eq(trace, unbroken);
	free(trace);
	session_free(&s);
}
END_TEST

/* The trace must be able to differ. */
START_TEST(another_seed_is_another_run)
{
	session_config other = config;
	other.train.seed++;
	char *trace = session_unbroken(&other, "other");

	ck_assert_str_ne(trace, unbroken);
	free(trace);
	session_remove("other");
}
END_TEST

static Suite *same_bits_suite(void)
{
	Suite *suite = suite_create("same bits");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_unchecked_fixture(all, make, drop); /* once */
	tcase_add_loop_test(all, threads_do_not_matter, 0, 3);
	tcase_add_loop_test(all, stopped_after_any_step, 0, 16);
	tcase_add_loop_test(all, killed_after_any_step, 1, 16);
	tcase_add_test(all, with_muon);
	tcase_add_test(all, stopped_after_every_step);
	tcase_add_test(all, done_is_done_again);
	tcase_add_test(all, another_seed_is_another_run);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(same_bits_suite)
