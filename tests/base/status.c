/* Messages that do not fit: a character cut in half, or a long path that pushes
 * out the reason, would leave the reader with nothing to go by. */
#include "base/status.h"
#include "support/main.h"

#include <errno.h>
#include <string.h>

START_TEST(status_and_text_are_stored)
{
	lk_error error = { LK_OK, "" };

	ck_assert_int_eq(lk_fail(&error, LK_FORMAT, "%s: line %d", "x", 7), LK_FORMAT);
	ck_assert_int_eq(error.status, LK_FORMAT);
	ck_assert_str_eq(error.text, "x: line 7");
	ck_assert_int_eq(lk_fail_in(&error, LK_RANGE, "%s", "outer"), LK_RANGE);
	ck_assert_int_eq(error.status, LK_RANGE);
	ck_assert_str_eq(error.text, "outer: x: line 7");
}
END_TEST

START_TEST(nobody_need_read_it)
{
	ck_assert_int_eq(lk_fail(NULL, LK_FORMAT, "x"), LK_FORMAT);
	ck_assert_int_eq(lk_fail_errno(NULL, "x"), LK_IO);
	ck_assert_int_eq(lk_fail_in(NULL, LK_RANGE, "x"), LK_RANGE);
}
END_TEST

/* Text of two-, three- and four-byte characters at every alignment: what is
 * kept consists of whole ones. */
START_TEST(cut_at_a_character)
{
	static const char *const characters[] = { "é", "€", "😀" };

	for (size_t c = 0; c < 3; c++)
		for (size_t shift = 0; shift < 4; shift++) {
			size_t size = strlen(characters[c]), kept;
			char text[1024] = "";
			lk_error error, inner;

			memset(text, 'x', shift);
			while (strlen(text) < 1000)
				strcat(text, characters[c]);
			lk_fail(&error, LK_IO, "%s", text);
			kept = strlen(error.text);
			ck_assert_uint_ge(kept, sizeof error.text - size);
			ck_assert_uint_eq((kept - shift) % size, 0);
			ck_assert_mem_eq(error.text, text, kept);

			inner = error;
			lk_fail_in(&error, LK_IO, "in");
			kept = strlen(error.text);
			ck_assert_uint_eq((kept - shift - strlen("in: ")) % size, 0);
			ck_assert_mem_eq(error.text + 4, inner.text, kept - 4);
		}
}
END_TEST

START_TEST(reason_survives_a_long_path)
{
	for (size_t length = 450; length < 600; length++) {
		char path[700] = "x"; /* so that é lies across both sides of a cut */
		const char *reason = strerror(ENOSPC);
		size_t kept;
		lk_error error;

		path[length % 2] = '\0';
		while (strlen(path) < length)
			strcat(path, "é");
		errno = ENOSPC;
		ck_assert_int_eq(lk_fail_errno(&error, "%s", path), LK_IO);
		ck_assert_int_eq(errno, ENOSPC);
		kept = strlen(error.text) - strlen(reason) - 2;
		ck_assert_str_eq(error.text + kept + 2, reason);
		ck_assert_mem_eq(error.text + kept, ": ", 2);
		ck_assert_mem_eq(error.text, path, kept);
		ck_assert_uint_eq(kept % 2, length % 2);
	}
}
END_TEST

START_TEST(every_status_has_a_text)
{
	ck_assert_str_eq(lk_status_text(LK_OK), "success");
	ck_assert_str_eq(lk_status_text(LK_STOPPED), "stopped by a signal");
	ck_assert_str_eq(lk_status_text((lk_status)99), "unknown status");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("status");
	TCase *t = tcase_create("status");

	tcase_add_test(t, status_and_text_are_stored);
	tcase_add_test(t, nobody_need_read_it);
	tcase_add_test(t, cut_at_a_character);
	tcase_add_test(t, reason_survives_a_long_path);
	tcase_add_test(t, every_status_has_a_text);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
