/* A word that ends a character early or late gives other tokens than GPT-2's and
 * GPT-4's own splitters, in every text; a cut inside a word, other tokens than the
 * whole text has. The golden words are what Hugging Face tokenizers make
 * (tests/golden/make_bpe.py). */
#include "text/words.h"
#include "base/rng.h"
#include "support/main.h"
#include "text/character_class.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 64, TEXTS = 300 };

/* Words as one text, "|" between them. */
static const char *split(lk_split kind, const char *text)
{
	static char out[512];
	size_t nbytes = strlen(text), at = 0, used = 0, word;

	for (; at < nbytes; at += word) {
		word = lk_word_next(kind, (const unsigned char *)text + at, nbytes - at);
		used += (size_t)snprintf(out + used, sizeof out - used, "%s%.*s",
				at ? "|" : "", (int)word, text + at);
	}
	return out;
}

START_TEST(words_are_those_of_the_patterns)
{
	static const struct {
		const char *text, *gpt2, *gpt4;
	} known[] = {
		{ "Hello  world", "Hello| | world", "Hello| | world" },
		{ "I'll he'S 'twas", "I|'ll| he|'|S| '|twas", "I|'ll| he|'S| '|twas" },
		{ "x'\xC5\xBFy", "x|'|\xC5\xBFy", "x|'\xC5\xBF|y" },
		{ "12345 6", "12345| 6", "123|45| |6" },
		{ "a.\n\nb", "a|.|\n|\n|b", "a|.\n\n|b" },
		{ "a \n \n  b", "a| \n \n | b", "a| \n \n| | b" },
		{ "\tif (x)", "\t|if| (|x|)", "\tif| (|x|)" },
		{ "a \r\n", "a| \r\n", "a| \r\n" },
		{ "don't  ", "don|'t|  ", "don|'t|  " },
		{ "\xE3\x80\x80x", "\xE3\x80\x80|x", "\xE3\x80\x80x" },
		{ "\xC3\xA9t\xC3\xA9\xFFz", "\xC3\xA9t\xC3\xA9|\xFF|z",
				"\xC3\xA9t\xC3\xA9|\xFFz" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		ck_assert_str_eq(split(LK_SPLIT_GPT2, known[i].text), known[i].gpt2);
		ck_assert_str_eq(split(LK_SPLIT_GPT4, known[i].text), known[i].gpt4);
		ck_assert_str_eq(split(LK_SPLIT_NONE, known[i].text), known[i].text);
	}
}
END_TEST

/* Texts of what patterns tell apart, broken characters among them. */
static size_t random_text(unsigned char text[MOST], uint64_t number)
{
	static const char *const pieces[] = { " ", " ", "\n", "\r", "\t", "'", "s", "ll",
		"a", "B", "7", ".", "\xC3\xA9", "\xE2\x80\x83", "\xE4\xB8\xAD", "\xD9\xA3",
		"\xF0\x9F\x98\x80", "\xE2\x80", "\xFF", "\xC2\x85" };
	lk_rng rng = lk_rng_new(number, LK_RNG_CHECK);
	size_t nbytes = 0;

	for (uint64_t i = 0; nbytes + 4 < MOST; i++) {
		const char *piece = pieces[lk_rng_below(
				rng, i, 0, sizeof pieces / sizeof *pieces)];

		memcpy(text + nbytes, piece, strlen(piece));
		nbytes += strlen(piece);
	}
	return nbytes;
}

/* Ends of the words of text + from .. end, as bits of a set. */
static uint64_t ends(lk_split kind, const unsigned char *text, size_t from, size_t end)
{
	uint64_t set = 0;

	while (from < end) {
		from += lk_word_next(kind, text + from, end - from);
		set |= (uint64_t)1 << (from - 1);
	}
	return set;
}

START_TEST(cuts_keep_words)
{
	unsigned char text[MOST];
	size_t cuts = 0;

	for (uint64_t i = 0; i < TEXTS; i++)
		for (int kind = 0; kind < LK_SPLIT_COUNT; kind++) {
			size_t nbytes = random_text(text, i);
			uint64_t whole = ends(kind, text, 0, nbytes);

			for (size_t at = 0; at < nbytes; at++) {
				size_t cut = lk_word_cut(kind, text, nbytes, at);

				ck_assert_uint_le(cut, at);
				ck_assert_uint_eq(whole, ends(kind, text, 0, cut) |
						ends(kind, text, cut, nbytes));
				cuts += cut > 0;
			}
		}
	ck_assert_uint_gt(cuts, TEXTS);
}
END_TEST

START_TEST(splits_have_names)
{
	lk_split split = LK_SPLIT_COUNT;
	lk_error error = { 0 };

	for (int kind = 0; kind < LK_SPLIT_COUNT; kind++) {
		ck_assert_int_eq(lk_split_parse(&split, lk_split_name(kind), &error),
				LK_OK);
		ck_assert_int_eq(split, kind);
	}
	ck_assert_int_eq(lk_split_parse(&split, "gpt3", &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "gpt3"));
}
END_TEST

static void set_up(void)
{
	lk_character_class_prepare();
}

static Suite *suite(void)
{
	Suite *s = suite_create("words");
	TCase *t = tcase_create("words");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, words_are_those_of_the_patterns);
	tcase_add_test(t, cuts_keep_words);
	tcase_add_test(t, splits_have_names);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
