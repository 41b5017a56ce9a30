/* A file that is written in pieces: whole or not there, and never in the place of a
 * device or a pipe. */
#include "base/file.h"
#include "base/output.h"
#include "support/main.h"
#include "support/scratch.h"

#include <sys/stat.h>

START_TEST(the_file_is_there_when_it_is_whole)
{
	const char *path = test_path("whole");
	lk_output *output;
	lk_bytes bytes;

	ck_assert_int_eq(lk_output_new(&output, path, false, NULL), LK_OK);
	ck_assert_int_eq(lk_output_write(output, "abc", 3, NULL), LK_OK);
	ck_assert(!lk_path_exists(path));
	ck_assert_int_eq(lk_output_write_at(output, "B", 1, 1, NULL), LK_OK);
	ck_assert_int_eq(lk_output_write(output, "d", 1, NULL), LK_OK);
	ck_assert_int_eq(lk_output_finish(output, NULL), LK_OK);
	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	ck_assert_str_eq((char *)bytes.data, "aBcd");
	lk_bytes_free(&bytes);
}
END_TEST

START_TEST(what_is_dropped_leaves_nothing)
{
	const char *path = test_write_text("kept", "before");
	size_t entries = test_entries(test_scratch());
	lk_output *output;
	lk_bytes bytes;

	ck_assert_int_eq(lk_output_new(&output, path, false, NULL), LK_OK);
	ck_assert_int_eq(lk_output_write(output, "after", 5, NULL), LK_OK);
	lk_output_drop(output);
	ck_assert_uint_eq(test_entries(test_scratch()), entries);
	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	ck_assert_str_eq((char *)bytes.data, "before");
	lk_bytes_free(&bytes);
}
END_TEST

START_TEST(only_a_file_is_replaced)
{
	const char *path = test_path("pipe");
	struct stat info;
	lk_output *output;
	lk_error error;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(lk_output_new(&output, path, false, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "no regular file"));
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert(S_ISFIFO(info.st_mode));
	ck_assert_int_eq(lk_output_new(&output, test_scratch(), false, &error), LK_IO);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *tests = tcase_create("output");

	tcase_add_test(tests, the_file_is_there_when_it_is_whole);
	tcase_add_test(tests, what_is_dropped_leaves_nothing);
	tcase_add_test(tests, only_a_file_is_replaced);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
