#include "support/numeric.h"

#include "base/rng.h"

#include <check.h>
#include <math.h>

void test_normal(int seed, lk_real *x, size_t n)
{
	lk_rng rng = lk_rng_new((uint64_t)seed, LK_RNG_CHECK);

	for (size_t i = 0; i < n; i++)
		x[i] = (lk_real)lk_rng_normal(rng, i, 0);
}

lk_real test_dot(const lk_real *a, const lk_real *b, size_t n)
{
	lk_real sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

void test_spoil(lk_real *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = NAN;
}

void test_check_equal(const char *what, const lk_real *got, const lk_real *want,
		size_t n, double tolerance)
{
	for (size_t i = 0; i < n; i++) {
		double bound = tolerance * fmax(1, fabs((double)want[i]));

		ck_assert_msg(fabs((double)got[i] - (double)want[i]) <= bound,
				"%s[%zu] is %.17g, expected %.17g", what, i,
				(double)got[i], (double)want[i]);
	}
}

void test_check_gradient(const char *what, lk_real (*loss)(void), lk_real *x,
		const lk_real *dx, size_t n)
{
	const lk_real h = (lk_real)1e-5;

	for (size_t i = 0; i < n; i++) {
		lk_real keep = x[i], up, down, slope;

		x[i] = keep + h;
		up = loss();
		x[i] = keep - h;
		down = loss();
		x[i] = keep;
		slope = (up - down) / (2 * h);
		test_check_equal(what, dx + i, &slope, 1, 1e-6);
	}
}
