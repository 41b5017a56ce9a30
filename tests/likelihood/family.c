/* A closed form that is not the maximum, a standard error that is not the
 * curvature, a gradient of another function, a maximum claimed where there is
 * none. */
#include "likelihood/family.h"

#include "support/main.h"

#include <math.h>
#include <string.h>

static const double numbers[] = { 1.5, 2.25, -0.75, 4, 3 };
static const double normal_prior[] = { 0.5, 2, 3, 1.5 };
static char a[] = "a", b[] = "b", c[] = "c";
static char *const outcomes[] = { a, b, c };

static lk_family *gaussian(bool prior)
{
	lk_family *family;

	ck_assert_int_eq(lk_family_gaussian(&family, numbers, 5,
					 prior ? normal_prior : NULL, NULL),
			LK_OK);
	return family;
}

static lk_family *categorical(const double *count, const double *prior)
{
	lk_family *family;

	ck_assert_int_eq(lk_family_categorical(&family, outcomes, count, 3, prior, NULL),
			LK_OK);
	return family;
}

static lk_family *binomial(double k, double n, const double *prior)
{
	lk_family *family;

	ck_assert_int_eq(lk_family_binomial(&family, k, n, prior, NULL), LK_OK);
	return family;
}

static lk_mode mode_of(const lk_family *family, bool prior)
{
	lk_mode mode;

	ck_assert_int_eq(lk_mode_new(&mode, family, NULL), LK_OK);
	family->kind->mode(family, prior, &mode);
	return mode;
}

/* Reference values from the definitions, computed outside of this program. */
START_TEST(densities_are_those_of_the_definition)
{
	static const double theta[] = { 1, 2 }, shares[] = { 0.2, 0.5, 0.3 };
	static const double counts[] = { 3, 0, 2 }, alpha[] = { 2, 0.5, 3 };
	lk_family *g = gaussian(true), *k = categorical(counts, alpha);

	ck_assert_double_eq_tol(lk_family_height(g, false, theta), -10.796310617423227,
			1e-12);
	ck_assert_double_eq_tol(g->kind->log_prior(g, theta), -4.043279111679905, 1e-12);
	ck_assert_double_eq_tol(lk_family_height(k, false, shares),
			3 * log(0.2) + 2 * log(0.3), 1e-12);
	ck_assert_double_eq_tol(
			k->kind->log_prior(k, shares), -0.9785080866719285, 1e-12);
	lk_family_free(g);
	lk_family_free(k);
}
END_TEST

START_TEST(closed_forms)
{
	static const double counts[] = { 3, 5, 2 }, alpha[] = { 2, 0.5, 3 };
	static const double beta[] = { 2, 2 };
	lk_family *g = gaussian(true), *k = categorical(counts, alpha);
	lk_family *coin = binomial(3, 10, beta);
	lk_mode ml = mode_of(g, false), map = mode_of(g, true);

	ck_assert_double_eq_tol(ml.theta[0], 2, 1e-15);
	ck_assert_double_eq_tol(ml.theta[1], 12.875 / 5, 1e-15);
	ck_assert_double_eq_tol(ml.error[0], sqrt(12.875 / 25), 1e-15);
	ck_assert_double_eq_tol(map.theta[0], (2 * 0.5 + 5 * 2.0) / 7, 1e-15);
	ck_assert_double_eq_tol(map.theta[1], (3 + 12.875 + 10.0 / 7 * 2.25) / (6 + 3 + 5),
			1e-15);
	ck_assert_ptr_nonnull(strstr(ml.why, "biased"));
	lk_mode_free(&ml);
	lk_mode_free(&map);
	ml = mode_of(k, false);
	map = mode_of(k, true);
	ck_assert_double_eq_tol(ml.theta[0], 0.3, 1e-15);
	ck_assert_double_eq_tol(ml.error[0], sqrt(0.3 * 0.7 / 10), 1e-15);
	ck_assert_double_eq_tol(map.theta[1], 4.5 / 12.5, 1e-15);
	lk_mode_free(&ml);
	lk_mode_free(&map);
	map = mode_of(coin, true);
	ck_assert_double_eq_tol(map.theta[0], 4 / 12.0, 1e-15);
	lk_mode_free(&map);
	lk_family_free(g);
	lk_family_free(k);
	lk_family_free(coin);
}
END_TEST

static double height_at(const lk_family *family, bool prior, const double *x)
{
	double theta[3];

	family->kind->from_free(family, x, theta);
	return lk_family_height(family, prior, theta);
}

/* The gradient against central differences, and the mode against its neighbours:
 * lower in every direction, with the curvature that the standard error says. */
static void check_family(lk_family *family, bool prior)
{
	size_t P = family->parameters;
	lk_mode mode = mode_of(family, prior);
	double x[3] = { 0.3, -0.7, 0.1 }, theta[3], dx[3], found[3];

	family->kind->from_free(family, x, theta);
	family->kind->gradient(family, prior, theta, dx);
	for (size_t j = 0; j < P; j++) {
		const double h = 1e-5, keep = x[j];

		x[j] = keep + h;
		double up = height_at(family, prior, x);
		x[j] = keep - h;
		double down = height_at(family, prior, x);
		x[j] = keep;
		ck_assert_double_eq_tol(dx[j], (up - down) / (2 * h),
				1e-7 * fmax(1, fabs(dx[j])));
	}
	ck_assert(mode.exists && mode.interior);
	for (size_t j = 0; j < P; j++) {
		double h = mode.error[j] * 1e-3, y[2];
		double at[2] = { mode.theta[j] - h, mode.theta[j] + h };

		lk_family_curve(y, family, prior, &mode, j, at, 2, NULL);
		ck_assert(y[0] < 0 && y[1] < 0);
		/* y = -h^2 / (2 error^2) */
		ck_assert_double_eq_tol((y[0] + y[1]) / -1e-6, 1, 1e-4);
		ck_assert_double_eq_tol(y[0] / y[1], 1, 1e-2);
	}
	ck_assert_int_eq(lk_family_descend(found, family, prior, NULL), LK_OK);
	for (size_t j = 0; j < P; j++)
		ck_assert_double_eq_tol(found[j], mode.theta[j], 1e-8 * mode.error[j]);
	lk_mode_free(&mode);
	lk_family_free(family);
}

START_TEST(modes_are_maxima_and_adam_finds_them)
{
	static const double counts[] = { 3, 5, 2 }, alpha[] = { 2, 0.5, 3 };
	static const double beta[] = { 0.7, 4 };

	for (int prior = 0; prior < 2; prior++) {
		check_family(gaussian(true), prior);
		check_family(categorical(counts, alpha), prior);
		check_family(binomial(3, 10, beta), prior);
	}
}
END_TEST

/* Numbers far from 0, whose squares have no digits left for the spread. */
START_TEST(large_numbers_keep_their_variance)
{
	double far[5], found[2];
	lk_family *family;
	lk_mode mode;

	for (size_t i = 0; i < 5; i++)
		far[i] = 1e9 + numbers[i];
	ck_assert_int_eq(lk_family_gaussian(&family, far, 5, NULL, NULL), LK_OK);
	mode = mode_of(family, false);
	ck_assert_double_eq_tol(mode.theta[1], 12.875 / 5, 1e-6);
	ck_assert_int_eq(lk_family_descend(found, family, false, NULL), LK_OK);
	ck_assert_double_eq_tol(found[1], 12.875 / 5, 1e-5);
	lk_mode_free(&mode);
	lk_family_free(family);
}
END_TEST

static void check_edge(lk_family *family, bool prior, bool exists, const char *word)
{
	lk_mode mode = mode_of(family, prior);

	ck_assert_int_eq(mode.exists, exists);
	ck_assert(!mode.interior);
	ck_assert_msg(strstr(mode.why, word) != NULL, "%s", mode.why);
	ck_assert(isnan(mode.error[0]));
	if (exists)
		ck_assert(mode.theta[0] == 0 || mode.theta[0] == 1);
	lk_mode_free(&mode);
	lk_family_free(family);
}

START_TEST(edges_are_stated)
{
	static const double uniform[] = { 1, 1 }, horns[] = { 0.5, 0.5 };
	static const double equal[] = { 2, 2, 2 };
	lk_family *family;

	check_edge(binomial(0, 10, NULL), false, true, "'success' was never seen");
	check_edge(binomial(10, 10, NULL), false, true, "'failure' was never seen");
	check_edge(binomial(0, 10, uniform), true, true, "end of the range");
	check_edge(binomial(0, 10, horns), true, false, "There is no mode");
	check_edge(binomial(10, 10, horns), true, false, "There is no mode");
	check_edge(binomial(0, 0, uniform), true, false, "flat");
	ck_assert_int_eq(lk_family_gaussian(&family, equal, 3, NULL, NULL), LK_OK);
	check_edge(family, false, false, "All numbers are equal");
	ck_assert_int_eq(lk_family_gaussian(&family, equal, 1, NULL, NULL), LK_OK);
	check_edge(family, false, false, "only one number");
}
END_TEST

/* With a prior, equal numbers have a mode. */
START_TEST(a_prior_cures_zero_variance)
{
	static const double equal[] = { 2, 2, 2 };
	lk_family *family;

	ck_assert_int_eq(lk_family_gaussian(&family, equal, 3, normal_prior, NULL),
			LK_OK);
	check_family(family, true);
}
END_TEST

START_TEST(improper_priors_are_refused)
{
	static const double bad[][4] = { { 0, 0, 1, 1 }, { 0, 1, 0, 1 },
		{ 0, 1, 1, -1 }, { 0, NAN, 1, 1 } };
	static const double beta[] = { 1, 0 };
	lk_family *family;
	lk_error error;

	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(lk_family_gaussian(&family, numbers, 5, bad[i], &error),
				LK_RANGE);
	ck_assert_int_eq(lk_family_binomial(&family, 3, 10, beta, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "failure"));
}
END_TEST

START_TEST(spans_end_where_the_curve_has_fallen)
{
	lk_family *g = gaussian(false), *coin = binomial(0, 10, NULL);
	lk_mode mode = mode_of(g, false);
	double ends[2], y[2];

	for (size_t j = 0; j < 2; j++) {
		lk_family_span(&ends[0], &ends[1], g, false, &mode, j, 4.5);
		lk_family_curve(y, g, false, &mode, j, ends, 2, NULL);
		ck_assert_double_eq_tol(y[0], -4.5, 1e-9);
		ck_assert_double_eq_tol(y[1], -4.5, 1e-9);
		ck_assert(ends[0] < mode.theta[j] && mode.theta[j] < ends[1]);
	}
	lk_mode_free(&mode);
	mode = mode_of(coin, false);
	lk_family_span(&ends[0], &ends[1], coin, false, &mode, 0, 4.5);
	ck_assert_double_eq(ends[0], 0);
	ck_assert_double_eq_tol(ends[1], 1 - exp(-0.45), 1e-9);
	lk_mode_free(&mode);
	lk_family_free(g);
	lk_family_free(coin);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("family");
	TCase *t = tcase_create("family");

	tcase_add_test(t, densities_are_those_of_the_definition);
	tcase_add_test(t, closed_forms);
	tcase_add_test(t, modes_are_maxima_and_adam_finds_them);
	tcase_add_test(t, large_numbers_keep_their_variance);
	tcase_add_test(t, edges_are_stated);
	tcase_add_test(t, a_prior_cures_zero_variance);
	tcase_add_test(t, improper_priors_are_refused);
	tcase_add_test(t, spans_end_where_the_curve_has_fallen);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
