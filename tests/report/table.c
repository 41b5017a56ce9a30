#include "report/table.h"

#include "report/terminal.h"
#include "support/main.h"


static void check(const lk_table *table, const char *indent, const char *want)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(lk_table_print(table, out, indent, NULL), LK_OK);
	fclose(out);
	ck_assert_str_eq(text, want);
	free(text);
}

static lk_table *make(const char *alignment, const char *const *cells)
{
	lk_table *table;

	ck_assert_int_eq(lk_table_new(&table, alignment, NULL), LK_OK);
	for (; *cells; cells++)
		lk_table_cell(table, "%s", *cells);
	return table;
}

START_TEST(columns_are_aligned)
{
	static const char *const cells[] = { "file", "tokens", "bits", "book.txt", "12",
		"2.25", "a", "1,234,567", "10.5", NULL };
	lk_table *table = make("lrr", cells);

	check(table, "", "file         tokens  bits\n"
			 "book.txt         12  2.25\n"
			 "a         1,234,567  10.5\n");
	check(table, "> ", "> file         tokens  bits\n"
			   "> book.txt         12  2.25\n"
			   "> a         1,234,567  10.5\n");
	lk_table_free(table);
}
END_TEST

START_TEST(lines_do_not_end_in_blanks)
{
	static const char *const cells[] = { "a", "longer", "b", "x", "c", "", NULL };
	lk_table *table = make("ll", cells);

	check(table, "", "a  longer\nb  x\nc\n");
	lk_table_free(table);
}
END_TEST

START_TEST(width_is_columns_not_bytes)
{
	static const char *const cells[] = { "na\u00EFve", "1", "\u4E2D\u6587.txt", "2",
		"e\u0301", "3", "plain", "4", NULL };
	lk_table *table = make("lr", cells);

	check(table, "", "na\u00EFve     1\n\u4E2D\u6587.txt  2\ne\u0301         3\n"
			 "plain     4\n");
	lk_table_free(table);
}
END_TEST

START_TEST(cells_stay_in_their_line)
{
	static const char *const cells[] = { "a\nb\033[2J", "1", NULL };
	lk_table *table = make("lr", cells);

	check(table, "", "a\\x0ab\\x1b[2J  1\n");
	lk_table_free(table);
	lk_table_free(NULL);
}
END_TEST

START_TEST(an_empty_table_prints_nothing)
{
	static const char *const cells[] = { NULL };
	lk_table *table = make("lr", cells);

	check(table, "", "");
	lk_table_free(table);
}
END_TEST

START_TEST(many_rows)
{
	lk_table *table;

	ck_assert_int_eq(lk_table_new(&table, "r", NULL), LK_OK);
	for (int i = 0; i < 1000; i++)
		lk_table_cell(table, "%d", i);
	char *want = NULL;
	size_t size;
	FILE *out = open_memstream(&want, &size);
	for (int i = 0; i < 1000; i++)
		fprintf(out, "%3d\n", i);
	fclose(out);
	check(table, "", want);
	free(want);
	lk_table_free(table);
}
END_TEST

START_TEST(text_is_measured_and_cut_by_columns)
{
	ck_assert_uint_eq(lk_text_width(""), 0);
	ck_assert_uint_eq(lk_text_width("abc"), 3);
	ck_assert_uint_eq(lk_text_width("\u4E2D\u6587"), 4);
	ck_assert_uint_eq(lk_text_width("e\u0301"), 1);
	ck_assert_uint_eq(lk_text_width("a\xFF"), 2);
	ck_assert_uint_eq(lk_text_fit("abc", 2), 2);
	ck_assert_uint_eq(lk_text_fit("abc", 5), 3);
	ck_assert_uint_eq(lk_text_fit("\u4E2D\u6587", 3), 3);
	ck_assert_uint_eq(lk_text_fit("e\u0301x", 1), 3);
	ck_assert_uint_eq(lk_text_fit("abc", 0), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("table");
	TCase *t = tcase_create("table");

	tcase_add_test(t, columns_are_aligned);
	tcase_add_test(t, lines_do_not_end_in_blanks);
	tcase_add_test(t, width_is_columns_not_bytes);
	tcase_add_test(t, cells_stay_in_their_line);
	tcase_add_test(t, an_empty_table_prints_nothing);
	tcase_add_test(t, many_rows);
	tcase_add_test(t, text_is_measured_and_cut_by_columns);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
