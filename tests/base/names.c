/* Names of choices: the whole name counts, and nothing else is one. */
#include "base/names.h"
#include "support/main.h"

START_TEST(whole_names)
{
	static const char *const names[] = { "gpt", "gpt2", "llama" };

	ck_assert_int_eq(lk_name_find("gpt", names, 3), 0);
	ck_assert_int_eq(lk_name_find("gpt2", names, 3), 1);
	ck_assert_int_eq(lk_name_find("llama", names, 3), 2);
	ck_assert_int_eq(lk_name_find("llama", names, 2), -1);
	ck_assert_int_eq(lk_name_find("gp", names, 3), -1);
	ck_assert_int_eq(lk_name_find("GPT2", names, 3), -1);
	ck_assert_int_eq(lk_name_find("", names, 3), -1);
}
END_TEST

static Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *all = tcase_create("all");

	tcase_add_test(all, whole_names);
	suite_add_tcase(suite, all);
	return suite;
}
TEST_MAIN(names_suite)
