/* Removing a directory is the one thing here that can destroy what it should
 * not: a link that is followed leads out of it. */
#include "base/directory.h"
#include "support/main.h"
#include "support/scratch.h"

#include <sys/stat.h>
#include <unistd.h>

START_TEST(made_with_parents_and_twice)
{
	ck_assert_int_eq(lk_directory_make(test_path("made/b//c/"), NULL), LK_OK);
	ck_assert(lk_path_is_directory(test_path("made/b/c")));
	ck_assert_int_eq(lk_directory_make(test_path("made/b/c"), NULL), LK_OK);
	ck_assert_int_eq(lk_directory_make("/", NULL), LK_OK);
	ck_assert_int_eq(lk_directory_make(".", NULL), LK_OK);
	ck_assert_int_eq(symlink("b", test_path("made/link")), 0);
	ck_assert_int_eq(lk_directory_make(test_path("made/link/d"), NULL), LK_OK);
	ck_assert(lk_path_is_directory(test_path("made/b/d")));
}
END_TEST

START_TEST(a_file_in_the_way_is_named)
{
	lk_error error = { LK_OK, "" };
	const char *file = test_write_text("file", "x");

	ck_assert_int_eq(lk_directory_make(file, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "not a directory"));
	ck_assert_int_eq(lk_directory_make(test_path("file/below"), &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, file));
	ck_assert_int_eq(lk_directory_make("", &error), LK_IO);
}
END_TEST

START_TEST(removed_with_what_is_in_it)
{
	ck_assert_int_eq(lk_directory_make(test_path("gone/a/b"), NULL), LK_OK);
	test_write_text("gone/a/b/file", "x");
	test_write_text("gone/.hidden", "x");
	ck_assert_int_eq(mkfifo(test_path("gone/a/pipe"), 0600), 0);
	ck_assert_int_eq(lk_directory_remove(test_path("gone"), NULL), LK_OK);
	ck_assert(!lk_path_exists(test_path("gone")));
	ck_assert_int_eq(lk_directory_remove(test_path("gone"), NULL), LK_OK);
}
END_TEST

START_TEST(links_are_not_followed)
{
	ck_assert_int_eq(lk_directory_make(test_path("kept"), NULL), LK_OK);
	test_write_text("kept/file", "x");
	ck_assert_int_eq(lk_directory_make(test_path("linking"), NULL), LK_OK);
	ck_assert_int_eq(symlink("../kept", test_path("linking/inner")), 0);
	ck_assert_int_eq(symlink("../kept/file", test_path("linking/leaf")), 0);
	ck_assert_int_eq(symlink("nowhere", test_path("linking/broken")), 0);
	ck_assert_int_eq(lk_directory_remove(test_path("linking"), NULL), LK_OK);
	ck_assert(!lk_path_exists(test_path("linking")));
	ck_assert_int_eq(symlink("kept", test_path("outer")), 0);
	ck_assert_int_eq(lk_directory_remove(test_path("outer"), NULL), LK_OK);
	ck_assert(!lk_path_exists(test_path("outer")));
	ck_assert(lk_path_exists(test_path("kept/file")));
}
END_TEST

START_TEST(a_file_is_no_directory)
{
	const char *file = test_write_text("plain", "x");
	lk_error error = { LK_OK, "" };

	ck_assert_int_eq(lk_directory_remove(file, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, file));
	ck_assert(lk_path_exists(file));
	ck_assert_int_eq(lk_directory_sync(file, &error), LK_IO);
	ck_assert_int_eq(lk_directory_sync(test_scratch(), &error), LK_OK);
}
END_TEST

START_TEST(paths_are_joined_by_one_slash)
{
	static const char *const cases[][3] = { { "a", "b", "a/b" },
		{ "a/", "b", "a/b" }, { "/", "b", "/b" }, { "", "b", "b" } };

	for (size_t i = 0; i < 4; i++) {
		char *path = lk_path_join(cases[i][0], cases[i][1]);

		ck_assert_str_eq(path, cases[i][2]);
		free(path);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("directory");
	TCase *t = tcase_create("directory");

	tcase_add_test(t, made_with_parents_and_twice);
	tcase_add_test(t, a_file_in_the_way_is_named);
	tcase_add_test(t, removed_with_what_is_in_it);
	tcase_add_test(t, links_are_not_followed);
	tcase_add_test(t, a_file_is_no_directory);
	tcase_add_test(t, paths_are_joined_by_one_slash);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
