/* Squared rectifier against its formula and against differences. */
#include "kernels/relu2.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][2] = { { 1, 1 }, { 1, 7 }, { 3, 5 }, { 9, 70 },
	{ 2, 3000 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 8192 };

static size_t R, C;
static lk_real x[MOST], y[MOST], w[MOST], dx[MOST], want[MOST], again[MOST];

static void setup(int i)
{
	R = shapes[i][0];
	C = shapes[i][1];
	test_normal(1, x, R * C);
	test_normal(2, w, R * C);
}

static lk_real loss(void)
{
	lk_relu2_forward(y, x, R, C);
	return test_dot(w, y, R * C);
}

START_TEST(forward_is_the_definition)
{
	lk_real nothing = NAN;

	setup(_i);
	for (size_t i = 0; i < R * C; i++)
		want[i] = x[i] > 0 ? x[i] * x[i] : 0;
	loss();
	test_check_equal("y", y, want, R * C, 1e-15);
	lk_relu2_forward(y, &nothing, 1, 1);
	ck_assert_double_nan(y[0]);
}
END_TEST

START_TEST(backward_matches_differences)
{
	lk_real both[MOST];

	setup(_i);
	test_spoil(dx, R * C);
	test_spoil(again, R * C);
	loss();
	lk_relu2_backward(dx, again, w, x, R, C);
	test_check_equal("y again", again, y, R * C, 0);
	if (R * C < 1000) /* a loss costs as many operations as there are slopes */
		test_check_gradient("dx", loss, x, dx, R * C);
	for (size_t i = 0; i < R * C; i++) {
		both[i] = w[i];
		want[i] = x[i] > 0 ? 2 * x[i] * w[i] : 0;
	}
	test_check_equal("dx", dx, want, R * C, 1e-15);
	lk_relu2_backward(both, NULL, both, x, R, C);
	test_check_equal("in place", both, dx, R * C, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("relu2");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
