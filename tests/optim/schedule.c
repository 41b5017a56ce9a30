/* Learning-rate schedules at the points that define them. */
#include "optim/schedule.h"
#include "support/main.h"

static lk_schedule make(lk_schedule_kind kind)
{
	return (lk_schedule){ .kind = kind, .peak = 1e-3, .least = 1e-4, .warmup = 10,
		.steps = 101, .cooldown = 0.2 };
}

static void check(lk_schedule schedule, uint64_t step, double rate)
{
	ck_assert_double_eq_tol(lk_schedule_rate(&schedule, step), rate, 1e-15);
}

START_TEST(warmup_is_linear)
{
	lk_schedule s = make((lk_schedule_kind)_i);

	check(s, 0, 1e-3 / 11);
	check(s, 4, 5e-3 / 11);
	check(s, 9, 1e-2 / 11);
	check(s, 10, 1e-3);
}
END_TEST

START_TEST(decay_at_known_points)
{
	lk_schedule s = make(LK_SCHEDULE_CONSTANT);

	check(s, 55, 1e-3);
	check(s, 100, 1e-3);
	s = make(LK_SCHEDULE_LINEAR);
	check(s, 55, 5.5e-4); /* half way from 10 to 100 */
	check(s, 91, 1.9e-4);
	check(s, 100, 1e-4);
	s = make(LK_SCHEDULE_COSINE);
	check(s, 40, 1e-4 + 9e-4 * 0.75); /* a third: cos 60 degrees = 1/2 */
	check(s, 55, 5.5e-4);
	check(s, 100, 1e-4);
	s = make(LK_SCHEDULE_WSD); /* the last 20 of 101 steps decay */
	check(s, 80, 1e-3);
	check(s, 85, 1e-3 - 9e-4 / 4);
	check(s, 100, 1e-4);
}
END_TEST

START_TEST(ends_stay_sensible)
{
	lk_schedule s = make((lk_schedule_kind)_i);
	double last = lk_schedule_rate(&s, 100);

	check(s, 101, last);
	check(s, UINT64_MAX, last);
	s.warmup = 0;
	check(s, 0, 1e-3);
	s.steps = 1; /* one step: at the peak, not at the end */
	check(s, 0, 1e-3);
	check(s, 5, 1e-3);
	s.warmup = 7; /* more warm-up than steps */
	s.steps = 3;
	check(s, 2, 3e-3 / 8);
	check(s, 9, 3e-3 / 8);
	s.cooldown = 1; /* all that warm-up leaves */
	s.warmup = 2;
	s.steps = 12;
	for (uint64_t i = 2; i < 12; i++)
		ck_assert_double_ge(lk_schedule_rate(&s, i) + 1e-18,
				lk_schedule_rate(&s, i + 1));
	check(s, 2, 1e-3);
	s.cooldown = 0;
	s.kind = LK_SCHEDULE_WSD;
	check(s, 11, 1e-3);
}
END_TEST

/* The rates of what is left: no jump, never up, down to the least at the end, and as
 * straight as before. */
static void check_bend(lk_schedule before, uint64_t step, uint64_t steps)
{
	lk_schedule s = before;
	double at, slope;

	lk_schedule_bend(&s, step, steps);
	at = lk_schedule_rate(&s, step);
	ck_assert_uint_le(s.steps, steps);
	ck_assert_uint_gt(s.steps, step + 1);
	ck_assert_double_eq_tol(at, lk_schedule_rate(&before, step),
			s.peak * 2 / (double)(s.steps - step));
	check(s, s.steps - 1, s.least);
	slope = (at - s.least) / (double)(s.steps - 1 - step);
	for (uint64_t i = step + 1; i < s.steps; i++) {
		double fall = lk_schedule_rate(&s, i - 1) - lk_schedule_rate(&s, i);

		ck_assert_double_ge(fall, 0);
		if (at < s.peak)
			ck_assert_double_eq_tol(fall, slope, 1e-9 * s.peak);
	}
}

START_TEST(bends)
{
	lk_schedule s = make(LK_SCHEDULE_WSD);

	s.steps = 1001;
	s.cooldown = 700.0 / 1001;
	for (uint64_t step = 11; step < 1000; step += 31)
		for (uint64_t steps = step + 2; steps < 2000; steps += 111)
			check_bend(s, step, steps);
	/* 200 of the fall's 700 steps are left at 800, and become 300 */
	lk_schedule_bend(&s, 800, 1101);
	ck_assert_uint_eq(s.steps, 1101);
	check(s, 800, 1e-4 + 9e-4 * 2 / 7);
	check(s, 950, 1e-4 + 9e-4 / 7);
	check(s, 1100, 1e-4);
	/* of which 150 are left at 950, and become 75 */
	lk_schedule_bend(&s, 950, 1026);
	check(s, 950, 1e-4 + 9e-4 / 7);
	check(s, 1025, 1e-4);
	/* before it falls, only the length changes */
	s = make(LK_SCHEDULE_WSD);
	lk_schedule_bend(&s, 30, 201);
	ck_assert_double_eq(s.cooldown, 0.2);
	ck_assert_uint_eq(s.steps, 201);
	check(s, 160, 1e-3);
	/* unless it should have begun to */
	lk_schedule_bend(&s, 100, 121);
	check(s, 100, 1e-3);
	check(s, 110, 5.5e-4);
	check(s, 120, 1e-4);
	/* nowhere does it lead into the warm-up */
	s.cooldown = 1;
	s.steps = 101;
	lk_schedule_bend(&s, 20, 100000);
	check(s, 20, 1e-3 - 9e-4 / 9);
	ck_assert_uint_lt(s.steps, 130);
	/* nor does what does not fall at all */
	s.cooldown = 0;
	lk_schedule_bend(&s, 50, 70);
	check(s, 69, 1e-3);
}
END_TEST

START_TEST(names)
{
	for (int i = 0; i < LK_SCHEDULE_COUNT; i++)
		ck_assert_int_eq(lk_schedule_find(lk_schedule_name(
						 (lk_schedule_kind)i)), i);
	ck_assert_int_eq(lk_schedule_find("no such"), -1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("schedule");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, warmup_is_linear, 0, LK_SCHEDULE_COUNT);
	tcase_add_test(tests, decay_at_known_points);
	tcase_add_loop_test(tests, ends_stay_sensible, 0, LK_SCHEDULE_COUNT);
	tcase_add_test(tests, bends);
	tcase_add_test(tests, names);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
