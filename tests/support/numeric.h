/* tests/support/numeric.h
 * What tests of kernels share: repeatable input, comparison, and gradients by
 * central differences. Compiled with each test, in the test's number type. */
#ifndef LK_TESTS_SUPPORT_NUMERIC_H
#define LK_TESTS_SUPPORT_NUMERIC_H

#include "base/real.h"

#include <stddef.h>

#define test_normal LK_VARIANT(test_normal)
#define test_dot LK_VARIANT(test_dot)
#define test_spoil LK_VARIANT(test_spoil)
#define test_check_equal LK_VARIANT(test_check_equal)
#define test_check_gradient LK_VARIANT(test_check_gradient)

/* Standard normal numbers, a function of the seed. */
void test_normal(int seed, lk_real *x, size_t n);

lk_real test_dot(const lk_real *a, const lk_real *b, size_t n);

/* Fill with NaN: what should be written must not be read first. */
void test_spoil(lk_real *x, size_t n);

/* |got - want| <= tolerance max(1, |want|), or fail naming both. */
void test_check_equal(const char *what, const lk_real *got, const lk_real *want,
		size_t n, double tolerance);

/* dx against (loss(x + h) - loss(x - h)) / 2h, to 1e-6. */
void test_check_gradient(const char *what, lk_real (*loss)(void), lk_real *x,
		const lk_real *dx, size_t n);

#endif
