/* The sum that joins a sublayer to its input. */
#include "kernels/residual.h"
#include "support/main.h"
#include "support/numeric.h"

static const size_t sizes[] = { 1, 7, 4096, 10000 };
enum { SIZES = sizeof sizes / sizeof *sizes, MOST = 10000 };

static lk_real a[MOST], b[MOST], y[MOST], want[MOST];

START_TEST(adds)
{
	size_t n = sizes[_i];

	test_normal(1, a, n);
	test_normal(2, b, n);
	for (size_t i = 0; i < n; i++)
		want[i] = a[i] + b[i];
	test_spoil(y, n);
	lk_residual_forward(y, a, b, n);
	test_check_equal("y", y, want, n, 0);
	lk_residual_forward(a, a, b, n);
	test_check_equal("in place", a, want, n, 0);
}
END_TEST

START_TEST(backward_adds_the_gradient)
{
	size_t n = sizes[_i];

	test_normal(1, a, n);
	test_normal(2, b, n);
	for (size_t i = 0; i < n; i++)
		want[i] = a[i] + b[i];
	lk_residual_backward(a, b, n);
	test_check_equal("dx", a, want, n, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("residual");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, adds, 0, SIZES);
	tcase_add_loop_test(tests, backward_adds_the_gradient, 0, SIZES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
