/* What a text shares with training text, against looking at every place. */
#include "evaluate/shared.h"

#include "base/rng.h"
#include "support/main.h"

#include <string.h>

enum { TEXT = 3000, TRAINING = 4000, N = 5 };

/* Letters from so small an alphabet that short runs often meet. */
static void draw(unsigned char *text, size_t n, uint64_t stream)
{
	lk_rng rng = lk_rng_new(9, LK_RNG_CHECK);

	for (size_t i = 0; i < n; i++)
		text[i] = (unsigned char)('a' + lk_rng_below(rng, i, stream, 3));
}

/* The length of the match that ends before text[i] and training[t]. */
static size_t match(const unsigned char *text, size_t i, const unsigned char *training,
		size_t t)
{
	size_t n = 0;

	while (n < i && n < t && text[i - n - 1] == training[t - n - 1])
		n++;
	return n;
}

static void by_definition(bool *covered, bool *seen, const unsigned char *text,
		const unsigned char *training)
{
	memset(covered, 0, TEXT);
	memset(seen, 0, TEXT);
	for (size_t i = 1; i <= TEXT; i++)
		for (size_t t = 1; t <= TRAINING; t++) {
			size_t n = match(text, i, training, t);

			if (n >= N && i < TEXT)
				seen[i] = true;
			if (n >= LK_SHARED_LEAST)
				memset(covered + i - n, true, n);
		}
}

START_TEST(as_by_definition)
{
	static unsigned char text[TEXT], training[TRAINING];
	static bool covered[TEXT], seen[TEXT], got[TEXT];
	lk_shared *shared;

	draw(text, TEXT, 1);
	draw(training, TRAINING, 2);
	/* Copies of 63, 64, 65, 300 bytes, at odd places, and at both ends. */
	memcpy(training + 101, text + 207, 63);
	memcpy(training + 300, text + 501, 64);
	memcpy(training + 501, text + 1003, 65 + (size_t)_i);
	memcpy(training + 1000, text + 1701, 300);
	memcpy(training + TRAINING - 70, text, 70);
	memcpy(training, text + TEXT - 64, 64);
	by_definition(covered, seen, text, training);
	ck_assert_int_eq(lk_shared_new(&shared, text, TEXT, N, NULL), LK_OK);
	/* In pieces that overlap, longer than the longest copy. */
	for (size_t at = 0; at < TRAINING; at += 900) {
		size_t left = TRAINING - at;

		lk_shared_look(shared, training + at, left < 1300 ? left : 1300);
	}
	lk_shared_seen(shared, got);
	ck_assert_int_eq(memcmp(lk_shared_covered(shared), covered, TEXT), 0);
	ck_assert_int_eq(memcmp(got, seen, TEXT), 0);
	lk_shared_summary sum = lk_shared_summarise(covered, TEXT);
	ck_assert_uint_ge(sum.longest, 300);
	ck_assert_uint_le(sum.start, 1701);
	lk_shared_uncover(shared);
	sum = lk_shared_summarise(lk_shared_covered(shared), TEXT);
	ck_assert_uint_eq(sum.covered, 0);
	lk_shared_free(shared);
}
END_TEST

/* A text that repeats itself must not take quadratic time, nor be missed. */
START_TEST(one_byte_over_and_over)
{
	enum { LONG = 1 << 20 };
	unsigned char *text = malloc(LONG);
	lk_shared *shared;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LONG);
	ck_assert_int_eq(lk_shared_new(&shared, text, LONG, N, NULL), LK_OK);
	lk_shared_look(shared, text, LONG);
	lk_shared_summary sum = lk_shared_summarise(lk_shared_covered(shared), LONG);
	ck_assert_uint_eq(sum.covered, LONG);
	ck_assert_uint_eq(sum.longest, LONG);
	lk_shared_free(shared);
	free(text);
}
END_TEST

START_TEST(texts_of_a_few_bytes)
{
	unsigned char text[] = "abcdefgh";
	bool seen[8];
	lk_shared *shared;

	for (size_t n = 0; n <= 8; n++) {
		ck_assert_int_eq(lk_shared_new(&shared, text, n, N, NULL), LK_OK);
		lk_shared_look(shared, text, 8);
		lk_shared_look(shared, text, 0);
		lk_shared_seen(shared, seen);
		for (size_t i = 0; i < n; i++)
			ck_assert_int_eq(seen[i], i >= N);
		ck_assert_uint_eq(lk_shared_summarise(lk_shared_covered(shared), n).covered,
				0);
		lk_shared_free(shared);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("shared");
	TCase *t = tcase_create("shared");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, as_by_definition, 0, 3);
	tcase_add_test(t, one_byte_over_and_over);
	tcase_add_test(t, texts_of_a_few_bytes);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
