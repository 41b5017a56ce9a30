/* SwiGLU against its formula and against differences. */
#include "kernels/swiglu.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][2] = { { 1, 1 }, { 1, 7 }, { 3, 5 }, { 9, 70 },
	{ 50, 3 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 2048 };

static size_t R, H;
static lk_real x[MOST], y[MOST], w[MOST], dx[MOST], want[MOST], again[MOST];

static void setup(int i)
{
	R = shapes[i][0];
	H = shapes[i][1];
	test_normal(1, x, 2 * R * H);
	test_normal(2, w, R * H);
	for (size_t k = 0; k < 2 * R * H; k++)
		x[k] *= 3;
}

static lk_real loss(void)
{
	lk_swiglu_forward(y, x, R, H);
	return test_dot(w, y, R * H);
}

START_TEST(forward_is_the_definition)
{
	setup(_i);
	for (size_t r = 0; r < R; r++)
		for (size_t h = 0; h < H; h++) {
			lk_real gate = x[2 * r * H + h], up = x[(2 * r + 1) * H + h];

			want[r * H + h] = gate / (1 + exp(-gate)) * up;
		}
	loss();
	test_check_equal("y", y, want, R * H, 1e-14);
}
END_TEST

START_TEST(backward_matches_differences)
{
	setup(_i);
	test_spoil(dx, 2 * R * H);
	test_spoil(again, R * H);
	loss();
	lk_swiglu_backward(dx, again, w, x, R, H);
	test_check_equal("y again", again, y, R * H, 0);
	test_check_gradient("dx", loss, x, dx, 2 * R * H);
}
END_TEST

START_TEST(saturates)
{
	const lk_real far[4] = { -1000, 1000, 2, 2 };

	lk_swiglu_forward(y, far, 1, 2);
	ck_assert_double_eq_tol(y[0], 0, 1e-300);
	ck_assert_double_eq_tol(y[1], 2000, 1e-12);
	w[0] = w[1] = 1;
	lk_swiglu_backward(dx, NULL, w, far, 1, 2);
	ck_assert_double_eq_tol(dx[0], 0, 1e-300);
	ck_assert_double_eq_tol(dx[1], 2, 1e-12);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("swiglu");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_test(tests, saturates);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
