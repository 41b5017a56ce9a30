/* RMSNorm against its definition and against differences. */
#include "kernels/rmsnorm.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][2] = { { 1, 1 }, { 1, 7 }, { 3, 5 }, { 9, 70 },
	{ 35, 3 }, { 300, 2 } };
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 1024 };

static size_t R, C;
static lk_real x[MOST], y[MOST], w[MOST], gain[MOST], s[MOST];
static lk_real dx[MOST], dgain[MOST], want[MOST];
static lk_real partial[LK_NORM_PARTIALS * MOST];

static void setup(int i)
{
	R = shapes[i][0];
	C = shapes[i][1];
	test_normal(1, x, R * C);
	test_normal(2, gain, C);
	test_normal(3, w, R * C);
}

static lk_real loss(void)
{
	lk_rmsnorm_forward(y, s, x, gain, R, C, 1e-2);
	return test_dot(w, y, R * C);
}

START_TEST(forward_is_the_definition)
{
	setup(_i);
	loss();
	for (size_t r = 0; r < R; r++) {
		lk_real squares = test_dot(x + r * C, x + r * C, C) / (lk_real)C;

		for (size_t c = 0; c < C; c++)
			want[r * C + c] = gain[c] * x[r * C + c] /
					sqrt(squares + 1e-2);
	}
	test_check_equal("y", y, want, R * C, 1e-12);
}
END_TEST

START_TEST(again_has_the_same_bits)
{
	setup(_i);
	loss();
	test_spoil(want, R * C);
	lk_rmsnorm_again(want, x, gain, s, R, C);
	ck_assert_mem_eq(want, y, R * C * sizeof *y);
}
END_TEST

START_TEST(backward_matches_differences)
{
	setup(_i);
	loss();
	test_spoil(dx, R * C);
	test_spoil(dgain, C);
	test_spoil(partial, LK_NORM_PARTIALS * C);
	lk_rmsnorm_backward(dx, dgain, w, x, gain, s, R, C, false, false, partial);
	test_check_gradient("dx", loss, x, dx, R * C);
	test_check_gradient("dgain", loss, gain, dgain, C);
}
END_TEST

START_TEST(adds_where_told)
{
	lk_real dx2[MOST], dgain2[MOST];

	setup(_i);
	loss();
	lk_rmsnorm_backward(dx, dgain, w, x, gain, s, R, C, false, false, partial);
	for (size_t i = 0; i < R * C; i++) {
		dx2[i] = dx[i] + x[i];
		dx[i] = x[i];
	}
	for (size_t c = 0; c < C; c++)
		dgain2[c] = 2 * dgain[c];
	lk_rmsnorm_backward(dx, dgain, w, x, gain, s, R, C, true, true, partial);
	test_check_equal("dx", dx, dx2, R * C, 1e-13);
	test_check_equal("dgain", dgain, dgain2, C, 1e-13);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("rmsnorm");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, again_has_the_same_bits, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_loop_test(tests, adds_where_told, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
