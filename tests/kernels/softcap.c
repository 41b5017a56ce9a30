/* Capped logits: values near and far beyond the cap, the gradient against
 * differences, padding between rows that stays as it was. */
#include "kernels/softcap.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>
#include <string.h>

enum { R = 3, V = 7, LD = 10, N = R * LD };

static lk_real z[N], capped[N], slope[N], w[N], dz[N];

static void draw(int seed)
{
	test_normal(seed, z, N);
	test_normal(seed + 1, w, N);
	for (int i = 0; i < N; i++) {
		z[i] *= seed ? 10 : 1e3;
		if (i % LD >= V)
			w[i] = 0;
	}
}

static lk_real loss(void)
{
	memcpy(capped, z, sizeof z);
	lk_softcap_forward(capped, NULL, R, V, LD, 15);
	return test_dot(w, capped, N);
}

START_TEST(values)
{
	draw(_i);
	loss();
	for (int i = 0; i < N; i++)
		ck_assert_double_eq_tol(capped[i],
				i % LD < V ? 15 * tanh(z[i] / 15) : z[i], 1e-12);
}
END_TEST

START_TEST(backward_matches_differences)
{
	draw(_i);
	memcpy(capped, z, sizeof z);
	lk_softcap_forward(capped, slope, R, V, LD, 15);
	memcpy(dz, w, sizeof w);
	lk_softcap_backward(dz, slope, R, V, LD);
	for (int r = 0; r < R; r++)
		test_check_gradient("z", loss, z + r * LD, dz + r * LD, V);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("softcap");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, values, 0, 3);
	tcase_add_loop_test(tests, backward_matches_differences, 0, 3);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
