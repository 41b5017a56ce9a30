/* A curve drawn upside down, in the wrong column, or where there is none. */
#include "report/chart.h"

#include "support/main.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { POINTS = 11 };

static lk_chart parabola(double *y)
{
	for (int i = 0; i < POINTS; i++)
		y[i] = -(i - 4) * (i - 4) / 4.0;
	return (lk_chart){ .title = "y\x1b", .count = POINTS, .low = 0, .high = 10,
		.bottom = -4, .top = 0, .series = 1, .y = { y }, .name = { "<&>" },
		.at = { 4 } };
}

static char *drawn(const lk_chart *chart, bool svg)
{
	char *text;
	size_t nbytes;
	FILE *out = open_memstream(&text, &nbytes);

	if (svg)
		lk_chart_svg(chart, 1, out);
	else
		lk_chart_print(chart, 5, out, "");
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(a_curve_in_characters)
{
	double y[POINTS];
	lk_chart chart = parabola(y);
	char *text = drawn(&chart, false);

	ck_assert_str_eq(text, "y\\x1b\n"
			       "       0 |   ***\n"
			       "         |  *   *\n"
			       "         | *     *\n"
			       "         |\n"
			       "      -4 |*       *\n"
			       "         +----^------\n"
			       "          0   4    10\n");
	free(text);
}
END_TEST

START_TEST(what_is_no_number_is_left_out)
{
	double y[POINTS], other[POINTS];
	lk_chart chart = parabola(y);

	for (int i = 0; i < POINTS; i++) {
		other[i] = i == 10 ? 0 : -INFINITY;
		y[i] = NAN;
	}
	chart.series = 2;
	chart.y[1] = other;
	chart.name[1] = "b";
	chart.at[0] = chart.at[1] = NAN;
	char *text = drawn(&chart, false);
	ck_assert_ptr_nonnull(strstr(text, "|          o\n"));
	ck_assert_ptr_null(strchr(text, '^'));
	ck_assert_ptr_nonnull(strstr(text, "* <&>\n"));
	free(text);
	text = drawn(&chart, true);
	ck_assert_ptr_null(strstr(text, "nan"));
	ck_assert_ptr_null(strstr(text, "inf"));
	free(text);
}
END_TEST

START_TEST(a_curve_as_svg)
{
	double y[POINTS];
	lk_chart chart = parabola(y);
	char *text = drawn(&chart, true);

	ck_assert_ptr_nonnull(strstr(text, "<svg xmlns="));
	ck_assert_ptr_nonnull(strstr(text, "&lt;&amp;&gt;"));
	ck_assert_ptr_null(strchr(text, '\x1b'));
	/* from (0, -4) at the lower left up to (4, 0) */
	ck_assert_ptr_nonnull(strstr(text, "d=\"M60.0 260.0L"));
	ck_assert_ptr_nonnull(strstr(text, "L284.0 40.0L"));
	ck_assert_ptr_nonnull(strstr(text, "</svg>\n"));
	free(text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("chart");
	TCase *t = tcase_create("chart");

	tcase_add_test(t, a_curve_in_characters);
	tcase_add_test(t, what_is_no_number_is_left_out);
	tcase_add_test(t, a_curve_as_svg);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
