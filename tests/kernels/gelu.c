/* tanh-GELU against its formula and against differences, far tails included. */
#include "kernels/gelu.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][2] = { { 1, 1 }, { 1, 7 }, { 3, 5 }, { 9, 70 },
	{ 2, 700 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 2048 };

static size_t R, C;
static lk_real x[MOST], y[MOST], w[MOST], dx[MOST], want[MOST], again[MOST];

static void setup(int i)
{
	R = shapes[i][0];
	C = shapes[i][1];
	test_normal(1, x, R * C);
	test_normal(2, w, R * C);
	for (size_t k = 0; k < R * C; k++)
		x[k] *= 3;
}

static lk_real loss(void)
{
	lk_gelu_forward(y, x, R, C);
	return test_dot(w, y, R * C);
}

START_TEST(forward_is_the_definition)
{
	const lk_real far[4] = { -40, 40, -1e4, 1e4 }, limits[4] = { 0, 40, 0, 1e4 };

	setup(_i);
	for (size_t i = 0; i < R * C; i++) {
		lk_real u = sqrt(2 / M_PI) * (x[i] + 0.044715 * pow(x[i], 3));

		want[i] = x[i] / 2 * (1 + tanh(u));
	}
	loss();
	test_check_equal("y", y, want, R * C, 1e-13);
	lk_gelu_forward(y, far, 1, 4);
	test_check_equal("tail", y, limits, 4, 1e-15);
}
END_TEST

START_TEST(backward_matches_differences)
{
	lk_real both[MOST];

	setup(_i);
	test_spoil(dx, R * C);
	test_spoil(again, R * C);
	loss();
	lk_gelu_backward(dx, again, w, x, R, C);
	test_check_equal("y again", again, y, R * C, 0);
	test_check_gradient("dx", loss, x, dx, R * C);
	for (size_t i = 0; i < R * C; i++)
		both[i] = w[i];
	lk_gelu_backward(both, NULL, both, x, R, C);
	test_check_equal("in place", both, dx, R * C, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("gelu");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
