/* A symbol that costs other than -log2 p, whatever p; one that comes back as another. */
#include "compress/symbols.h"

#include "base/rng.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

enum { SYMBOLS = 300, COUNT = 400 };

/* p of every order of magnitude down to 10^-least, some of them 0. */
static void fill(double *p, lk_rng rng, double least)
{
	double sum = 0;

	for (size_t v = 0; v < SYMBOLS; v++) {
		double size = lk_rng_uniform(rng, v, 7);

		p[v] = v % 10 == 3 ? 0 : pow(10, -least * size * size);
		sum += p[v];
	}
	for (size_t v = 0; v < SYMBOLS; v++)
		p[v] /= sum;
}

/* Each symbol with p > 0 in turn: the price, and what comes back. */
static void check(double least, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);
	lk_symbols symbols;
	lk_range_encoder encoder;
	lk_range_decoder decoder;
	double bits = 0;
	uint32_t got;

	ck_assert_int_eq(lk_symbols_new(&symbols, SYMBOLS, NULL), LK_OK);
	fill(symbols.p, rng, least);
	lk_symbols_prepare(&symbols);
	lk_range_encoder_begin(&encoder);
	for (uint32_t v = 0; v < SYMBOLS; v++)
		if (symbols.p[v] > 0) {
			lk_symbols_encode(&symbols, &encoder, v);
			bits -= log2(symbols.p[v]);
		}
	ck_assert_int_eq(lk_range_encoder_end(&encoder, NULL), LK_OK);
	ck_assert_double_eq_tol((double)encoder.nbytes * 8, bits, bits * 1e-5 + 16);
	lk_range_decoder_begin(&decoder, encoder.data, encoder.nbytes);
	for (uint32_t v = 0; v < SYMBOLS; v++)
		if (symbols.p[v] > 0) {
			ck_assert_int_eq(lk_symbols_decode(&got, &symbols, &decoder, NULL),
					LK_OK);
			ck_assert_uint_eq(got, v);
		}
	lk_range_encoder_free(&encoder);
	lk_symbols_free(&symbols);
}

START_TEST(every_symbol_at_its_price)
{
	static const double sizes[] = { 0, 1, 5, 10, 12, 20, 50, 300 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (uint64_t seed = 0; seed < 20; seed++)
			check(sizes[i], seed);
}
END_TEST

/* All but certain: a symbol then costs next to nothing, and the others what they
 * should. */
START_TEST(certainty_is_cheap)
{
	lk_symbols symbols;
	lk_range_encoder encoder;

	ck_assert_int_eq(lk_symbols_new(&symbols, SYMBOLS, NULL), LK_OK);
	for (size_t v = 0; v < SYMBOLS; v++)
		symbols.p[v] = v == 5 ? 1 : 1e-30;
	lk_symbols_prepare(&symbols);
	lk_range_encoder_begin(&encoder);
	for (size_t i = 0; i < 100000; i++)
		lk_symbols_encode(&symbols, &encoder, 5);
	lk_symbols_encode(&symbols, &encoder, 299);
	ck_assert_int_eq(lk_range_encoder_end(&encoder, NULL), LK_OK);
	ck_assert_uint_ge(encoder.nbytes, 12); /* 30 log2(10) = 99.7 bits */
	ck_assert_uint_le(encoder.nbytes, 15);
	lk_range_encoder_free(&encoder);
	lk_symbols_free(&symbols);
}
END_TEST

/* Any bytes decode to symbols with p > 0, or are refused; nothing else happens. */
START_TEST(any_bytes_are_safe)
{
	lk_rng rng = lk_rng_new(3, LK_RNG_CHECK);
	unsigned char noise[64];
	lk_symbols symbols;

	ck_assert_int_eq(lk_symbols_new(&symbols, SYMBOLS, NULL), LK_OK);
	fill(symbols.p, rng, 50);
	lk_symbols_prepare(&symbols);
	for (uint64_t round = 0; round < 2000; round++) {
		lk_range_decoder decoder;
		lk_status status = LK_OK;
		uint32_t got;

		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = round % 3 ? (unsigned char)lk_rng_u64(rng, i, round)
					     : 255;
		lk_range_decoder_begin(&decoder, noise, round % sizeof noise);
		for (size_t i = 0; i < 1000 && !status; i++) {
			status = lk_symbols_decode(&got, &symbols, &decoder, NULL);
			ck_assert(status || (got < SYMBOLS && symbols.p[got] > 0));
		}
		ck_assert_int_eq(status, LK_FORMAT); /* there are not so many */
	}
	lk_symbols_free(&symbols);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("symbols");
	TCase *t = tcase_create("symbols");

	tcase_add_test(t, every_symbol_at_its_price);
	tcase_add_test(t, certainty_is_cheap);
	tcase_add_test(t, any_bytes_are_safe);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
