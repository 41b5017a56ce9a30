/* Data drawn from another distribution than the one named, and a bias that is not
 * what theory says. Seeds are fixed: nothing here depends on luck twice. */
#include "likelihood/simulate.h"

#include "support/main.h"

#include <math.h>
#include <string.h>

enum { RUNS = 4000 };

static void check(lk_family *family, const double *theta, size_t j, size_t n,
		double bias, double rmse)
{
	lk_simulated s, again;

	ck_assert_int_eq(lk_simulate(&s, family, theta, j, n, RUNS, 1, NULL), LK_OK);
	ck_assert_uint_eq(s.ml.runs, RUNS);
	ck_assert_double_eq_tol(s.ml.bias, bias, 4 * s.ml.bias_error);
	ck_assert_double_eq_tol(s.ml.rmse, rmse, 0.05 * rmse);
	ck_assert_double_eq_tol(s.ml.bias_error, sqrt(s.ml.rmse * s.ml.rmse -
			s.ml.bias * s.ml.bias) / sqrt(RUNS), 1e-12);
	ck_assert_int_eq(lk_simulate(&again, family, theta, j, n, RUNS, 1, NULL), LK_OK);
	ck_assert_mem_eq(&s.ml, &again.ml, sizeof s.ml);
	ck_assert_int_eq(lk_simulate(&again, family, theta, j, n, RUNS, 2, NULL), LK_OK);
	ck_assert_double_ne(s.ml.bias, again.ml.bias);
}

START_TEST(gaussian_variance_is_biased_as_theory_says)
{
	static const double x[] = { 0, 1 }, theta[] = { 3, 2 };
	lk_family *family;
	double n = 10, v = 2;

	ck_assert_int_eq(lk_family_gaussian(&family, x, 2, NULL, NULL), LK_OK);
	check(family, theta, 0, 10, 0, sqrt(v / n));
	/* variance of S/n is 2 v^2 (n - 1) / n^2 */
	check(family, theta, 1, 10, -v / n,
			sqrt(2 * v * v * (n - 1) / (n * n) + v * v / (n * n)));
	lk_family_free(family);
}
END_TEST

START_TEST(shares_are_unbiased)
{
	static char a[] = "a", b[] = "b", c[] = "c";
	static char *const names[] = { a, b, c };
	static const double counts[] = { 1, 1, 1 }, theta[] = { 0.2, 0.5, 0.3 };
	lk_family *family;
	lk_simulated s;

	ck_assert_int_eq(lk_family_categorical(&family, names, counts, 3, counts, NULL),
			LK_OK);
	for (size_t j = 0; j < 3; j++)
		check(family, theta, j, 20, 0, sqrt(theta[j] * (1 - theta[j]) / 20));
	/* twice the optimism times n is chi-squared with two degrees of freedom */
	ck_assert_int_eq(lk_simulate(&s, family, theta, 0, 500, RUNS, 1, NULL), LK_OK);
	ck_assert_double_eq_tol(s.optimism, 2 / 1000.0, 4 / sqrt(RUNS) / 500);
	/* Dirichlet(1, 1, 1) leaves the counts as they are */
	ck_assert_double_eq_tol(s.map.bias, s.ml.bias, 1e-15);
	lk_family_free(family);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulate");
	TCase *t = tcase_create("simulate");

	tcase_add_test(t, gaussian_variance_is_biased_as_theory_says);
	tcase_add_test(t, shares_are_unbiased);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
