/* Discounts of Kneser-Ney: the closed form, and when it does not hold. */
#include "ngram/kneser_ney.h"
#include "support/main.h"

START_TEST(discounts_are_those_of_the_formula)
{
	/* Y = 100 / 180 */
	static const uint64_t nk[5] = { 0, 100, 40, 20, 10 };
	double D[4];

	ck_assert(lk_kneser_ney_discounts(D, nk));
	ck_assert_double_eq_tol(D[1], 1 - 2 * 100.0 / 180 * 40 / 100, 1e-15);
	ck_assert_double_eq_tol(D[2], 2 - 3 * 100.0 / 180 * 20 / 40, 1e-15);
	ck_assert_double_eq_tol(D[3], 3 - 4 * 100.0 / 180 * 10 / 20, 1e-15);
}
END_TEST

START_TEST(thin_counts_fall_back)
{
	static const struct {
		uint64_t nk[5];
		bool good;
	} cases[] = {
		{ { 0, 0, 40, 20, 10 }, false },
		{ { 0, 100, 0, 20, 10 }, false },
		{ { 0, 100, 40, 0, 10 }, false },
		{ { 0, 100, 40, 20, 0 }, true },   /* D3 = 3 is within range */
		{ { 0, 5, 40, 20, 10 }, true },
		{ { 0, 10, 10, 300, 10 }, false }, /* D2 < 0 */
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double D[4];

		ck_assert(lk_kneser_ney_discounts(D, cases[i].nk) == cases[i].good);
		if (!cases[i].good) {
			ck_assert(D[1] == LK_KNESER_NEY_D1);
			ck_assert(D[2] == LK_KNESER_NEY_D2);
			ck_assert(D[3] == LK_KNESER_NEY_D3);
		}
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("discounts");
	TCase *tests = tcase_create("discounts");

	tcase_add_test(tests, discounts_are_those_of_the_formula);
	tcase_add_test(tests, thin_counts_fall_back);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
