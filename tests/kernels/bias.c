/* Bias: sum over rows, for numbers of rows that fill no block. */
#include "kernels/bias.h"
#include "support/main.h"
#include "support/numeric.h"

static const size_t shapes[][2] = { { 1, 1 }, { 1, 7 }, { 3, 5 }, { 9, 70 },
	{ 35, 3 }, { 300, 2 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 1024 };

static size_t R, C;
static lk_real x[MOST], y[MOST], w[MOST], bias[MOST], dbias[MOST], want[MOST];
static lk_real partial[LK_NORM_PARTIALS * MOST];

static lk_real loss(void)
{
	for (size_t i = 0; i < R * C; i++)
		y[i] = x[i];
	lk_bias_forward(y, bias, R, C);
	/* not linear in y, so that rows cannot be mistaken for each other */
	return test_dot(w, y, R * C) + test_dot(y, y, R * C) / 2;
}

START_TEST(backward_matches_differences)
{
	lk_real dy[MOST];

	R = shapes[_i][0];
	C = shapes[_i][1];
	test_normal(1, x, R * C);
	test_normal(2, bias, C);
	test_normal(3, w, R * C);
	loss();
	for (size_t r = 0; r < R; r++)
		for (size_t c = 0; c < C; c++)
			want[r * C + c] = x[r * C + c] + bias[c];
	test_check_equal("y", y, want, R * C, 1e-15);
	for (size_t i = 0; i < R * C; i++)
		dy[i] = w[i] + y[i];
	test_spoil(dbias, C);
	test_spoil(partial, LK_NORM_PARTIALS * C);
	lk_bias_backward(dbias, dy, R, C, false, partial);
	test_check_gradient("dbias", loss, bias, dbias, C);
	for (size_t c = 0; c < C; c++)
		want[c] = 2 * dbias[c];
	lk_bias_backward(dbias, dy, R, C, true, partial);
	test_check_equal("accumulated", dbias, want, C, 1e-14);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("bias");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
