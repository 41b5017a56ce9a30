/* Minutes and epochs as steps; and measuring them must leave no trace. */
#include "support/main.h"
#include "train/plan.h"
#include "train/sessions.h"

START_TEST(epochs)
{
	ck_assert_uint_eq(lk_plan_epochs(1, 100, 10), 10);
	ck_assert_uint_eq(lk_plan_epochs(1, 101, 10), 11);
	ck_assert_uint_eq(lk_plan_epochs(2.5, 100, 10), 25);
	ck_assert_uint_eq(lk_plan_epochs(0.001, 100, 10), 1);
	ck_assert_uint_eq(lk_plan_epochs(1e9, UINT64_MAX, 1), 1000000000000);
}
END_TEST

START_TEST(seconds)
{
	lk_pace pace = { .step_s = 0.1, .eval_s = 0.5 };
	uint64_t every;

	/* 20 evaluations take 4 s of 60 */
	pace.eval_s = 0.2;
	ck_assert_uint_eq(lk_plan_seconds(&every, 60, &pace, 0), 560);
	ck_assert_uint_eq(every, 28);
	/* no more than a twelfth of the time: 3 of them */
	pace.eval_s = 1.5;
	ck_assert_uint_eq(lk_plan_seconds(&every, 60, &pace, 0), 555);
	ck_assert_uint_eq(every, 185);
	/* at least one, whatever it takes */
	pace.eval_s = 100;
	ck_assert_uint_eq(lk_plan_seconds(&every, 60, &pace, 0), 1);
	ck_assert_uint_eq(every, 1);
	/* at the user's cadence */
	pace.eval_s = 1;
	ck_assert_uint_eq(lk_plan_seconds(&every, 60, &pace, 10), 300);
	ck_assert_uint_eq(every, 10);
	/* one evaluation comes after the last step, however few steps are before it */
	ck_assert_uint_eq(lk_plan_seconds(&every, 61.75, &pace, 10), 307);
	ck_assert_uint_eq(lk_plan_seconds(&every, 60.75, &pace, 10), 300);
	ck_assert_uint_eq(lk_plan_seconds(&every, 0.5, &pace, 10), 1);
}
END_TEST

START_TEST(usual_cadences)
{
	ck_assert_uint_eq(lk_plan_eval_every(2000), 100);
	ck_assert_uint_eq(lk_plan_eval_every(2001), 101);
	ck_assert_uint_eq(lk_plan_eval_every(1), 1);
	ck_assert_uint_eq(lk_plan_warmup(50, false), 5);
	ck_assert_uint_eq(lk_plan_warmup(5, false), 0);
	ck_assert_uint_eq(lk_plan_warmup(100000, false), 100);
	ck_assert_uint_eq(lk_plan_warmup(500, true), 10);
	ck_assert_uint_eq(lk_plan_warmup(100000, true), 100);
}
END_TEST

START_TEST(measuring_leaves_no_trace)
{
	session_config config = session_config_default();
	char *unmeasured, *measured;
	lk_error error = { 0 };
	lk_pace pace;
	session s;

	config.optimizer.kind = _i ? LK_SGD : LK_ADAMW;
	config.optimizer.momentum = 0.9;
	unmeasured = session_unbroken(&config, "unmeasured");
	session_new(&s, &config);
	ck_assert_msg(!lk_pace_measure(&pace, &s.trainer, &config.train, 0.02, &error),
			"%s", error.text);
	ck_assert(pace.step_s > 0 && pace.step_s < 10);
	ck_assert(pace.eval_s > 0 && pace.eval_s < 10);
	session_create(&s, "measured");
	ck_assert_int_eq(session_train(&s, &error), LK_OK);
	measured = session_trace(&s);
	ck_assert_str_eq(measured, unmeasured);
	free(measured);
	free(unmeasured);
	session_free(&s);
	session_remove("measured");
	session_remove("unmeasured");
}
END_TEST

static Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_test(all, epochs);
	tcase_add_test(all, seconds);
	tcase_add_test(all, usual_cadences);
	tcase_add_loop_test(all, measuring_leaves_no_trace, 0, 2);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(plan_suite)
