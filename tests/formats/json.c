/* Numbers that lose digits on their way through a file make a resumed run
 * another run; text that is read leniently hides damage. */
#include "formats/json.h"
#include "support/main.h"
#include "support/scratch.h"

#include <float.h>
#include <math.h>

static lk_error error;

static json_t *parse(const char *text)
{
	json_t *object = NULL;

	ck_assert_msg(!lk_json_parse(&object, text, strlen(text), "text", &error),
			"%s", error.text);
	return object;
}

/* clang-format off */
static const struct { const char *text, *says; } bad_texts[] = {
	{ "",                          "line 1" },
	{ "[1]",                       "object {...} is expected" },
	{ "{\"a\": 1} x",              "line 1" },
	{ "{\n\"a\": 1,\n\"a\": 2}",   "line 3" },
	{ "{\"a\": 01}",               "line 1" },
	{ "{\"a\": NaN}",              "line 1" },
	{ "{\"a\": \"\xFF\"}",         "line 1" },
	{ "{\"a\\u0000\": 1}",         "line 1" },
	{ "{\"a\": 99999999999999999999}", "line 1" },
};
/* clang-format on */

START_TEST(malformed_text_is_refused_with_its_line)
{
	json_t *object;
	const char *text = bad_texts[_i].text;

	ck_assert_int_eq(lk_json_parse(&object, text, strlen(text), "x.json", &error),
			LK_FORMAT);
	ck_assert_msg(strstr(error.text, bad_texts[_i].says) &&
					!strncmp(error.text, "x.json: ", 8),
			"%s", error.text);
}
END_TEST

START_TEST(deep_nesting_ends_cleanly)
{
	enum { DEEP = 100000 };
	char *text = malloc(DEEP);
	json_t *object;

	memset(text, '[', DEEP);
	memcpy(text, "{\"a\":", 5);
	ck_assert_int_eq(lk_json_parse(&object, text, DEEP, "x", &error), LK_FORMAT);
	free(text);
}
END_TEST

START_TEST(members_have_types_ranges_and_defaults)
{
	json_t *object = parse("{\"n\": 7, \"r\": 0.5, \"b\": true, \"t\": \"x\","
			       "\"z\": null, \"m\": -1}");
	lk_json_reader r = { object, "f", &error, LK_OK };

	ck_assert_uint_eq(lk_json_size(&r, "n", 0, 7), 7);
	ck_assert(lk_json_real(&r, "r", 0, 1) == 0.5);
	ck_assert(lk_json_real(&r, "n", 0, 10) == 7);
	ck_assert(lk_json_bool(&r, "b"));
	ck_assert_str_eq(lk_json_text(&r, "t"), "x");
	ck_assert_uint_eq(lk_json_size_or(&r, "z", 0, 9, 3), 3);
	ck_assert(lk_json_real_or(&r, "none", 0, 9, 2) == 2);
	ck_assert(lk_json_bool_or(&r, "none", true));
	ck_assert_str_eq(lk_json_text_or(&r, "z", "y"), "y");
	ck_assert_int_eq(r.status, LK_OK);

	lk_json_size(&r, "z", 0, 9);
	ck_assert_int_eq(r.status, LK_FORMAT);
	ck_assert_str_eq(error.text, "f: \"z\" is missing");
	lk_json_size(&r, "n", 8, 9); /* the first failure stands */
	ck_assert_str_eq(error.text, "f: \"z\" is missing");
	r.status = LK_OK;
	lk_json_size(&r, "n", 8, 9);
	ck_assert_str_eq(error.text, "f: \"n\" is 7, out of the range 8 to 9");
	r.status = LK_OK;
	lk_json_size(&r, "m", 0, SIZE_MAX);
	ck_assert_int_eq(r.status, LK_RANGE);
	r.status = LK_OK;
	lk_json_size(&r, "r", 0, 9);
	ck_assert_int_eq(r.status, LK_FORMAT);
	r.status = LK_OK;
	ck_assert(!lk_json_bool_or(&r, "n", true));
	ck_assert_int_eq(r.status, LK_FORMAT);
	json_decref(object);
}
END_TEST

START_TEST(reals_come_back_exactly)
{
	static const double values[] = { 0.1, 1.0 / 3, 1e-5, DBL_MAX, DBL_MIN,
		4.9406564584124654e-324, 2.2250738585072011e-308, 12345.678, 1e22,
		-0.0, 9007199254740993.0 };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		json_t *object = json_pack("{s:f}", "x", values[i]);
		char *texts[] = { lk_json_line(object), lk_json_document(object) };

		json_decref(object);
		for (int k = 0; k < 2; k++) {
			double back;

			object = parse(texts[k]);
			ck_assert(lk_json_get_real(json_object_get(object, "x"),
					&back));
			ck_assert_msg(back == values[i], "%s", texts[k]);
			json_decref(object);
			free(texts[k]);
		}
	}
}
END_TEST

START_TEST(what_is_not_finite_is_a_string)
{
	static const double values[] = { (double)INFINITY, -(double)INFINITY,
		(double)NAN };
	static const char *const texts[] = { "inf", "-inf", "nan" };

	for (int i = 0; i < 3; i++) {
		json_t *value = lk_json_new_real(values[i]);
		double back;

		ck_assert_str_eq(json_string_value(value), texts[i]);
		ck_assert(lk_json_get_real(value, &back));
		ck_assert(isnan(back) == isnan(values[i]));
		ck_assert(isnan(back) || back == values[i]);
		json_decref(value);
	}
}
END_TEST

START_TEST(documents_are_for_people_lines_for_machines)
{
	json_t *object = json_pack("{s:f, s:[i]}", "eps", 1e-5, "a", 1);
	char *line = lk_json_line(object), *document = lk_json_document(object);

	ck_assert_str_eq(line, "{\"eps\":1.0000000000000001e-5,\"a\":[1]}");
	ck_assert_str_eq(document,
			"{\n  \"eps\": 1e-5,\n  \"a\": [\n    1\n  ]\n}\n");
	free(line);
	free(document);
	json_decref(object);
}
END_TEST

START_TEST(files_have_a_greatest_size)
{
	const char *path = test_write_text("a.json", "{\"a\": 1}");
	json_t *object;

	ck_assert_int_eq(lk_json_load(&object, path, 8, &error), LK_OK);
	json_decref(object);
	ck_assert_int_ne(lk_json_load(&object, path, 7, &error), LK_OK);
	ck_assert_ptr_nonnull(strstr(error.text, "a.json"));
	ck_assert_int_eq(lk_json_load(&object, test_path("none"), 8, &error), LK_IO);
}
END_TEST

static Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, malformed_text_is_refused_with_its_line, 0,
			sizeof bad_texts / sizeof *bad_texts);
	tcase_add_test(all, deep_nesting_ends_cleanly);
	tcase_add_test(all, members_have_types_ranges_and_defaults);
	tcase_add_test(all, reals_come_back_exactly);
	tcase_add_test(all, what_is_not_finite_is_a_string);
	tcase_add_test(all, documents_are_for_people_lines_for_machines);
	tcase_add_test(all, files_have_a_greatest_size);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(json_suite)
