/* A generator that is subtly wrong still looks random: Philox is held against
 * the published answers, the derived draws against their moments, and the
 * shuffle against what it must be, a permutation. */
#include "base/rng.h"
#include "support/main.h"

#include <string.h>

/* philox4x32, 10 rounds, from the known answers of Random123. */
START_TEST(philox_gives_the_published_answers)
{
	static const struct {
		uint32_t counter[4], key[2], answer[4];
	} known[] = {
		{ { 0, 0, 0, 0 }, { 0, 0 },
				{ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
				{ 0xffffffff, 0xffffffff },
				{ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
				{ 0xa4093822, 0x299f31d0 },
				{ 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	for (size_t i = 0; i < 3; i++) {
		lk_rng rng = { { known[i].key[0], known[i].key[1] } };
		const uint32_t *c = known[i].counter;
		lk_rng_block block = lk_rng_at(rng, c[0], c[1], c[2], c[3]);

		ck_assert_mem_eq(block.word, known[i].answer, sizeof block.word);
	}
}
END_TEST

START_TEST(seeds_purposes_and_streams_differ)
{
	uint64_t seen[5 * 6 * 5];
	size_t count = 0;

	for (uint64_t seed = 0; seed < 5; seed++)
		for (int purpose = LK_RNG_INIT; purpose <= LK_RNG_CHECK; purpose++)
			for (uint64_t stream = 0; stream < 5; stream++)
				seen[count++] = lk_rng_u64(
						lk_rng_new(seed, (lk_rng_purpose)purpose),
						0, stream << 16 * (stream % 4));
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(seen[i], seen[k]);
}
END_TEST

/* The moments of N draws; the bounds are six standard errors. */
enum { N = 200000 };

static void check_mean(double sum, double expected, double deviation)
{
	ck_assert_double_eq_tol(sum / N, expected, 6 * deviation / sqrt(N));
}

START_TEST(uniform_moments)
{
	lk_rng rng = lk_rng_new(1, LK_RNG_SAMPLE);
	double first = 0, second = 0, lagged = 0, before = 0;

	for (uint64_t i = 0; i < N; i++) {
		double u = lk_rng_uniform(rng, i, 3);

		ck_assert(u >= 0 && u < 1);
		first += u;
		second += u * u;
		lagged += (u - 0.5) * (before - 0.5);
		before = u;
	}
	check_mean(first, 0.5, sqrt(1.0 / 12));
	check_mean(second, 1.0 / 3, sqrt(4.0 / 45));
	check_mean(lagged, 0, 1.0 / 12);
}
END_TEST

START_TEST(normal_moments)
{
	lk_rng rng = lk_rng_new(1, LK_RNG_INIT);
	double moment[5] = { 0 }, lagged = 0, before = 0;

	for (uint64_t i = 0; i < N; i++) {
		double x = lk_rng_normal(rng, i, 0), power = 1;

		ck_assert(isfinite(x));
		for (int k = 1; k <= 4; k++)
			moment[k] += power *= x;
		lagged += x * before;
		before = x;
	}
	check_mean(moment[1], 0, 1);
	check_mean(moment[2], 1, sqrt(2));
	check_mean(moment[3], 0, sqrt(15));
	check_mean(moment[4], 3, sqrt(96));
	check_mean(lagged, 0, 1);
}
END_TEST

START_TEST(below_covers_evenly)
{
	lk_rng rng = lk_rng_new(2, LK_RNG_OFFSET);
	size_t count[7] = { 0 };

	for (uint64_t i = 0; i < 70000; i++) {
		uint64_t x = lk_rng_below(rng, i, 1, 7);

		ck_assert_uint_lt(x, 7);
		count[x]++;
		ck_assert_uint_eq(lk_rng_below(rng, i, 1, 1), 0);
		ck_assert_uint_lt(lk_rng_below(rng, i, 1, UINT64_MAX), UINT64_MAX);
	}
	for (size_t i = 0; i < 7; i++) /* 10000, give or take six deviations */
		ck_assert(count[i] > 9440 && count[i] < 10560);
}
END_TEST

static void check_permutation(uint64_t n, uint64_t stream, unsigned char *seen)
{
	lk_rng rng = lk_rng_new(n, LK_RNG_SHUFFLE);

	memset(seen, 0, n);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t image = lk_rng_permute(rng, i, n, stream);

		ck_assert_uint_lt(image, n);
		ck_assert_msg(!seen[image], "%lu is hit twice of %lu",
				(unsigned long)image, (unsigned long)n);
		seen[image] = 1;
	}
}

START_TEST(permute_is_a_bijection)
{
	static const uint64_t large[] = { 1023, 1024, 1025, 4095, 4096, 4097, 65535,
		65536, 65537, 100003 };
	static unsigned char seen[100003];

	for (uint64_t n = 1; n <= 300; n++)
		for (uint64_t stream = 0; stream < 3; stream++)
			check_permutation(n, stream, seen);
	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		check_permutation(large[i], 1, seen);
}
END_TEST

START_TEST(permute_stays_inside_where_n_is_huge)
{
	lk_rng rng = lk_rng_new(0, LK_RNG_SHUFFLE);

	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t n = UINT64_MAX - i, m = ((uint64_t)1 << 62) + i;

		ck_assert_uint_lt(lk_rng_permute(rng, n - 1 - i, n, 0), n);
		ck_assert_uint_lt(lk_rng_permute(rng, m - 1 - i, m, 0), m);
	}
}
END_TEST

/* Fixed points of a random permutation: 1 on average, whatever n is. */
START_TEST(permute_leaves_little_in_place)
{
	size_t fixed = 0, rising = 0;

	for (uint64_t stream = 0; stream < 400; stream++)
		for (uint64_t i = 0, before = 0; i < 100; i++) {
			uint64_t image = lk_rng_permute(lk_rng_new(7, LK_RNG_SHUFFLE),
					i, 100, stream);

			fixed += image == i;
			rising += i && image > before;
			before = image;
		}
	ck_assert(fixed > 280 && fixed < 520);       /* 400, six deviations */
	ck_assert(rising > 19400 && rising < 20200); /* 99 / 2 x 400 */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("rng");
	TCase *t = tcase_create("rng");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, philox_gives_the_published_answers);
	tcase_add_test(t, seeds_purposes_and_streams_differ);
	tcase_add_test(t, uniform_moments);
	tcase_add_test(t, normal_moments);
	tcase_add_test(t, below_covers_evenly);
	tcase_add_test(t, permute_is_a_bijection);
	tcase_add_test(t, permute_stays_inside_where_n_is_huge);
	tcase_add_test(t, permute_leaves_little_in_place);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
