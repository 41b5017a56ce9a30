/* Symbols that come back as others, carries lost, bytes wasted, data that are cut and
 * pass for whole ones. */
#include "compress/range_coder.h"

#include "base/rng.h"
#include "support/main.h"

#include <math.h>

enum { COUNT = 20000 };

typedef struct {
	uint64_t first, count;
} share;

/* Shares of every size, from one unit to nearly all; the first, the last, between. */
static share draw(lk_rng rng, size_t i)
{
	uint64_t bits = lk_rng_below(rng, i, 0, LK_RANGE_BITS);
	uint64_t count = 1 + lk_rng_below(rng, i, 1, UINT64_C(1) << bits);
	uint64_t rest = LK_RANGE_TOTAL - count;
	uint64_t place[] = { 0, rest, lk_rng_below(rng, i, 2, rest + 1) };

	return (share){ place[lk_rng_below(rng, i, 3, 3)], count };
}

/* Encodes shares [count]; checks that the size is their price. */
static lk_range_encoder encoded(const share *shares, size_t count)
{
	lk_range_encoder encoder;
	double bits = 0;

	lk_range_encoder_begin(&encoder);
	for (size_t i = 0; i < count; i++) {
		lk_range_encode(&encoder, shares[i].first, shares[i].count);
		bits += LK_RANGE_BITS - log2((double)shares[i].count);
	}
	ck_assert_int_eq(lk_range_encoder_end(&encoder, NULL), LK_OK);
	ck_assert_double_ge((double)encoder.nbytes * 8, bits - 1e-6 * (double)count - 8);
	ck_assert_double_le((double)encoder.nbytes * 8, bits + 1e-6 * (double)count + 24);
	return encoder;
}

static void check(const share *shares, size_t count)
{
	lk_range_encoder encoder = encoded(shares, count);
	lk_range_decoder decoder;

	lk_range_decoder_begin(&decoder, encoder.data, encoder.nbytes);
	for (size_t i = 0; i < count; i++) {
		uint64_t unit = lk_range_peek(&decoder);

		ck_assert(unit >= shares[i].first);
		ck_assert(unit - shares[i].first < shares[i].count);
		lk_range_decode(&decoder, shares[i].first, shares[i].count);
	}
	ck_assert(!lk_range_decoder_starved(&decoder));
	lk_range_encoder_free(&encoder);
}

START_TEST(shares_come_back)
{
	static share shares[COUNT];

	for (uint64_t seed = 0; seed < 5; seed++) {
		lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);

		for (size_t i = 0; i < COUNT; i++)
			shares[i] = draw(rng, i);
		check(shares, COUNT);
		for (size_t count = 0; count < 40; count++)
			check(shares, count);
	}
}
END_TEST

/* Always the last share: low creeps towards the next carry at every step. */
START_TEST(carries_run_far)
{
	static share shares[COUNT];

	for (uint64_t count = 1; count <= 1 << 20; count *= 32) {
		for (size_t i = 0; i < COUNT; i++)
			shares[i] = (share){ LK_RANGE_TOTAL - count, count };
		shares[COUNT - 1] = (share){ LK_RANGE_TOTAL - 1, 1 };
		check(shares, COUNT);
		for (size_t i = 0; i < COUNT; i++)
			shares[i] = (share){ count, LK_RANGE_TOTAL - count };
		check(shares, COUNT);
	}
}
END_TEST

START_TEST(cut_data_starve)
{
	static share shares[100];
	lk_range_encoder encoder;
	lk_range_decoder decoder;
	bool starved = false;

	for (size_t i = 0; i < 100; i++)
		shares[i] = (share){ 0, LK_RANGE_TOTAL / 256 };
	encoder = encoded(shares, 100);
	lk_range_decoder_begin(&decoder, encoder.data, encoder.nbytes / 2);
	for (size_t i = 0; i < 100; i++) {
		lk_range_peek(&decoder);
		lk_range_decode(&decoder, 0, LK_RANGE_TOTAL / 256);
		starved = starved || lk_range_decoder_starved(&decoder);
	}
	ck_assert(starved);
	lk_range_encoder_free(&encoder);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("range_coder");
	TCase *t = tcase_create("range_coder");

	tcase_add_test(t, shares_come_back);
	tcase_add_test(t, carries_run_far);
	tcase_add_test(t, cut_data_starve);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
