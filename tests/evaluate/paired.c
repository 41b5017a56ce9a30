/* Intervals against an independent program's, and what must hold of any. */
#include "evaluate/paired.h"

#include "base/rng.h"
#include "evaluate/paired_golden.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static const lk_entry entries[] = { { bits0, 1, 0 }, { bits1, 1, 0 }, { bits2, 1, 0 } };
static const lk_pair pairs[PAIRS] = { { .a = 0, .b = 1, .inflation = 1 }, { .a = 0, .b = 2, .inflation = 1 },
	{ .a = 1, .b = 2, .inflation = 1 } };

static void run(lk_pair *pair, size_t count, double *q, int threads)
{
	lk_resampling how = { RESAMPLES, SEED, threads };

	ck_assert_int_eq(lk_compare(pair, count, q, entries, nbytes, UNITS, &how, NULL),
			LK_OK);
}

START_TEST(as_by_definition)
{
	lk_pair pair[PAIRS];
	double q;

	memcpy(pair, pairs, sizeof pair);
	run(pair, PAIRS, &q, 2);
	ck_assert_double_eq_tol(q, critical, 1e-9);
	for (size_t p = 0; p < PAIRS; p++) {
		ck_assert_double_eq_tol(pair[p].difference, expected[p][0], 1e-12);
		ck_assert_double_eq_tol(pair[p].error, expected[p][1], 1e-12);
		ck_assert_double_eq_tol(pair[p].low, expected[p][2], 1e-11);
		ck_assert_double_eq_tol(pair[p].high, expected[p][3], 1e-11);
		ck_assert_double_eq_tol(pair[p].p, expected[p][4], 1e-12);
		ck_assert_uint_eq(pair[p].a_wins, (size_t)expected[p][5]);
		ck_assert_uint_eq(pair[p].b_wins, (size_t)expected[p][6]);
	}
}
END_TEST

START_TEST(threads_do_not_matter)
{
	lk_pair one[PAIRS], more[PAIRS];
	double q, r;

	memcpy(one, pairs, sizeof one);
	memcpy(more, pairs, sizeof more);
	run(one, PAIRS, &q, 1);
	run(more, PAIRS, &r, 2 + _i);
	ck_assert_double_eq(q, r);
	for (size_t p = 0; p < PAIRS; p++) {
		ck_assert_double_eq(one[p].low, more[p].low);
		ck_assert_double_eq(one[p].p, more[p].p);
	}
}
END_TEST

/* More pairs make every interval wider: they hold together. */
START_TEST(intervals_are_simultaneous)
{
	lk_pair all[PAIRS], alone = pairs[0];
	double together, single;

	memcpy(all, pairs, sizeof all);
	run(all, PAIRS, &together, 2);
	run(&alone, 1, &single, 2);
	ck_assert_double_gt(together, single);
	ck_assert_double_eq(all[0].error, alone.error);
	ck_assert_double_lt(all[0].low, alone.low);
}
END_TEST

/* Correlation that units leave between them widens intervals, and nothing else. */
START_TEST(inflation_widens)
{
	lk_pair plain = pairs[0], inflated = pairs[0];
	double q, r;

	run(&plain, 1, &q, 2);
	inflated.inflation = 4;
	run(&inflated, 1, &r, 2);
	ck_assert_double_eq_tol(q, r, 1e-9);
	ck_assert_double_eq_tol(inflated.error, 2 * plain.error, 1e-12);
	ck_assert_double_eq(inflated.difference, plain.difference);
	ck_assert_double_eq(inflated.p, plain.p);
}
END_TEST

START_TEST(equal_costs_make_no_difference)
{
	lk_entry same[] = { entries[0], entries[0] };
	lk_pair pair = { .a = 0, .b = 1, .inflation = 1 };
	lk_resampling how = { 200, 1, 2 };
	double q;

	ck_assert_int_eq(lk_compare(&pair, 1, &q, same, nbytes, UNITS, &how, NULL), LK_OK);
	ck_assert_double_eq(pair.difference, 0);
	ck_assert_double_eq(pair.low, 0);
	ck_assert_double_eq(pair.high, 0);
	ck_assert_double_eq(pair.p, 1);
	ck_assert_double_eq(lk_detectable(&pair, q), 0);
}
END_TEST

/* Draw the means of U normal units; in how many of 2,000 does the 95 % interval
 * hold the truth, and is a difference of the detectable size seen? */
START_TEST(coverage_and_power_of_normal_units)
{
	enum { U = 40, DRAWS = 2000 };
	lk_rng rng = lk_rng_new(3, LK_RNG_CHECK);
	double a[U], b[U] = { 0 }, n[U];
	size_t covered = 0, seen = 0;

	for (size_t i = 0; i < DRAWS; i++) {
		lk_entry entry[] = { { a, 1, 0 }, { b, 1, 0 } };
		lk_pair pair = { .a = 0, .b = 1, .inflation = 1 };
		lk_resampling how = { 400, i, 2 };
		double q, detectable;

		for (size_t u = 0; u < U; u++) {
			n[u] = 1;
			a[u] = lk_rng_normal(rng, i * U + u, 0);
		}
		ck_assert_int_eq(lk_compare(&pair, 1, &q, entry, n, U, &how, NULL), LK_OK);
		covered += pair.low <= 0 && pair.high >= 0;
		/* Where the truth is the detectable difference, the interval
		 * lies that much higher. */
		detectable = (q + 0.8416) / sqrt(U);
		seen += pair.low + detectable > 0;
	}
	/* Four standard errors of a share of 2,000. */
	ck_assert_double_eq_tol((double)covered / DRAWS, 0.95, 0.0195);
	ck_assert_double_eq_tol((double)seen / DRAWS, 0.80, 0.036);
}
END_TEST

/* Two recipes of three runs: the spread of the runs, by hand. */
START_TEST(runs_of_a_recipe)
{
	static const double n[] = { 10, 20, 10 }, r0[] = { 10, 20, 10 },
			    r1[] = { 12, 22, 10 }, r2[] = { 14, 24, 10 };
	const double *const runs[] = { r0, r1, r2 };
	double mean[3];
	lk_entry entry;

	lk_entry_of_runs(&entry, mean, runs, 3, n, 3);
	ck_assert_double_eq(mean[0], 12);
	ck_assert_double_eq(mean[1], 22);
	ck_assert_double_eq(mean[2], 10);
	/* 1.0, 1.1, 1.2 bits per byte: variance 0.01, of the mean a third. */
	ck_assert_double_eq_tol(entry.seed_variance, 0.01 / 3, 1e-12);
	ck_assert_uint_eq(entry.runs, 3);
	lk_entry_of_runs(&entry, mean, runs, 1, n, 3);
	ck_assert_double_eq(entry.seed_variance, 0);
}
END_TEST

/* With units that agree, only the seeds are unsure: the interval is that of a
 * t-test with k - 1 degrees of freedom against a known value, and more bytes do
 * not help. */
START_TEST(few_seeds_make_wide_intervals)
{
	enum { U = 40 };
	double a[U], b[U], n[U];
	lk_entry entry[] = { { a, 3, 0.01 / 3 }, { b, 1, 0 } };
	lk_pair pair = { .a = 0, .b = 1, .inflation = 1 };
	lk_resampling how = { 20000, 5, 2 };
	double q;

	for (size_t u = 0; u < U; u++) {
		n[u] = 1;
		a[u] = 1 + 1e-9 * (double)(u % 2);
		b[u] = 0;
	}
	ck_assert_int_eq(lk_compare(&pair, 1, &q, entry, n, U, &how, NULL), LK_OK);
	ck_assert_double_eq_tol(pair.error, sqrt(0.01 / 3), 1e-9);
	ck_assert_double_eq_tol(q, 4.3027, 0.25); /* t, 2 degrees, 97.5 % */
	ck_assert(isinf(lk_bytes_to_detect(&pair, q, 1000, 0.01)));
	ck_assert(isfinite(lk_bytes_to_detect(&pair, q, 1000, 1)));
}
END_TEST

START_TEST(bytes_to_detect_is_the_inverse_of_detectable)
{
	lk_pair pair = { .difference = 0.1, .unit_error = 0.02, .error = 0.02 };
	double x = lk_detectable(&pair, 2);

	ck_assert_double_eq_tol(x, 0.02 * 2.8416212, 1e-8);
	ck_assert_double_eq_tol(lk_bytes_to_detect(&pair, 2, 5000, x), 5000, 1e-6);
	ck_assert_double_eq_tol(lk_bytes_to_detect(&pair, 2, 5000, x / 2), 20000, 1e-5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("paired");
	TCase *t = tcase_create("paired");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, as_by_definition);
	tcase_add_loop_test(t, threads_do_not_matter, 0, 3);
	tcase_add_test(t, intervals_are_simultaneous);
	tcase_add_test(t, inflation_widens);
	tcase_add_test(t, equal_costs_make_no_difference);
	tcase_add_test(t, coverage_and_power_of_normal_units);
	tcase_add_test(t, runs_of_a_recipe);
	tcase_add_test(t, few_seeds_make_wide_intervals);
	tcase_add_test(t, bytes_to_detect_is_the_inverse_of_detectable);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
