/* Rotary positions: a turn of the plane by the stated angle, undone by backward,
 * and scores that depend on the distance alone. */
#include "kernels/rope.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>

typedef struct {
	size_t B, T, H, D, first;
} shape;

static const shape shapes[] = {
	{ 1, 1, 1, 2, 0 }, { 2, 3, 2, 4, 0 }, { 1, 5, 3, 10, 7 }, { 3, 2, 1, 34, 1 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 1024, PAD = 3 };

static shape s;
static size_t n, ld;
static lk_real x[MOST], y[MOST], w[MOST], cosine[MOST], sine[MOST];

static void setup(int i)
{
	s = shapes[i];
	ld = s.H * s.D + PAD;
	n = s.B * s.T * ld;
	test_normal(1, x, n);
	test_normal(2, w, n);
	lk_rope_tables(cosine, sine, s.first + s.T, s.D, 10000);
}

static lk_real loss(void)
{
	for (size_t i = 0; i < n; i++)
		y[i] = x[i];
	lk_rope_forward(y, cosine, sine, s.B, s.T, s.H, s.D, ld, s.first);
	return test_dot(w, y, n);
}

START_TEST(forward_is_the_definition)
{
	lk_real want[MOST];

	setup(_i);
	for (size_t i = 0; i < n; i++)
		want[i] = x[i];
	for (size_t r = 0; r < s.B * s.T; r++)
		for (size_t h = 0; h < s.H; h++)
			for (size_t i = 0; i < s.D / 2; i++) {
				size_t a = r * ld + h * s.D + i, b = a + s.D / 2;
				double angle = (double)(s.first + r % s.T) *
						pow(10000, -2.0 * (double)i /
									(double)s.D);

				want[a] = x[a] * cos(angle) - x[b] * sin(angle);
				want[b] = x[b] * cos(angle) + x[a] * sin(angle);
			}
	loss();
	test_check_equal("y", y, want, n, 3e-6); /* frequencies are floats */
}
END_TEST

START_TEST(backward_matches_differences)
{
	lk_real dx[MOST];

	setup(_i);
	loss();
	for (size_t i = 0; i < n; i++)
		dx[i] = w[i];
	lk_rope_backward(dx, cosine, sine, s.B, s.T, s.H, s.D, ld, s.first);
	test_check_gradient("dx", loss, x, dx, n);
	loss();
	lk_rope_backward(y, cosine, sine, s.B, s.T, s.H, s.D, ld, s.first);
	test_check_equal("turned back", y, x, n, 1e-14);
}
END_TEST

/* Rows 2 and 5 of one head score as rows 4 and 7 with the same content do. */
START_TEST(only_the_distance_counts)
{
	enum { T = 8, D = 6 };
	lk_real q[T * D], k[T * D], content[2 * D];

	lk_rope_tables(cosine, sine, T, D, 500);
	test_normal(1, content, 2 * D);
	for (size_t i = 0; i < T * D; i++) {
		q[i] = content[i % D];
		k[i] = content[D + i % D];
	}
	lk_rope_forward(q, cosine, sine, 1, T, 1, D, D, 0);
	lk_rope_forward(k, cosine, sine, 1, T, 1, D, D, 0);
	ck_assert_double_eq_tol(test_dot(q + 5 * D, k + 2 * D, D),
			test_dot(q + 7 * D, k + 4 * D, D), 1e-6);
	ck_assert(fabs(test_dot(q + 5 * D, k + 2 * D, D) -
				  test_dot(q + 5 * D, k + 3 * D, D)) > 1e-3);
}
END_TEST

/* Float frequencies move an angle by 2^-24 of itself or so, and the product of
 * frequency and position by as much again. */
START_TEST(tables_are_accurate)
{
	enum { T = 1024 };
	const double base = 10000;
	static lk_real c[T * 32], sn[T * 32];

	lk_rope_tables(c, sn, T, 64, base);
	for (size_t t = 0; t < T; t++)
		for (size_t i = 0; i < 32; i++) {
			double angle = (double)t * pow(base, -(double)i / 32);
			double bound = 1e-12 + 3.5 * 0x1p-24 * angle;

			ck_assert_double_eq_tol(c[t * 32 + i], cos(angle), bound);
			ck_assert_double_eq_tol(sn[t * 32 + i], sin(angle), bound);
		}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("rope");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(tests, backward_matches_differences, 0, SHAPES);
	tcase_add_test(tests, only_the_distance_counts);
	tcase_add_test(tests, tables_are_accurate);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
