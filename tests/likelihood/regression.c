/* A fit that is not least squares, a penalty that is not the prior it claims to be,
 * an answer where there is none. */
#include "likelihood/regression.h"

#include "support/main.h"

#include <math.h>
#include <string.h>

enum { ROWS = 6, COLUMNS = 3, INPUTS = COLUMNS - 1 };
/* clang-format off */
static const double rows[ROWS * COLUMNS] = {
	1, 2, 3.1,  2, 1, 3.9,  3, 5, 9.2,  4, 3, 8.7,  5, 8, 14.9,  6, 4, 12.1,
};
/* clang-format on */

static lk_regression made(void)
{
	lk_regression regression;

	ck_assert_int_eq(lk_regression_new(&regression, rows, ROWS, COLUMNS, "data", NULL),
			LK_OK);
	return regression;
}

/* Reference values from normal equations solved elsewhere. */
START_TEST(closed_form)
{
	lk_regression r = made();
	lk_regression_fit fit;

	ck_assert_int_eq(lk_regression_solve(&fit, &r, 0, NULL), LK_OK);
	ck_assert(fit.exists);
	ck_assert_double_eq_tol(fit.weight[0], 0.5680732, 1e-7);
	ck_assert_double_eq_tol(fit.weight[1], 0.54064215, 1e-7);
	ck_assert_double_eq_tol(fit.variance, 0.0015716867328861917, 1e-12);
	ck_assert_double_eq_tol(fit.error[0], 0.02071661, 1e-8);
	lk_regression_fit_free(&fit);
	ck_assert_int_eq(lk_regression_solve(&fit, &r, 0.3, NULL), LK_OK);
	ck_assert_double_eq_tol(fit.weight[0], 0.56789512, 1e-7);
	ck_assert_double_eq_tol(fit.weight[1], 0.54049845, 1e-7);
	ck_assert_double_eq_tol(fit.variance, 0.0015717710428979827, 1e-12);
	lk_regression_fit_free(&fit);
	lk_regression_free(&r);
}
END_TEST

/* In the data's own units, from the residuals themselves. */
START_TEST(log_likelihood_is_that_of_the_residuals)
{
	lk_regression r = made();
	lk_regression_fit fit;
	double sum = 0, variance;

	ck_assert_int_eq(lk_regression_solve(&fit, &r, 0, NULL), LK_OK);
	variance = fit.variance * pow(r.deviation[INPUTS], 2);
	for (size_t i = 0; i < ROWS; i++) {
		const double *row = rows + i * COLUMNS;
		double off = row[INPUTS] - r.mean[INPUTS];

		for (size_t j = 0; j < INPUTS; j++)
			off -= fit.weight[j] * r.deviation[INPUTS] / r.deviation[j] *
			       (row[j] - r.mean[j]);
		sum -= log(2 * M_PI * variance) / 2 + off * off / (2 * variance);
	}
	ck_assert_double_eq_tol(lk_regression_log_likelihood(&r, &fit), sum, 1e-10);
	lk_regression_fit_free(&fit);
	lk_regression_free(&r);
}
END_TEST

static void check_descent(lk_regression_objective objective, double l2)
{
	lk_regression r = made();
	lk_regression_fit closed, found;

	ck_assert_int_eq(lk_regression_solve(&closed, &r, l2, NULL), LK_OK);
	ck_assert_int_eq(lk_regression_descend(&found, &r, objective, l2, NULL), LK_OK);
	for (size_t j = 0; j < INPUTS; j++)
		ck_assert_double_eq_tol(found.weight[j], closed.weight[j], 1e-9);
	ck_assert_double_eq_tol(found.variance, closed.variance, 1e-9);
	lk_regression_fit_free(&closed);
	lk_regression_fit_free(&found);
	lk_regression_free(&r);
}

START_TEST(all_ways_lead_to_one_fit)
{
	check_descent(LK_FIT_SQUARES, 0);
	check_descent(LK_FIT_NLL, 0);
	check_descent(LK_FIT_POSTERIOR, 0);
	check_descent(LK_FIT_NLL, 0.3);       /* the optimiser's penalty */
	check_descent(LK_FIT_POSTERIOR, 0.3); /* the prior it stands for */
	check_descent(LK_FIT_POSTERIOR, 20);
	check_descent(LK_FIT_NLL, 20);
}
END_TEST

static void check_none(const double *value, size_t count, const char *word)
{
	lk_regression r;
	lk_regression_fit fit;

	ck_assert_int_eq(lk_regression_new(&r, value, count, COLUMNS, "data", NULL),
			LK_OK);
	ck_assert_int_eq(lk_regression_solve(&fit, &r, 0, NULL), LK_OK);
	ck_assert(!fit.exists);
	ck_assert_msg(strstr(fit.why, word) != NULL, "%s", fit.why);
	lk_regression_fit_free(&fit);
	lk_regression_free(&r);
}

START_TEST(no_answer_is_said)
{
	static const double twins[] = { 1, 2, 3, 2, 4, 5, 3, 6, 6, 4, 8, 9 };
	static const double perfect[] = { 1, 2, 8, 2, 1, 7, 3, 5, 21, 7, 7, 35 };
	lk_regression r;
	lk_error error;

	check_none(twins, 4, "depend on each other");
	check_none(perfect, 4, "exactly");
	check_none(rows, 2, "depend on each other");
	static const double flat[] = { 1, 0.1, 3, 2, 0.1, 4, 5, 0.1, 7 };
	ck_assert_int_eq(lk_regression_new(&r, flat, 3, 3, "data", &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "column 2"));
	ck_assert_int_eq(lk_regression_new(&r, flat, 9, 1, "data", &error), LK_RANGE);
	ck_assert_int_eq(lk_regression_new(&r, flat, 1, 3, "data", &error), LK_RANGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("regression");
	TCase *t = tcase_create("regression");

	tcase_add_test(t, closed_form);
	tcase_add_test(t, log_likelihood_is_that_of_the_residuals);
	tcase_add_test(t, all_ways_lead_to_one_fit);
	tcase_add_test(t, no_answer_is_said);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
