/* Numbers read wrong or in silence, and words miscounted. */
#include "likelihood/observations.h"

#include "support/main.h"

#include <string.h>

static lk_error error;

static lk_status parse(lk_numbers *numbers, const char *text)
{
	return lk_numbers_parse(numbers, text, strlen(text), "data", &error);
}

START_TEST(numbers_in_any_layout)
{
	static const char *const texts[] = { "1 -2.5 3e2 .5", "1,-2.5\n3e2,.5\n",
		"1;\t-2.5 # what\n\n  3e2 .5", "# heading\r\n1 -2.5\r\n3e2 .5\r\n" };
	static const double values[] = { 1, -2.5, 300, 0.5 };
	lk_numbers numbers;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_assert_int_eq(parse(&numbers, texts[i]), LK_OK);
		ck_assert_uint_eq(numbers.count, 4);
		ck_assert_mem_eq(numbers.value, values, sizeof values);
		ck_assert_uint_eq(numbers.columns, i ? 2 : 4);
		ck_assert_uint_eq(numbers.ragged, 0);
		lk_numbers_free(&numbers);
	}
}
END_TEST

START_TEST(rows_that_differ_are_named)
{
	lk_numbers numbers;

	ck_assert_int_eq(parse(&numbers, "1 2\n\n3 4\n5\n6 7\n8 9 10"), LK_OK);
	ck_assert_uint_eq(numbers.ragged, 4);
	ck_assert_uint_eq(numbers.columns, 0);
	ck_assert_uint_eq(numbers.count, 10);
	lk_numbers_free(&numbers);
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
	static const char *const texts[] = { "x", "1x", "0x10", "nan", "inf", "1e999",
		"1,2\n3 4,5.6.7", "--1", "1 2 3 ~", "1e", "+-3", "1\n2\n3\n4 five" };
	lk_numbers numbers;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		ck_assert_int_eq(parse(&numbers, texts[i]), LK_FORMAT);
		ck_assert_ptr_null(numbers.value);
	}
	ck_assert_str_eq(error.text, "data: line 4: 'five' is no finite number");
	ck_assert_int_eq(lk_numbers_parse(&numbers, "1\0002", 3, "data", &error),
			LK_FORMAT);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(parse(&numbers, (const char *[]){ "", "\n \n",
						 "# 1 2 3" }[i]), LK_RANGE);
}
END_TEST

START_TEST(words_are_counted)
{
	static const char text[] = " b a\nb\tab b\n";
	lk_outcomes outcomes;

	ck_assert_int_eq(lk_outcomes_count(&outcomes, text, sizeof text - 1, false,
					 "data", &error),
			LK_OK);
	ck_assert_uint_eq(outcomes.outcomes, 3);
	ck_assert_str_eq(outcomes.name[0], "a");
	ck_assert_str_eq(outcomes.name[1], "ab");
	ck_assert_str_eq(outcomes.name[2], "b");
	ck_assert_double_eq(outcomes.count[1], 1);
	ck_assert_double_eq(outcomes.count[2], 3);
	ck_assert_int_eq(lk_outcomes_extend(&outcomes, 5, &error), LK_OK);
	ck_assert_uint_eq(outcomes.outcomes, 5);
	ck_assert_double_eq(outcomes.count[2], 3);
	ck_assert_double_eq(outcomes.count[4], 0);
	ck_assert_str_eq(outcomes.name[4], "unseen 2");
	lk_outcomes_free(&outcomes);
	ck_assert_int_eq(lk_outcomes_count(&outcomes, " \n", 2, false, "data", &error),
			LK_RANGE);
}
END_TEST

START_TEST(bytes_are_counted)
{
	lk_outcomes outcomes;

	ck_assert_int_eq(lk_outcomes_count(&outcomes, "\0ba\xff b", 6, true, "data",
					 &error),
			LK_OK);
	ck_assert_uint_eq(outcomes.outcomes, 5);
	ck_assert_str_eq(outcomes.name[0], "\\x00");
	ck_assert_str_eq(outcomes.name[1], "\\x20");
	ck_assert_str_eq(outcomes.name[3], "b");
	ck_assert_str_eq(outcomes.name[4], "\\xff");
	ck_assert_double_eq(outcomes.count[3], 2);
	lk_outcomes_free(&outcomes);
	ck_assert_int_eq(lk_outcomes_count(&outcomes, "", 0, true, "data", &error),
			LK_RANGE);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("observations");
	TCase *t = tcase_create("observations");

	tcase_add_test(t, numbers_in_any_layout);
	tcase_add_test(t, rows_that_differ_are_named);
	tcase_add_test(t, what_is_no_number_is_refused);
	tcase_add_test(t, words_are_counted);
	tcase_add_test(t, bytes_are_counted);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
