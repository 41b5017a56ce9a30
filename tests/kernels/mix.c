/* A mix of two streams: its values, the gradients of both and of the mix against
 * differences, adding instead of writing, in place; rows that fill no block. */
#include "kernels/mix.h"
#include "support/main.h"
#include "support/numeric.h"

#include <string.h>

enum { R = 37, C = 5, N = R * C };

static lk_real x[N], x0[N], mix[2], y[N], w[N], dx[N], dx0[N], dmix[2];
static lk_real partial[LK_NORM_PARTIALS * 2];

static void draw(int seed)
{
	test_normal(seed, x, N);
	test_normal(seed + 1, x0, N);
	test_normal(seed + 2, mix, 2);
	test_normal(seed + 3, w, N);
}

static lk_real loss(void)
{
	lk_mix_forward(y, x, x0, mix, R, C);
	return test_dot(w, y, N);
}

START_TEST(values)
{
	lk_real want[N];

	draw(_i);
	for (int i = 0; i < N; i++)
		want[i] = mix[0] * x[i] + mix[1] * x0[i];
	loss();
	test_check_equal("y", y, want, N, 1e-15);
	lk_mix_forward(x, x, x0, mix, R, C);
	test_check_equal("in place", x, want, N, 1e-15);
}
END_TEST

START_TEST(backward_matches_differences)
{
	lk_real twice[N];

	draw(_i);
	memcpy(dx, w, sizeof dx);
	test_spoil(dx0, N);
	test_spoil(dmix, 2);
	lk_mix_backward(dx, dx0, dmix, x, x0, mix, R, C, false, false, partial);
	test_check_gradient("x", loss, x, dx, N);
	test_check_gradient("x0", loss, x0, dx0, N);
	test_check_gradient("mix", loss, mix, dmix, 2);
	for (int i = 0; i < N; i++)
		twice[i] = 2 * dx0[i];
	memcpy(dx, w, sizeof dx);
	lk_real doubled[2] = { 2 * dmix[0], 2 * dmix[1] };
	lk_mix_backward(dx, dx0, dmix, x, x0, mix, R, C, true, true, partial);
	test_check_equal("dx0", dx0, twice, N, 1e-14);
	test_check_equal("dmix", dmix, doubled, 2, 1e-14);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("mix");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, values, 0, 3);
	tcase_add_loop_test(tests, backward_matches_differences, 0, 3);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
