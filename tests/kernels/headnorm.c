/* The norm of heads inside wider rows: definition, differences, and that
 * nothing beside the heads is touched. */
#include "kernels/headnorm.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

static const size_t shapes[][3] = { { 1, 1, 2 }, { 1, 2, 3 }, { 3, 2, 4 },
	{ 9, 3, 5 }, { 70, 2, 2 } }; /* R, H, D */
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 1024, PAD_X = 3, PAD_Y = 1 };

static size_t R, H, D, ld_x, ld_y;
static lk_real x[MOST], y[MOST], w[MOST], gain[MOST], s[MOST], dx[MOST];
static lk_real dgain[MOST], partial[LK_NORM_PARTIALS * MOST];

static void setup(int i)
{
	R = shapes[i][0];
	H = shapes[i][1];
	D = shapes[i][2];
	ld_x = H * D + PAD_X;
	ld_y = H * D + PAD_Y;
	test_normal(1, x, R * ld_x);
	test_normal(2, gain, D);
	test_normal(3, w, R * ld_y);
	for (size_t r = 0; r < R; r++) /* the gradient of padding is not asked for */
		w[r * ld_y + H * D] = 0;
	test_normal(4, y, R * ld_y);
}

static lk_real loss(void)
{
	lk_headnorm_forward(y, s, x, gain, R, H, D, ld_y, ld_x, 1e-2);
	return test_dot(w, y, R * ld_y);
}

START_TEST(forward_is_the_definition)
{
	lk_real want[MOST];

	setup(_i);
	test_normal(4, want, R * ld_y);
	for (size_t r = 0; r < R; r++)
		for (size_t h = 0; h < H; h++) {
			const lk_real *head = x + r * ld_x + h * D;
			lk_real squares = test_dot(head, head, D) / (lk_real)D;

			for (size_t d = 0; d < D; d++)
				want[r * ld_y + h * D + d] = gain[d] * head[d] /
						sqrt(squares + 1e-2);
		}
	loss();
	test_check_equal("y", y, want, R * ld_y, 1e-12);
}
END_TEST

START_TEST(backward_matches_differences)
{
	setup(_i);
	loss();
	for (size_t i = 0; i < R * ld_x; i++)
		dx[i] = 0; /* stays so in the padding, where the slope is 0 too */
	test_spoil(dgain, D);
	test_spoil(partial, LK_NORM_PARTIALS * D);
	lk_headnorm_backward(dx, dgain, w, x, gain, s, R, H, D, ld_x, ld_y, ld_x,
			false, partial);
	test_check_gradient("dx", loss, x, dx, R * ld_x);
	test_check_gradient("dgain", loss, gain, dgain, D);
}
END_TEST

START_TEST(in_place_and_accumulating)
{
	lk_real both[MOST], dgain2[MOST];

	setup(_i);
	loss();
	for (size_t i = 0; i < R * ld_y; i++)
		dx[i] = both[i] = w[i];
	lk_headnorm_backward(dx, dgain, w, x, gain, s, R, H, D, ld_y, ld_y, ld_x,
			false, partial);
	for (size_t d = 0; d < D; d++)
		dgain2[d] = 2 * dgain[d];
	lk_headnorm_backward(both, dgain, both, x, gain, s, R, H, D, ld_y, ld_y, ld_x,
			true, partial);
	test_check_equal("dx", both, dx, R * ld_y, 0);
	test_check_equal("dgain", dgain, dgain2, D, 1e-13);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("headnorm");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_loop_test(tests, in_place_and_accumulating, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
