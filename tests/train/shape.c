/* Layers and widths for so many parameters: the nearest, and what is given stays. */
#include "support/main.h"
#include "train/shape.h"

#include <math.h>

static lk_shape choose(lk_shape open, double wanted, bool often)
{
	lk_shape_choose(&open, wanted, often);
	return open;
}

/* How far from the parameters wanted, as ratios go. */
static double apart(const lk_shape *s, double wanted)
{
	return fabs(log(lk_shape_parameters(s->layers, s->width) / wanted));
}

START_TEST(parameters)
{
	ck_assert_double_eq(lk_shape_parameters(2, 192), 2 * 12 * 192 * 192);
}
END_TEST

/* All open: never far off, and more of it where more is wanted. */
START_TEST(ladder)
{
	for (int often = 0; often <= 1; often++) {
		double before = 0;

		for (double wanted = 2e5; wanted < 8e7; wanted *= 1.1) {
			lk_shape s = choose((lk_shape){ 0 }, wanted, often);
			double now = lk_shape_parameters(s.layers, s.width);

			ck_assert_double_le(apart(&s, wanted), log(1.51));
			ck_assert_double_ge(now, before);
			ck_assert_uint_eq(s.width % (2 * s.heads), 0);
			before = now;
		}
	}
}
END_TEST

/* A text that is read often has four layers, another one two. */
START_TEST(deeper)
{
	lk_shape few = choose((lk_shape){ 0 }, 5e5, false);
	lk_shape often = choose((lk_shape){ 0 }, 5e5, true);

	ck_assert_uint_eq(few.layers, 2);
	ck_assert_uint_eq(often.layers, 4);
	ck_assert_uint_lt(often.width, few.width);
}
END_TEST

/* No other number of layers is nearer, and no other width of whole heads by much. */
START_TEST(the_rest_follows)
{
	const double wanted = 2e6;
	lk_shape s = choose((lk_shape){ .width = 144 }, wanted, false), other;

	ck_assert_uint_eq(s.width, 144);
	for (other = s, other.layers = 1; other.layers <= 24; other.layers++)
		ck_assert_double_ge(apart(&other, wanted), apart(&s, wanted));
	s = choose((lk_shape){ .layers = 5 }, wanted, false);
	ck_assert_uint_eq(s.layers, 5);
	for (other = s, other.width = 32; other.width <= 512; other.width += 32)
		ck_assert_double_ge(apart(&other, wanted), apart(&s, wanted));
	s = choose((lk_shape){ .layers = 5, .heads = 7 }, wanted, false);
	ck_assert_uint_eq(s.heads, 7);
	ck_assert_uint_eq(s.width % 14, 0);
	ck_assert_double_le(apart(&s, wanted), log(1.3));
}
END_TEST

START_TEST(all_is_given)
{
	lk_shape given = { 7, 100, 5, 5 }, s = choose(given, 1e6, false);

	ck_assert_mem_eq(&s, &given, sizeof s);
}
END_TEST

START_TEST(heads)
{
	ck_assert_uint_eq(lk_shape_heads(192, 0), 6);
	ck_assert_uint_eq(lk_shape_heads(192, 2), 6);
	ck_assert_uint_eq(lk_shape_heads(192, 4), 4);
	ck_assert_uint_eq(lk_shape_heads(16, 0), 1); /* narrower than a head */
	ck_assert_uint_eq(lk_shape_heads(98, 0), 1); /* two would be of an odd size, and three */
}
END_TEST

static Suite *shape_suite(void)
{
	Suite *suite = suite_create("shape");
	TCase *all = tcase_create("all");

	tcase_add_test(all, parameters);
	tcase_add_test(all, ladder);
	tcase_add_test(all, deeper);
	tcase_add_test(all, the_rest_follows);
	tcase_add_test(all, all_is_given);
	tcase_add_test(all, heads);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(shape_suite)
