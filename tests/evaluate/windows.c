/* Windows count every target once, and give each the context that is promised. */
#include "evaluate/windows.h"

#include "model/model.h"
#include "support/main.h"


enum { MOST = 70 };

static void check_windows(size_t targets, size_t context, size_t stride)
{
	size_t count = lk_window_count(targets, context, stride), next = 0;

	ck_assert_uint_ge(count, 1);
	for (size_t w = 0; w < count; w++) {
		lk_window v = lk_window_at(targets, context, stride, w);
		size_t first = v.start + v.length - v.counted; /* counted target */

		ck_assert_uint_eq(first, next); /* no gap, no overlap, in order */
		ck_assert_uint_ge(v.counted, 1);
		ck_assert_uint_le(v.counted, v.length);
		ck_assert_uint_le(v.length, context);
		/* a counted target sees all there is, or context - stride before it */
		ck_assert(v.start == 0 || first - v.start == context - stride);
		ck_assert(w == 0 || v.counted <= stride);
		next += v.counted;
	}
	ck_assert_uint_eq(next, targets);
}

START_TEST(every_target_counts_once)
{
	for (size_t targets = 1; targets <= MOST; targets++)
		for (size_t context = 1; context <= 20; context++)
			for (size_t stride = 1; stride <= context; stride++)
				check_windows(targets, context, stride);
}
END_TEST

/* A stream of ids 1, 2, 3, ... in documents, the end being 0. */
static lk_tokens *make_stream(const size_t *lengths, size_t documents, bool ends)
{
	uint32_t ids[MOST], n = 0;
	lk_tokens *tokens;

	for (size_t d = 0; d < documents; d++) {
		ids[n++] = 0;
		for (size_t i = 0; i < lengths[d]; i++, n++)
			ids[n] = n;
	}
	if (ends)
		ids[n++] = 0;
	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, n, 0, NULL), LK_OK);
	return tokens;
}

START_TEST(documents_end_where_the_next_begins)
{
	static const size_t lengths[] = { 3, 0, 1, 40 };

	for (int ends = 0; ends < 2; ends++) {
		lk_tokens *tokens = make_stream(lengths, 4, ends);

		ck_assert_uint_eq(lk_document_last(tokens, 0), 4);
		ck_assert_uint_eq(lk_document_last(tokens, 4), 5);
		ck_assert_uint_eq(lk_document_last(tokens, 5), 7);
		ck_assert_uint_eq(lk_document_last(tokens, 7), 47u + (unsigned)ends);
		lk_tokens_free(tokens);
	}
}
END_TEST

/* A document longer than what is read at a time. */
START_TEST(long_documents_end_too)
{
	enum { LENGTH = 1000 };
	uint32_t ids[LENGTH + 2] = { 0 };
	lk_tokens *tokens;

	for (size_t length = 250; length <= LENGTH; length += 5) {
		for (size_t i = 1; i <= length; i++)
			ids[i] = 1;
		ids[length + 1] = 0;
		ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, length + 2, 0, NULL),
				LK_OK);
		ck_assert_uint_eq(lk_document_last(tokens, 0), length + 1);
		lk_tokens_free(tokens);
	}
}
END_TEST

START_TEST(rows_are_filled)
{
	static const size_t lengths[] = { 2, 12 };
	lk_tokens *tokens = make_stream(lengths, 2, false);
	lk_window window = { .start = 4, .length = 5, .counted = 2 };
	uint32_t input[8], target[8];
	/* ids from place 3 + 4 on */
	static const uint32_t inputs[] = { 7, 8, 9, 10, 11, 7, 7, 7 };
	static const uint32_t targets[] = { LK_IGNORE, LK_IGNORE, LK_IGNORE, 11, 12,
		LK_IGNORE, LK_IGNORE, LK_IGNORE };

	lk_window_fill(&window, tokens, 3, 8, input, target);
	ck_assert_mem_eq(input, inputs, sizeof inputs);
	ck_assert_mem_eq(target, targets, sizeof targets);
	lk_tokens_free(tokens);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("windows");
	TCase *t = tcase_create("windows");

	tcase_add_test(t, every_target_counts_once);
	tcase_add_test(t, documents_end_where_the_next_begins);
	tcase_add_test(t, long_documents_end_too);
	tcase_add_test(t, rows_are_filled);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
