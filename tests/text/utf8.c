/* UTF-8 has four ways of being wrong that decoders let through: overlong forms,
 * surrogates, code points beyond U+10FFFF, and characters cut off. All sequences
 * of up to three bytes, and those of four on either side of every limit, are held
 * against a decoder that reads the bits first and then asks. */
#include "text/utf8.h"
#include "support/main.h"

#include <string.h>

/* The character at text, by definition: as long as the first byte's leading
 * ones say, all others 10xxxxxx, as short as its code point allows. */
static uint32_t reference(const unsigned char *text, size_t nbytes, size_t *length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t ones = 0;

	while (ones < 8 && text[0] & 0x80 >> ones)
		ones++;
	size_t whole = ones ? ones : 1;
	uint32_t c = ones ? text[0] & (0xFFu >> ones >> 1) : text[0];
	int valid = ones != 1 && ones <= 4 && whole <= nbytes;
	for (size_t i = 1; valid && i < whole; i++) {
		valid = (text[i] & 0xC0) == 0x80;
		c = c << 6 | (text[i] & 0x3F);
	}
	if (!valid || c < least[whole] || (c >= 0xD800 && c < 0xE000) || c > 0x10FFFF) {
		*length = 1;
		return LK_UTF8_INVALID + text[0];
	}
	*length = whole;
	return c;
}

static void check(const unsigned char *text, size_t nbytes)
{
	size_t length, expected_length;
	uint32_t c = lk_utf8_decode(text, nbytes, &length);
	uint32_t expected = reference(text, nbytes, &expected_length);

	if (c == expected && length == expected_length) /* ck_assert is slow */
		return;
	ck_abort_msg("%02X %02X %02X %02X of %zu: U+%04X, %zu bytes; expected U+%04X, "
		     "%zu bytes", text[0], text[1], text[2], text[3], nbytes,
			(unsigned)c, length, (unsigned)expected, expected_length);
}

START_TEST(all_sequences_up_to_three_bytes)
{
	for (uint32_t i = 0; i < 1u << 24; i++) {
		unsigned char text[4] = { i >> 16 & 0xFF, i >> 8 & 0xFF, i & 0xFF, 0x80 };

		if (!(i & 0xFFFF))
			check(text, 1);
		if (!(i & 0xFF))
			check(text, 2);
		check(text, 3);
	}
}
END_TEST

START_TEST(four_bytes)
{
	static const unsigned char last[] = { 0, 0x7F, 0x80, 0x81, 0xBE, 0xBF, 0xC0,
		0xFF };

	for (uint32_t lead = 0xE0; lead <= 0xFF; lead++)
		for (uint32_t i = 0; i < 1u << 16; i++)
			for (size_t k = 0; k < sizeof last; k++) {
				unsigned char text[4] = { lead & 0xFF, i >> 8 & 0xFF,
					i & 0xFF, last[k] };

				check(text, 4);
			}
}
END_TEST

/* By name, as they are known from attacks. */
START_TEST(known_bad_forms)
{
	static const char *const bad[] = {
		"\xC0\x80", "\xC0\xAF", "\xC1\xBF",           /* overlong, two bytes */
		"\xE0\x80\xAF", "\xE0\x9F\xBF",               /* three */
		"\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF",       /* four */
		"\xED\xA0\x80", "\xED\xBF\xBF",               /* surrogates */
		"\xED\xA0\xBD\xED\xB8\x80",                   /* a pair of them */
		"\xF4\x90\x80\x80", "\xF7\xBF\xBF\xBF",       /* above U+10FFFF */
		"\xF8\x88\x80\x80\x80", "\xFC\x84\x80\x80\x80\x80", "\xFE", "\xFF",
		"\x80", "\xBF",                               /* no beginning */
		"\xC3", "\xC3\n", "\xE2\x82", "\xF0\x9F\x98" /* no end */
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const unsigned char *text = (const unsigned char *)bad[i];
		size_t nbytes = strlen(bad[i]), length;

		ck_assert_uint_eq(lk_utf8_decode(text, nbytes, &length),
				LK_UTF8_INVALID + text[0]);
		ck_assert_uint_eq(length, 1);
		ck_assert_uint_eq(lk_utf8_count(text, nbytes), nbytes);
	}
}
END_TEST

START_TEST(every_code_point_comes_back)
{
	for (uint32_t c = 0; c < LK_UTF8_INVALID + 0x100; c++) {
		unsigned char text[4];
		size_t nbytes = lk_utf8_encode(text, c), length;
		uint32_t back = lk_utf8_decode(text, nbytes, &length);
		uint32_t expected = c;

		if (c >= 0xD800 && c < 0xE000)
			expected = LK_UTF8_INVALID + 0xED;
		else if (c >= LK_UTF8_INVALID && c < LK_UTF8_INVALID + 0x80)
			expected = c - LK_UTF8_INVALID;
		if (back != expected || (expected == c && length != nbytes))
			ck_abort_msg("U+%04X comes back as U+%04X", (unsigned)c,
					(unsigned)back);
	}
}
END_TEST

/* Every string of up to six bytes from this alphabet, which has all kinds. */
static const unsigned char kinds[] = { 'A', 0x80, 0xBF, 0xC3, 0xE0, 0xED, 0xF0, 0xF4 };

static size_t make_string(unsigned char *text, uint32_t number, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++, number /= sizeof kinds)
		text[i] = kinds[number % sizeof kinds];
	return nbytes;
}

static uint32_t strings(size_t nbytes)
{
	return 1u << 3 * nbytes;
}

START_TEST(boundaries_are_where_reading_stops)
{
	for (size_t nbytes = 0; nbytes <= 6; nbytes++)
		for (uint32_t number = 0; number < strings(nbytes); number++) {
			unsigned char text[6];
			size_t before = 0, next = 0, length, count = 0;

			make_string(text, number, nbytes);
			for (size_t at = 0; at <= nbytes; at++) {
				if (at == next) {
					before = at;
					if (at < nbytes) {
						reference(text + at, nbytes - at, &length);
						next = at + length;
						count++;
					}
				}
				if (lk_utf8_boundary(text, nbytes, at) != before)
					ck_abort_msg("string %u of %zu, at %zu",
							(unsigned)number, nbytes, at);
			}
			ck_assert_uint_eq(lk_utf8_count(text, nbytes), count);
		}
}
END_TEST

/* Whether some continuation makes the last `tail` bytes part of one character. */
static int can_complete(const unsigned char *tail_text, size_t tail)
{
	static const unsigned char more[] = { 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF };
	unsigned char text[7] = { 0 };
	size_t length;

	memcpy(text, tail_text, tail);
	for (size_t i = 0; i < 6 * 6 * 6; i++) {
		text[tail] = more[i % 6];
		text[tail + 1] = more[i / 6 % 6];
		text[tail + 2] = more[i / 36];
		reference(text, tail + 3, &length);
		if (length > tail)
			return 1;
	}
	return 0;
}

START_TEST(tails_that_more_bytes_could_complete)
{
	for (size_t nbytes = 0; nbytes <= 4; nbytes++)
		for (uint32_t number = 0; number < strings(nbytes); number++) {
			unsigned char text[4];
			size_t expected = 0;

			make_string(text, number, nbytes);
			for (size_t tail = 1; tail <= 3 && tail <= nbytes; tail++)
				if (can_complete(text + nbytes - tail, tail))
					expected = tail;
			if (lk_utf8_incomplete_tail(text, nbytes) != expected)
				ck_abort_msg("string %u of %zu: expected %zu",
						(unsigned)number, nbytes, expected);
		}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *t = tcase_create("utf8");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, all_sequences_up_to_three_bytes);
	tcase_add_test(t, four_bytes);
	tcase_add_test(t, known_bad_forms);
	tcase_add_test(t, every_code_point_comes_back);
	tcase_add_test(t, boundaries_are_where_reading_stops);
	tcase_add_test(t, tails_that_more_bytes_could_complete);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
