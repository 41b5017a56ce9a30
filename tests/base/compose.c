/* A file that one function makes: all of it, or what was there before. */
#include "base/compose.h"
#include "base/file.h"
#include "support/main.h"
#include "support/scratch.h"

static lk_status write_some(FILE *out, const void *context, lk_error *error)
{
	fputs("half of it", out);
	return context ? lk_fail(error, LK_RANGE, "%s", (const char *)context) : LK_OK;
}

static void check_file(const char *path, const char *want)
{
	lk_bytes bytes;

	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	ck_assert_str_eq((char *)bytes.data, want);
	lk_bytes_free(&bytes);
}

START_TEST(all_or_what_was_there)
{
	const char *path = test_write_text("file", "before");
	lk_error error;

	ck_assert_int_eq(lk_file_compose(path, write_some, "no more", &error), LK_RANGE);
	ck_assert_str_eq(error.text, "no more");
	check_file(path, "before");
	ck_assert_int_eq(lk_file_compose(path, write_some, NULL, &error), LK_OK);
	check_file(path, "half of it");
}
END_TEST

static Suite *compose_suite(void)
{
	Suite *suite = suite_create("compose");
	TCase *all = tcase_create("all");

	tcase_add_test(all, all_or_what_was_there);
	suite_add_tcase(suite, all);
	return suite;
}
TEST_MAIN(compose_suite)
