/* What longer windows are worth: against a search without tables, on texts that repeat
 * themselves at a known distance, and on one that does not. */
#include "evaluate/recurrence.h"

#include "base/rng.h"
#include "evaluate/ngrams.h"
#include "support/main.h"

#include <math.h>

enum { COUNT = 6000, THREADS = 2 };

/* Two contexts of one hash: the later makes the earlier forgotten. */
#define COLLISIONS 0.001 /* bits */

/* Random ids 1 .. V - 1 after an end of text, 0; with a period, if not 0. */
static lk_tokens *make_stream(uint32_t *ids, uint32_t V, size_t period, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);
	lk_tokens *tokens;

	ids[0] = 0;
	for (size_t i = 1; i < COUNT; i++) {
		uint64_t drawn = lk_rng_u64(rng, i, 0);

		ids[i] = period && i > period ? ids[i - period]
					      : 1 + (uint32_t)(drawn % (V - 1));
	}
	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, COUNT, 0, NULL), LK_OK);
	return tokens;
}

/* By the header's formula, with a search through all of the window. */
static double search(const uint32_t *ids, const double *nll, size_t window)
{
	enum { MOST = 8 };
	double right[MOST + 1], count[MOST + 1], bits = 0;

	for (size_t k = 0; k <= MOST; k++) {
		right[k] = 0.3;
		count[k] = 1;
	}
	for (size_t at = 1; at < COUNT; at++) {
		size_t first = (at - 1) / window * window, best = 0, next = 0;
		double p = exp(-nll[at]), copied = 0;

		for (size_t there = at - 1; there > first; there--) {
			size_t k = 0;

			while (k < MOST && there - k > first &&
					ids[there - k - 1] == ids[at - k - 1])
				k++;
			if (k > best) {
				best = k;
				next = there;
			}
		}
		if (best) {
			double lambda = right[best] / count[best];

			copied = ids[next] == ids[at] ? lambda : 0;
			p = copied + (1 - lambda) * p;
			right[best] += copied / p;
			count[best]++;
		}
		bits -= log2(p);
	}
	return bits / (COUNT - 1); /* a byte each, but for the end */
}

START_TEST(as_a_search_finds_it)
{
	static const size_t window[] = { 2, 7, 64, 500, COUNT, 2 * COUNT };
	enum { WINDOWS = sizeof window / sizeof *window };

	for (uint32_t V = 3; V < 100; V *= 3) {
		uint32_t ids[COUNT], other[COUNT];
		double bits[WINDOWS], nll[COUNT];
		lk_tokens *scored = make_stream(ids, V, V > 10 ? 200 : 0, V);
		lk_tokens *training = make_stream(other, V, 0, V + 1);
		lk_ngram_options options = { .smoothing = LK_NGRAM_KNESER_NEY,
			.order = 3, .vocabulary = V, .threads = THREADS };
		lk_ngram *ngram;

		ck_assert_int_eq(lk_ngram_fit_tokens(&ngram, &options, training, NULL),
				LK_OK);
		lk_ngram_score(ngram, ids, COUNT, 1, nll + 1);
		ck_assert_int_eq(lk_recurrence_measure(bits, window, WINDOWS, training,
						 scored, V, THREADS, NULL),
				LK_OK);
		for (size_t i = 0; i < WINDOWS; i++)
			ck_assert_double_eq_tol(bits[i], search(ids, nll, window[i]),
					COLLISIONS);
		lk_ngram_free(ngram);
		lk_tokens_free(training);
		lk_tokens_free(scored);
	}
}
END_TEST

/* What stood 300 tokens before is of use to windows of more than that alone. */
START_TEST(windows_must_reach_back)
{
	enum { V = 1000, PERIOD = 300 };
	static const size_t window[] = { 128, 256, 512, 1024 };
	uint32_t ids[COUNT], other[COUNT];
	double bits[4];
	lk_tokens *scored = make_stream(ids, V, PERIOD, 1);
	lk_tokens *training = make_stream(other, V, 0, 2);

	ck_assert_int_eq(lk_recurrence_measure(bits, window, 4, training, scored, V, THREADS,
					 NULL),
			LK_OK);
	ck_assert_double_gt(bits[0], 9);
	ck_assert_double_eq_tol(bits[1], bits[0], 0.2);
	ck_assert_double_lt(bits[2], 0.7 * bits[1]);
	ck_assert_double_lt(bits[3], 0.6 * bits[2]);
	lk_tokens_free(training);
	lk_tokens_free(scored);
}
END_TEST

START_TEST(without_repetition_windows_are_worth_nothing)
{
	enum { V = 50 };
	static const size_t window[] = { 128, 1024 };
	uint32_t ids[COUNT], other[COUNT];
	double bits[2];
	lk_tokens *scored = make_stream(ids, V, 0, 1);
	lk_tokens *training = make_stream(other, V, 0, 2);

	ck_assert_int_eq(lk_recurrence_measure(bits, window, 2, training, scored, V, THREADS,
					 NULL),
			LK_OK);
	ck_assert_double_eq_tol(bits[0], bits[1], 0.02);
	lk_tokens_free(training);
	lk_tokens_free(scored);
}
END_TEST

/* A single token has nothing to look back to, and no length. */
START_TEST(little_text)
{
	static const uint32_t ids[] = { 0, 1 };
	static const size_t window[] = { 4 };
	double bits = -1;
	lk_tokens *tokens;

	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, 2, 0, NULL), LK_OK);
	ck_assert_int_eq(lk_recurrence_measure(&bits, window, 1, tokens, tokens, 2, THREADS,
					 NULL),
			LK_OK);
	ck_assert_double_ge(bits, 0);
	ck_assert(isfinite(bits));
	lk_tokens_free(tokens);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("recurrence");
	TCase *t = tcase_create("recurrence");

	tcase_add_test(t, as_a_search_finds_it);
	tcase_add_test(t, windows_must_reach_back);
	tcase_add_test(t, without_repetition_windows_are_worth_nothing);
	tcase_add_test(t, little_text);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
