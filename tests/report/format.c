#include "report/format.h"

#include "support/main.h"

#include <math.h>

typedef struct {
	double value;
	const char *text;
} example;

static void check(char *format(char *, size_t, double), const example *examples)
{
	char text[LK_FORMAT_MOST];

	for (; examples->text; examples++)
		ck_assert_str_eq(format(text, sizeof text, examples->value),
				examples->text);
}

START_TEST(short_numbers)
{
	static const example examples[] = { { 0, "0" }, { 7, "7" }, { 0.5, "0.50" },
		{ 9.994, "9.99" }, { 12.34, "12.3" }, { 999, "999" }, { 999.4, "999" },
		{ 999.5, "1.0K" }, { 1000, "1.0K" }, { 1234, "1.2K" }, { 99949, "99.9K" },
		{ 99950, "100K" }, { 802944, "803K" }, { 999499, "999K" },
		{ 999500, "1.0M" }, { 1.2e6, "1.2M" }, { 124e6, "124M" }, { 3.5e9, "3.5G" },
		{ 1e12, "1.0T" }, { 1e15, "1.0P" }, { -1234, "-1.2K" },
		{ INFINITY, "inf" }, { -INFINITY, "-inf" }, { 0, NULL } };

	check(lk_format_short, examples);
}
END_TEST

START_TEST(whole_numbers)
{
	static const struct {
		uint64_t value;
		const char *text;
	} examples[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" },
		{ 1003854, "1,003,854" }, { 100000, "100,000" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };
	char text[LK_FORMAT_MOST];

	for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
		ck_assert_str_eq(lk_format_whole(text, sizeof text, examples[i].value),
				examples[i].text);
	ck_assert_str_eq(lk_format_whole(text, 4, 1234567), "1,2"); /* cut, not over */
}
END_TEST

START_TEST(bytes)
{
	static const example examples[] = { { 0, "0 B" }, { 1, "1 B" }, { 999, "999 B" },
		{ 1000, "1.00 kB" }, { 4025029, "4.03 MB" }, { 99.96e6, "100 MB" },
		{ 1.5e9, "1.50 GB" }, { 2e12, "2.00 TB" }, { NAN, "nan" }, { 0, NULL } };

	check(lk_format_bytes, examples);
}
END_TEST

START_TEST(seconds)
{
	static const example examples[] = { { 0, "0.00s" }, { 0.42, "0.42s" },
		{ 0.9951, "1.0s" }, { 3.25, "3.2s" }, { 9.96, "10s" }, { 12, "12s" },
		{ 59.4, "59s" }, { 59.6, "1m 00s" }, { 200, "3m 20s" }, { 3599.6, "1h 00m" },
		{ 3900, "1h 05m" }, { 86400, "1d 00h" }, { 183600, "2d 03h" },
		{ -5, "0.00s" }, { INFINITY, "inf" }, { 0, NULL } };

	check(lk_format_seconds, examples);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("format");
	TCase *t = tcase_create("format");

	tcase_add_test(t, short_numbers);
	tcase_add_test(t, whole_numbers);
	tcase_add_test(t, bytes);
	tcase_add_test(t, seconds);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
