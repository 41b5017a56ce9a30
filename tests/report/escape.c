#include "report/escape.h"

#include "support/main.h"


static void check(const char *text, size_t nbytes, bool lines, const char *want)
{
	char *got = lk_escape(text, nbytes, lines);

	ck_assert_str_eq(got, want);
	free(got);
}
#define CHECK(text, lines, want) check(text, sizeof(text) - 1, lines, want)

START_TEST(plain_text_is_itself)
{
	CHECK("", true, "");
	CHECK("To be, or not\n\tto be \\ \"that\"\n", true,
			"To be, or not\n\tto be \\ \"that\"\n");
	CHECK("na\u00EFve \u4E2D\u6587 \U0001F600 \u200D e\u0301", true,
			"na\u00EFve \u4E2D\u6587 \U0001F600 \u200D e\u0301");
}
END_TEST

START_TEST(controls_are_shown)
{
	CHECK("\033[31mred\033[0m", true, "\\x1b[31mred\\x1b[0m");
	CHECK("a\0b\r\b\a\177", true, "a\\x00b\\x0d\\x08\\x07\\x7f");
	CHECK("\xC2\x80\xC2\x9B\xC2\x9F\u00A0", true, "\\x80\\x9b\\x9f\u00A0");
	CHECK("a\nb\tc", false, "a\\x0ab\\x09c");
	CHECK("\u202Eabc\u2066", true, "\\u202eabc\\u2066");
}
END_TEST

START_TEST(what_is_no_utf8_is_replaced)
{
	CHECK("\xFF" "a\xC3", true, "\uFFFDa\uFFFD");
	CHECK("\xE2\x82z", true, "\uFFFD\uFFFDz");
	CHECK("\xED\xA0\x80", true, "\uFFFD\uFFFD\uFFFD"); /* a surrogate */
	CHECK("\xC0\x9B", true, "\uFFFD\uFFFD");           /* overlong */
	CHECK("\x9B" "31m", true, "\uFFFD" "31m");         /* a bare C1 byte */
}
END_TEST

/* No byte sequence gets a control character through. */
START_TEST(nothing_gets_through)
{
	unsigned char text[3];

	for (unsigned n = 0; n < 1u << 16; n++) {
		text[0] = (unsigned char)n;
		text[1] = (unsigned char)(n >> 8);
		text[2] = (unsigned char)(n * 7);
		char *got = lk_escape(text, sizeof text, true);
		for (unsigned char *at = (unsigned char *)got; *at; at++) {
			ck_assert(*at >= 0x20 || *at == '\n' || *at == '\t');
			ck_assert(*at != 0x7F);
			ck_assert(at[0] != 0xC2 || at[1] >= 0xA0);
		}
		free(got);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("escape");
	TCase *t = tcase_create("escape");

	tcase_add_test(t, plain_text_is_itself);
	tcase_add_test(t, controls_are_shown);
	tcase_add_test(t, what_is_no_utf8_is_replaced);
	tcase_add_test(t, nothing_gets_through);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
