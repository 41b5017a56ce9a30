/* Text that an epoch leaves out or sees twice biases what is learned, and a
 * window that reaches past the end reads another's memory. The stream here
 * counts 0, 1, 2, ..., so that every id says where it came from. */
#include "text/batches.h"
#include "support/main.h"

#include <string.h>

static lk_tokens *counting(size_t count)
{
	uint32_t *ids = malloc(count * sizeof *ids);
	lk_tokens *tokens;

	for (size_t i = 0; i < count; i++)
		ids[i] = (uint32_t)i;
	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, count, 0, NULL), LK_OK);
	free(ids);
	return tokens;
}

/* Every window of an epoch once, end to end, from an offset that the header
 * allows; the offset. */
static size_t check_epoch(const lk_batches *batches, uint64_t epoch)
{
	size_t context = batches->context, windows = (size_t)batches->windows;
	size_t count = lk_tokens_count(batches->tokens), first = SIZE_MAX;
	unsigned char *seen = calloc(windows, 1);

	for (size_t i = 0; i < windows; i++) {
		size_t start = lk_batches_start(batches, epoch * windows + i);

		ck_assert_uint_le(start + context + 1, count);
		if (start < first)
			first = start;
	}
	for (size_t i = 0; i < windows; i++) {
		size_t start = lk_batches_start(batches, epoch * windows + i) - first;

		ck_assert_uint_eq(start % context, 0);
		ck_assert_uint_lt(start / context, windows);
		ck_assert(!seen[start / context]);
		seen[start / context] = 1;
	}
	free(seen);
	ck_assert_uint_lt(first, context);
	return first;
}

START_TEST(an_epoch_sees_every_window_once)
{
	for (size_t context = 1; context <= 12; context++)
		for (size_t count = context + 1; count < 90; count++) {
			lk_tokens *tokens = counting(count);
			size_t fit = (count - 1) / context;
			lk_batches batches;

			ck_assert_int_eq(lk_batches_init(&batches, tokens, context, 3,
							 "text", NULL),
					LK_OK);
			ck_assert_uint_eq(batches.windows, fit > 1 ? fit - 1 : 1);
			for (uint64_t epoch = 0; epoch < 4; epoch++)
				check_epoch(&batches, epoch);
			lk_tokens_free(tokens);
		}
}
END_TEST

/* Over many epochs every offset comes, and so every id but the last T is read. */
START_TEST(every_offset_comes)
{
	enum { T = 8 };
	static const size_t counts[] = { 100, 2 * T + 1, 2 * T, T + 3, T + 1 };

	for (size_t c = 0; c < 5; c++) {
		lk_tokens *tokens = counting(counts[c]);
		size_t targets = counts[c] - 1, offsets = T, seen[T] = { 0 };
		lk_batches batches;

		if (targets - T + 1 < T) /* too short to give up a window */
			offsets = targets - T + 1;
		lk_batches_init(&batches, tokens, T, 1, "text", NULL);
		for (uint64_t epoch = 0; epoch < 400; epoch++)
			seen[check_epoch(&batches, epoch)]++;
		for (size_t i = 0; i < T; i++)
			ck_assert_int_eq(seen[i] > 0, i < offsets);
		lk_tokens_free(tokens);
	}
}
END_TEST

START_TEST(epochs_and_seeds_differ)
{
	lk_tokens *tokens = counting(10000);
	size_t same_epoch = 0, same_seed = 0, sorted = 0, same_offset = 0;
	lk_batches a, b;

	lk_batches_init(&a, tokens, 64, 1, "text", NULL);
	lk_batches_init(&b, tokens, 64, 2, "text", NULL);
	for (uint64_t i = 0; i < a.windows; i++) {
		size_t start = lk_batches_start(&a, i);

		same_epoch += start / 64 == lk_batches_start(&a, a.windows + i) / 64;
		same_seed += start / 64 == lk_batches_start(&b, i) / 64;
		sorted += i && start > lk_batches_start(&a, i - 1);
	}
	for (uint64_t epoch = 0; epoch < 20; epoch++)
		same_offset += check_epoch(&a, epoch) == check_epoch(&a, epoch + 1);
	ck_assert_uint_lt(same_epoch, 12); /* 1 is usual */
	ck_assert_uint_lt(same_seed, 12);
	ck_assert_uint_lt(same_offset, 6);
	ck_assert(sorted > 50 && sorted < 100); /* of 154: a shuffle */
	lk_tokens_free(tokens);
}
END_TEST

START_TEST(targets_are_the_next_inputs)
{
	enum { T = 7, ROWS = 5 };
	lk_tokens *tokens = counting(70000); /* more than 16 bits */
	uint32_t input[ROWS * T], target[ROWS * T], again[T], unused[T];
	lk_batches batches;

	lk_batches_init(&batches, tokens, T, 9, "text", NULL);
	for (uint64_t g = batches.windows - 3; g < batches.windows + 20; g++) {
		lk_batches_fill(&batches, g, ROWS, input, target);
		for (size_t i = 0; i < ROWS * T; i++) {
			size_t start = lk_batches_start(&batches, g + i / T);

			ck_assert_uint_eq(input[i], start + i % T);
			ck_assert_uint_eq(target[i], start + i % T + 1);
		}
		/* In groups of one, the same. */
		lk_batches_fill(&batches, g + 3, 1, again, unused);
		ck_assert_mem_eq(again, input + 3 * T, sizeof again);
	}
	lk_tokens_free(tokens);
}
END_TEST

START_TEST(a_context_of_one)
{
	lk_tokens *tokens = counting(3);
	uint32_t input, target;
	lk_batches batches;

	ck_assert_int_eq(lk_batches_init(&batches, tokens, 1, 0, "text", NULL), LK_OK);
	lk_batches_fill(&batches, 5, 1, &input, &target);
	ck_assert_uint_eq(target, input + 1);
	lk_tokens_free(tokens);
}
END_TEST

START_TEST(texts_too_short_are_refused)
{
	lk_tokens *tokens = counting(8), *single = counting(1);
	lk_error error = { LK_OK, "" };
	lk_batches batches;

	ck_assert_int_eq(lk_batches_init(&batches, tokens, 8, 0, "a/book", &error),
			LK_RANGE);
	ck_assert_str_eq(error.text, "a/book: has 8 tokens, too few for one window of "
				     "--context 8; use a longer text or --context 7 at "
				     "most");
	ck_assert_int_eq(lk_batches_init(&batches, tokens, SIZE_MAX, 0, "x", &error),
			LK_RANGE);
	ck_assert_int_eq(lk_batches_init(&batches, single, 1, 0, "x", &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "no token to predict"));
	ck_assert_int_eq(lk_batches_init(&batches, tokens, 7, 0, "x", &error), LK_OK);
	ck_assert_uint_eq(lk_batches_start(&batches, 12345), 0);
	lk_tokens_free(tokens);
	lk_tokens_free(single);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("batches");
	TCase *t = tcase_create("batches");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, an_epoch_sees_every_window_once);
	tcase_add_test(t, every_offset_comes);
	tcase_add_test(t, epochs_and_seeds_differ);
	tcase_add_test(t, targets_are_the_next_inputs);
	tcase_add_test(t, a_context_of_one);
	tcase_add_test(t, texts_too_short_are_refused);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
