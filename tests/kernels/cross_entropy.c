/* Softmax and cross-entropy: value, gradient, ignored targets, padding,
 * stability, and that what is not finite is reported so. */
#include "kernels/cross_entropy.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][3] = { { 1, 1, 1 }, { 1, 7, 7 }, { 4, 5, 8 },
	{ 3, 65, 80 }, { 2, 600, 601 } }; /* R, V, ld */
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 2048 };

static size_t R, V, ld;
static lk_real logits[MOST], d[MOST];
static uint32_t target[8];
static double nll[8], nll2[8];

static void setup(int i)
{
	R = shapes[i][0];
	V = shapes[i][1];
	ld = shapes[i][2];
	test_normal(1, logits, R * ld);
	for (size_t r = 0; r < R; r++)
		target[r] = (uint32_t)((7 * r + 3) % V);
	if (R > 1)
		target[1] = UINT32_MAX;
}

static lk_real loss(void)
{
	lk_real sum = 0;

	lk_cross_entropy_forward(nll, logits, target, R, V, ld);
	for (size_t r = 0; r < R; r++)
		sum += nll[r];
	return 0.3 * sum;
}

START_TEST(forward_is_the_definition)
{
	setup(_i);
	loss();
	for (size_t r = 0; r < R; r++) {
		double sum = 0, want = 0;

		for (size_t v = 0; v < V; v++)
			sum += exp(logits[r * ld + v]);
		if (target[r] != UINT32_MAX)
			want = log(sum) - logits[r * ld + target[r]];
		ck_assert_double_eq_tol(nll[r], want, 1e-12);
	}
}
END_TEST

START_TEST(backward_matches_differences)
{
	setup(_i);
	loss();
	for (size_t i = 0; i < R * ld; i++)
		d[i] = i % ld < V ? logits[i] : NAN; /* padding is written, not read */
	lk_cross_entropy_forward_backward(nll2, d, target, R, V, ld, 0.3);
	for (size_t r = 0; r < R; r++)
		ck_assert_double_eq_tol(nll2[r], nll[r], 1e-13);
	/* ignored rows and padding: slope 0 */
	test_check_gradient("d", loss, logits, d, R * ld);
}
END_TEST

START_TEST(large_logits_are_stable)
{
	const lk_real big[3] = { 1e4, 1e4 - 1, -1e4 };

	target[0] = 1;
	lk_cross_entropy_forward(nll, big, target, 1, 3, 3);
	ck_assert_double_eq_tol(nll[0], 1 + log1p(exp(-1)), 1e-10);
	target[0] = 2;
	lk_cross_entropy_forward(nll, big, target, 1, 3, 3);
	ck_assert_double_eq_tol(nll[0], 2e4 + log1p(exp(-1)), 1e-9);
}
END_TEST

START_TEST(not_finite_is_reported)
{
	const double bad[] = { NAN, INFINITY, -INFINITY };

	for (size_t at = 0; at < 65; at += 13)
		for (uint32_t to = 0; to < 2; to++) {
			setup(3);
			target[0] = to ? (uint32_t)at : 64;
			logits[at] = bad[_i];
			lk_cross_entropy_forward(nll, logits, target, R, V, ld);
			ck_assert(!isfinite(nll[0]) && isfinite(nll[2]));
			lk_cross_entropy_forward_backward(nll, logits, target, R, V,
					ld, 1);
			ck_assert(!isfinite(nll[0]) && isfinite(nll[2]));
		}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("cross_entropy");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_test(tests, large_logits_are_stable);
	tcase_add_loop_test(tests, not_finite_is_reported, 0, 3);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
