/* Dropout: the same mask whichever way it is asked for, another one for every
 * step, site, sequence and seed, the stated share, and a mean of exactly 1. */
#include "kernels/dropout.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>
#include <string.h>

enum { N = 20000 };

static lk_real x[N], y[N], dx[N], scale[N], other[N];

static lk_rng rng(void)
{
	return lk_rng_new(5, LK_RNG_DROPOUT);
}

START_TEST(share_and_mean)
{
	const double shares[] = { 0, 0.01, 0.1, 0.2, 0.5, 0.95 };
	double p = shares[_i], q = round(p * 65536) / 65536;
	size_t dropped = 0, pairs = 0;

	lk_dropout_scales(scale, 0, N, p, rng(), 3, 9, 2);
	for (size_t i = 0; i < N; i++) {
		ck_assert(scale[i] == 0 || scale[i] == 1 / (1 - q));
		dropped += scale[i] == 0;
		pairs += i > 0 && scale[i] == 0 && scale[i - 1] == 0;
	}
	/* five standard deviations of a binomial; neighbours are independent */
	ck_assert_double_eq_tol((double)dropped, N * q,
			5 * sqrt(N * q * (1 - q)) + 1e-9);
	ck_assert_double_eq_tol((double)pairs, N * q * q, 8 * sqrt(N * q * q) + 1e-9);
}
END_TEST

/* Number i of a group of 64 is half of a word of one of its eight blocks. */
START_TEST(scales_come_from_philox)
{
	const size_t far = ((size_t)1 << 40) + 128; /* beyond 32 bits of blocks */
	const uint32_t threshold = 19661; /* 0.3 in 65536ths */

	lk_dropout_scales(scale, 0, 1000, 0.3, rng(), 3, 9, 2);
	lk_dropout_scales(other, far, 1000, 0.3, rng(), 3, 9, 2);
	for (size_t i = 0; i < 2000; i++) {
		size_t e = i < 1000 ? i : far + i - 1000, block = e / 64 * 8 + e % 8;
		size_t number = e % 64 / 8;
		lk_rng_block words = lk_rng_at(rng(), (uint32_t)block, 3,
				9 | (uint32_t)(block >> 32) << 16, 2);
		uint32_t half = words.word[number / 2] >> number % 2 * 16 & 65535;
		lk_real got = i < 1000 ? scale[i] : other[i - 1000];

		ck_assert_int_eq(got == 0, half < threshold);
	}
}
END_TEST

START_TEST(any_piece_is_the_same)
{
	lk_real piece[300];

	lk_dropout_scales(scale, 0, N, 0.3, rng(), 3, 9, 2);
	for (size_t first = 0; first < 140; first += 7)
		for (size_t count = 1; count < 300; count += 23) {
			lk_dropout_scales(piece, first, count, 0.3, rng(), 3, 9, 2);
			ck_assert_mem_eq(piece, scale + first,
					count * sizeof *piece);
		}
}
END_TEST

static size_t differing(double p, lk_rng r, uint64_t step, uint32_t site,
		uint64_t sequence, size_t first)
{
	size_t count = 0;

	lk_dropout_scales(scale, 0, 1000, p, rng(), 3, 9, 2);
	lk_dropout_scales(other, first, 1000, p, r, step, site, sequence);
	for (size_t i = 0; i < 1000; i++)
		count += scale[i] != other[i];
	return count;
}

/* Independent masks of p = 0.5 differ in half of the places. */
START_TEST(streams_differ)
{
	const size_t far = (size_t)1 << 40;

	ck_assert_uint_eq(differing(0.5, rng(), 3, 9, 2, 0), 0);
	ck_assert_uint_gt(differing(0.5, lk_rng_new(6, LK_RNG_DROPOUT), 3, 9, 2, 0),
			400);
	ck_assert_uint_gt(differing(0.5, rng(), 4, 9, 2, 0), 400);
	ck_assert_uint_gt(differing(0.5, rng(), 3, 10, 2, 0), 400);
	ck_assert_uint_gt(differing(0.5, rng(), 3, 9, 3, 0), 400);
	ck_assert_uint_gt(differing(0.5, rng(), 3, 9, 2, 64), 400);
	ck_assert_uint_gt(differing(0.5, rng(), 3, 9, 2, far), 400);
	ck_assert_uint_gt(differing(0.5, rng(), (1ull << 32) + 3, 9, 2, 0), 400);
	ck_assert_uint_gt(differing(0.5, rng(), 3, 9, (1ull << 32) + 2, 0), 400);
}
END_TEST

START_TEST(forward_and_backward_use_the_scales)
{
	enum { B = 3 };
	const size_t sizes[] = { 1, 63, 200, 6000 };
	size_t n = sizes[_i];

	test_normal(1, x, B * n);
	for (size_t b = 0; b < B; b++)
		lk_dropout_scales(scale + b * n, 0, n, 0.2, rng(), 7, 4, 10 + b);
	for (size_t i = 0; i < B * n; i++)
		scale[i] *= x[i];
	lk_dropout_forward(y, x, B, 0, n, 0.2, rng(), 7, 4, 10);
	lk_dropout_backward(dx, x, B, 0, n, 0.2, rng(), 7, 4, 10);
	test_check_equal("y", y, scale, B * n, 0);
	test_check_equal("dx", dx, scale, B * n, 0);
	if (n > 70) { /* from an element on, within sequence 10 */
		lk_dropout_forward(y, x + 70, 1, 70, n - 70, 0.2, rng(), 7, 4, 10);
		test_check_equal("later y", y, scale + 70, n - 70, 0);
	}
	/* sequences 11 and 12 in a micro-batch of their own, in place */
	lk_dropout_forward(x + n, x + n, 2, 0, n, 0.2, rng(), 7, 4, 11);
	test_check_equal("in place", x + n, scale + n, 2 * n, 0);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("dropout");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, share_and_mean, 0, 6);
	tcase_add_test(tests, scales_come_from_philox);
	tcase_add_test(tests, any_piece_is_the_same);
	tcase_add_test(tests, streams_differ);
	tcase_add_loop_test(tests, forward_and_backward_use_the_scales, 0, 4);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
