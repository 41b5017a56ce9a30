/* Sums of costs by kinds of tokens, passages, calibration, compressors. */
#include "evaluate/breakdown.h"

#include "base/rng.h"
#include "evaluate/calibration.h"
#include "evaluate/compressors.h"
#include "evaluate/windows.h"
#include "evaluate/words.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static double nll[] = { 1, 2, 4, 8, 16, 32 };
static uint32_t nbytes[] = { 2, 1, 1, 3, 2, 1 };
static const lk_costs costs = { .nll = nll, .nbytes = nbytes, .tokens = 6, .documents = 1 };
static const unsigned char text[] = "ab 7\xE2\x82\xAC.\x01z"; /* ab, blank, 7, euro, ".\x01", z */

START_TEST(classes)
{
	lk_tally tally[LK_BYTE_CLASS_COUNT];
	uint64_t all = 0;

	lk_tally_classes(tally, &costs, text);
	ck_assert_double_eq(tally[LK_BYTE_LETTER].nll, 33);
	ck_assert_uint_eq(tally[LK_BYTE_LETTER].nbytes, 3);
	ck_assert_double_eq(tally[LK_BYTE_SPACE].nll, 2);
	ck_assert_double_eq(tally[LK_BYTE_DIGIT].nll, 4);
	ck_assert_double_eq(tally[LK_BYTE_NON_ASCII].nll, 8);
	ck_assert_uint_eq(tally[LK_BYTE_NON_ASCII].nbytes, 3);
	/* The token is punctuation's, its second byte is not. */
	ck_assert_double_eq(tally[LK_BYTE_PUNCTUATION].nll, 16);
	ck_assert_uint_eq(tally[LK_BYTE_PUNCTUATION].nbytes, 1);
	ck_assert_double_eq(tally[LK_BYTE_CONTROL].nll, 0);
	ck_assert_uint_eq(tally[LK_BYTE_CONTROL].nbytes, 1);
	for (int k = 0; k < LK_BYTE_CLASS_COUNT; k++)
		all += tally[k].nbytes;
	ck_assert_uint_eq(all, 10);
}
END_TEST

START_TEST(every_byte_has_a_class)
{
	size_t count[LK_BYTE_CLASS_COUNT] = { 0 };

	for (int c = 0; c < 256; c++)
		count[lk_byte_class_of((unsigned char)c)]++;
	ck_assert_uint_eq(count[LK_BYTE_LETTER], 52);
	ck_assert_uint_eq(count[LK_BYTE_DIGIT], 10);
	ck_assert_uint_eq(count[LK_BYTE_SPACE], 6);
	ck_assert_uint_eq(count[LK_BYTE_PUNCTUATION], 32);
	ck_assert_uint_eq(count[LK_BYTE_NON_ASCII], 128);
	ck_assert_uint_eq(count[LK_BYTE_CONTROL], 28);
}
END_TEST

START_TEST(marks)
{
	static const bool marked[10] = { true, false, false, true, true, true, true };
	lk_tally tally[2];

	lk_tally_marked(tally, &costs, marked);
	ck_assert_double_eq(tally[1].nll, 1 + 4 + 8);
	ck_assert_uint_eq(tally[1].nbytes, 5);
	ck_assert_uint_eq(tally[1].tokens, 3);
	ck_assert_double_eq(tally[0].nll, 2 + 16 + 32);
}
END_TEST

/* Each token's context as the windows of evaluate/windows.h give it. */
START_TEST(positions_are_those_of_the_windows)
{
	enum { TOKENS = 100, CONTEXT = 12 };
	double ones[TOKENS];
	uint32_t single[TOKENS];
	uint64_t start[] = { 0, 37, TOKENS };
	lk_costs c = { .nll = ones, .nbytes = single, .tokens = TOKENS, .documents = 2 };
	size_t stride = 1 + (size_t)_i;
	lk_tally tally[LK_POSITIONS], want[LK_POSITIONS] = { 0 };

	for (size_t i = 0; i < TOKENS; i++) {
		ones[i] = 1;
		single[i] = 1;
	}
	for (size_t d = 0; d < 2; d++) {
		size_t targets = start[d + 1] - start[d];

		for (size_t w = 0; w < lk_window_count(targets, CONTEXT, stride); w++) {
			lk_window v = lk_window_at(targets, CONTEXT, stride, w);

			for (size_t i = v.length - v.counted; i < v.length; i++)
				want[i + 1 < 2 ? 0 : i + 1 < 4 ? 1 : i + 1 < 8 ? 2 : 3].tokens++;
		}
	}
	lk_tally_positions(tally, &c, start, CONTEXT, stride);
	for (size_t k = 0; k < LK_POSITIONS; k++)
		ck_assert_uint_eq(tally[k].tokens, want[k].tokens);
	lk_tally_positions(tally, &c, start, 3, 0);
	ck_assert_uint_eq(tally[0].tokens, 2);
	ck_assert_uint_eq(tally[1].tokens, TOKENS - 2);
}
END_TEST

START_TEST(passages_in_order_and_whole)
{
	enum { TOKENS = 5000 };
	static double first[TOKENS], second[TOKENS];
	static uint32_t single[TOKENS];
	static unsigned char letters[TOKENS];
	uint64_t start[] = { 0, 150, TOKENS };
	lk_costs a = { .nll = first, .nbytes = single, .tokens = TOKENS, .documents = 2 };
	lk_costs b = { .nll = second, .nbytes = single, .tokens = TOKENS, .documents = 2 };
	lk_rng rng = lk_rng_new(4, LK_RNG_CHECK);
	lk_passage best[LK_PASSAGES];
	size_t count;

	for (size_t i = 0; i < TOKENS; i++) {
		letters[i] = i % 2 ? 0x84 : 0xC3; /* two bytes a character */
		single[i] = 1;
		first[i] = lk_rng_uniform(rng, i, 0);
		second[i] = lk_rng_uniform(rng, i, 1);
	}
	second[160] += 100;
	ck_assert_int_eq(lk_passages_find(best, &count, &a, &b, letters, start, 2, NULL),
			LK_OK);
	ck_assert_uint_eq(count, LK_PASSAGES);
	ck_assert_uint_eq(best[0].start, 150);
	for (size_t i = 0; i < count; i++) {
		double sum_a = 0, sum_b = 0;

		for (uint64_t k = best[i].start; k < best[i].start + best[i].nbytes; k++) {
			sum_a += first[k];
			sum_b += second[k];
		}
		ck_assert_double_eq_tol(sum_a, best[i].a, 1e-9);
		ck_assert_double_eq_tol(sum_b, best[i].b, 1e-9);
		ck_assert_uint_eq(best[i].start % 2, 0);
		ck_assert(i == 0 || best[i].b - best[i].a <=
						best[i - 1].b - best[i - 1].a);
	}
	/* Of equal costs there are none. */
	ck_assert_int_eq(lk_passages_find(best, &count, &a, &a, letters, start, 2, NULL),
			LK_OK);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(calibration_by_hand)
{
	static const double sure[] = { 0.05, 0.9, 0.05 }, unsure[] = { 0.4, 0.3, 0.3 };
	static const float logits[] = { 0, 2.890371757896165f, 0 }; /* log 18: 0.9 */
	lk_calibration c = { 0 };

	for (int i = 0; i < 4; i++)
		lk_calibration_add(&c, sure, 3, i ? 1 : 0);
	lk_calibration_add(&c, unsure, 3, 0);
	ck_assert_uint_eq(lk_calibration_tokens(&c), 5);
	/* 3 of 4 right at 0.9; 1 of 1 at 0.4. */
	ck_assert_double_eq_tol(lk_calibration_error(&c), (0.15 * 4 + 0.6) / 5, 1e-12);
	ck_assert_uint_eq(c.tokens[9] + c.tokens[8], 4);
	lk_calibration d = { 0 };
	lk_calibration_add_logits(&d, logits, 3, 2);
	ck_assert_double_eq_tol(lk_calibration_error(&d), 0.9, 1e-6);
}
END_TEST

/* What a compressor has just read costs it little; what it cannot reach, all. */
START_TEST(primed_compressors)
{
	enum { NBYTES = 20000 };
	static unsigned char noise[NBYTES];
	lk_rng rng = lk_rng_new(6, LK_RNG_CHECK);
	lk_compressed z;

	/* Meson sets it; hundreds of megabytes of the programs' would be filled. */
	unsetenv("MALLOC_PERTURB_");
	for (size_t i = 0; i < NBYTES; i++)
		noise[i] = (unsigned char)lk_rng_u64(rng, i, 0);
	ck_assert_int_eq(lk_compress_with(&z, (size_t)_i, noise, NBYTES, noise, NBYTES,
			NULL), LK_OK);
	if (!z.installed)
		return;
	ck_assert_uint_ge(z.cold, NBYTES);
	ck_assert_uint_eq(z.primed_with, NBYTES);
	if (strcmp(z.program, "bzip2") != 0) /* it sorts, and finds no copies */
		ck_assert_uint_lt(z.primed, 500);
	ck_assert_int_eq(lk_compress_with(&z, (size_t)_i, noise, NBYTES, NULL, 0, NULL),
			LK_OK);
	ck_assert_uint_eq(z.primed_with, 0);
}
END_TEST

START_TEST(words_and_characters)
{
	static const char sample[] = "one  two\xE3\x80\x80thr\xC3\xA9\xFF\n\tx";
	lk_document d = { .text = (const unsigned char *)sample,
		.nbytes = sizeof sample - 1 };
	lk_documents documents = { &d, 1, d.nbytes };
	lk_text_size size = lk_text_measure(&documents);

	ck_assert_uint_eq(size.words, 4);
	ck_assert_uint_eq(size.characters, 17);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("breakdown");
	TCase *t = tcase_create("breakdown");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, classes);
	tcase_add_test(t, every_byte_has_a_class);
	tcase_add_test(t, marks);
	tcase_add_loop_test(t, positions_are_those_of_the_windows, 0, 12);
	tcase_add_test(t, passages_in_order_and_whole);
	tcase_add_test(t, calibration_by_hand);
	tcase_add_loop_test(t, primed_compressors, 0, LK_COMPRESSOR_COUNT);
	tcase_add_test(t, words_and_characters);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
