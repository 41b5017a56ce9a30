/* A tokenizer that loses a byte, or a vocabulary whose order shifts, ruins every
 * model made with it and shows up only as a slightly worse loss. Whatever goes in
 * must come out, and ids must be what other programs expect. */
#include "text/tokenizer.h"
#include "base/rng.h"
#include "support/main.h"
#include "text/utf8.h"

#include <stdio.h>
#include <string.h>

enum { RANDOM = 5000 };

/* Any bytes; by `i`, all of them, or mostly such as occur in UTF-8. */
static void random_bytes(unsigned char *text, size_t nbytes, int i)
{
	static const unsigned char common[] = "a\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
	lk_rng rng = lk_rng_new((uint64_t)i, LK_RNG_CHECK);

	for (size_t k = 0; k < nbytes; k++)
		text[k] = i % 2 ? (unsigned char)lk_rng_below(rng, k, 0, 256)
				: common[lk_rng_below(rng, k, 0, sizeof common)];
}

static void check_round_trip(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes)
{
	size_t at = 0, length;
	lk_ids ids = { 0 };

	ck_assert_int_eq(lk_tokenizer_encode(tokenizer, text, nbytes, &ids, NULL), LK_OK);
	for (size_t i = 0; i < ids.count; i++) {
		ck_assert_uint_lt(ids.data[i], tokenizer->vocabulary);
		ck_assert_uint_ne(ids.data[i], tokenizer->end);
		const unsigned char *piece = lk_tokenizer_piece(tokenizer, ids.data[i],
				&length);
		ck_assert_uint_ge(length, 1);
		ck_assert_uint_le(length, nbytes - at);
		ck_assert_mem_eq(text + at, piece, length);
		at += length;
	}
	ck_assert_uint_eq(at, nbytes);
	lk_ids_free(&ids);
}

/* Wherever it lets itself be cut, the halves have the ids of the whole. */
static void check_cuts(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes)
{
	lk_ids whole = { 0 }, halves = { 0 };

	lk_tokenizer_encode(tokenizer, text, nbytes, &whole, NULL);
	for (size_t at = 0; at <= nbytes; at++) {
		size_t cut = lk_tokenizer_cut(tokenizer, text, nbytes, at);

		ck_assert_uint_le(cut, at);
		ck_assert_uint_le(at - cut, 3);
		halves.count = 0;
		lk_tokenizer_encode(tokenizer, text, cut, &halves, NULL);
		lk_tokenizer_encode(tokenizer, text + cut, nbytes - cut, &halves, NULL);
		ck_assert_uint_eq(halves.count, whole.count);
		ck_assert_mem_eq(halves.data, whole.data,
				whole.count * sizeof *whole.data);
	}
	lk_ids_free(&whole);
	lk_ids_free(&halves);
}

START_TEST(bytes_come_back)
{
	unsigned char text[RANDOM];
	lk_tokenizer *tokenizer;

	random_bytes(text, RANDOM, _i);
	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	check_round_trip(tokenizer, text, RANDOM);
	check_round_trip(tokenizer, text, 0);
	check_cuts(tokenizer, text, 100);
	lk_tokenizer_free(tokenizer);
}
END_TEST

START_TEST(characters_come_back)
{
	unsigned char text[RANDOM];
	lk_tokenizer *tokenizer;

	random_bytes(text, RANDOM, _i);
	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, text, RANDOM, NULL), LK_OK);
	check_round_trip(tokenizer, text, RANDOM);
	check_round_trip(tokenizer, text, 0);
	check_cuts(tokenizer, text, 300);
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* GPT-2's vocab.json gives these ids to single bytes. */
START_TEST(bytes_are_in_the_order_of_gpt2)
{
	static const struct {
		unsigned char byte;
		uint32_t id;
	} known[] = { { '!', 0 }, { '"', 1 }, { 'A', 32 }, { 'a', 64 }, { '~', 93 },
		{ 0xA1, 94 }, { 0xAC, 105 }, { 0xAE, 106 }, { 0xFF, 187 }, { 0, 188 },
		{ '\n', 198 }, { ' ', 220 }, { 0x7F, 221 }, { 0x80, 222 }, { 0xA0, 254 },
		{ 0xAD, 255 } };
	lk_tokenizer *tokenizer;
	size_t nbytes;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	ck_assert_uint_eq(tokenizer->vocabulary, 257);
	ck_assert_uint_eq(tokenizer->end, 256);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const unsigned char *piece = lk_tokenizer_piece(tokenizer, known[i].id,
				&nbytes);

		ck_assert_uint_eq(nbytes, 1);
		ck_assert_uint_eq(*piece, known[i].byte);
	}
	ck_assert_ptr_nonnull(lk_tokenizer_piece(tokenizer, 256, &nbytes));
	ck_assert_uint_eq(nbytes, 0);
	lk_tokenizer_free(tokenizer);
}
END_TEST

static void check_piece(const lk_tokenizer *tokenizer, uint32_t id, const char *text)
{
	size_t nbytes;
	const unsigned char *piece = lk_tokenizer_piece(tokenizer, id, &nbytes);

	ck_assert_uint_eq(nbytes, strlen(text));
	ck_assert_mem_eq(piece, text, nbytes);
}

START_TEST(characters_are_in_the_order_of_code_points)
{
	static const char text[] = "z\xFF\x80\xF0\x9F\x98\x80\nbéaé€\x80z";
	static const char *const order[] = { "\n", "a", "b", "z", "é", "€",
		"\xF0\x9F\x98\x80", "\x80", "\xFF", "" };
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, (const unsigned char *)text,
					 strlen(text), NULL),
			LK_OK);
	ck_assert_uint_eq(tokenizer->vocabulary, 10);
	ck_assert_uint_eq(tokenizer->end, 9);
	for (uint32_t id = 0; id < 10; id++)
		check_piece(tokenizer, id, order[id]);
	lk_tokenizer_free(tokenizer);
}
END_TEST

static lk_tokenizer *tokenizer_of(const char *text)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, (const unsigned char *)text,
					 strlen(text), NULL),
			LK_OK);
	return tokenizer;
}

/* The end of text as it is written is no more than thirteen characters. */
START_TEST(the_end_is_never_read_from_text)
{
	lk_tokenizer *tokenizer = tokenizer_of(LK_END_OF_TEXT);
	lk_tokenizer *bytes;

	check_round_trip(tokenizer, (const unsigned char *)LK_END_OF_TEXT, 13);
	lk_tokenizer_free(tokenizer);
	ck_assert_int_eq(lk_tokenizer_new_byte(&bytes, NULL), LK_OK);
	check_round_trip(bytes, (const unsigned char *)LK_END_OF_TEXT, 13);
	lk_tokenizer_free(bytes);
}
END_TEST

START_TEST(unknown_characters_are_named)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *name;
	} cases[] = { { "abx", 2, "U+0078 (x)" }, { "ééa€", 5, "U+20AC (€)" },
		{ "a\t", 1, "U+0009 is" }, { "a\xE2\x80\xAE", 1, "U+202E is" },
		{ "é\xC3", 2, "byte 0xC3" }, { "\xF0\x9F\x98\x80", 0, "U+1F600" } };
	lk_tokenizer *tokenizer = tokenizer_of("abé");
	lk_ids ids = { 0 };

	lk_ids_push(&ids, 77, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lk_error error = { LK_OK, "" };
		char place[32];

		ck_assert_int_eq(lk_tokenizer_encode_at(tokenizer,
						 (const unsigned char *)cases[i].text,
						 strlen(cases[i].text), 1000, &ids, &error),
				LK_RANGE);
		snprintf(place, sizeof place, "byte %zu:", 1000 + cases[i].offset);
		ck_assert_ptr_nonnull(strstr(error.text, place));
		ck_assert_msg(strstr(error.text, cases[i].name) != NULL, "%s", error.text);
		ck_assert_ptr_nonnull(strstr(error.text, "of 3 characters"));
		ck_assert_uint_eq(ids.count, 1);
		ck_assert_uint_eq(ids.data[0], 77);
	}
	lk_ids_free(&ids);
	lk_tokenizer_free(tokenizer);
}
END_TEST

static lk_status stumble(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error)
{
	(void)tokenizer;
	(void)offset;
	for (size_t i = 0; i < nbytes; i++)
		lk_ids_push(ids, text[i], NULL);
	return lk_fail(error, LK_RANGE, "stumbled");
}

/* A kind that fails halfway leaves no ids of half a text. */
START_TEST(ids_are_as_before_a_failure)
{
	static const lk_tokenizer_kind kind = { .name = "stumble", .encode = stumble };
	lk_tokenizer tokenizer = { .kind = &kind };
	lk_ids ids = { 0 };

	lk_ids_push(&ids, 7, NULL);
	ck_assert_int_eq(lk_tokenizer_encode(&tokenizer, (const unsigned char *)"abc", 3,
					 &ids, NULL),
			LK_RANGE);
	ck_assert_uint_eq(ids.count, 1);
	ck_assert_uint_eq(ids.data[0], 7);
	lk_ids_free(&ids);
}
END_TEST

START_TEST(a_saved_list_is_read_back)
{
	uint32_t code_point[] = { 'b', 'a', 0xE9, LK_UTF8_INVALID + 0xFF };
	lk_ids list = { code_point, 4, 4 };

	for (uint32_t end = 0; end <= 4; end++) {
		lk_tokenizer *tokenizer;
		lk_ids ids = { 0 };

		ck_assert_int_eq(lk_tokenizer_new_char_list(&tokenizer, &list, end, NULL),
				LK_OK);
		ck_assert_uint_eq(tokenizer->vocabulary, 5);
		ck_assert_uint_eq(tokenizer->end, end);
		check_piece(tokenizer, end, "");
		check_piece(tokenizer, 0 + (end <= 0), "b");
		check_piece(tokenizer, 2 + (end <= 2), "é");
		lk_tokenizer_encode(tokenizer, (const unsigned char *)"a\xFF", 2, &ids,
				NULL);
		ck_assert_uint_eq(ids.count, 2);
		ck_assert_uint_eq(ids.data[0], 1u + (end <= 1));
		ck_assert_uint_eq(ids.data[1], 3u + (end <= 3));
		lk_ids_free(&ids);
		lk_tokenizer_free(tokenizer);
	}
}
END_TEST

START_TEST(lists_that_make_no_sense_are_refused)
{
	static const struct {
		uint32_t code_point[3], end;
		const char *why;
	} cases[] = { { { 'a', 'b', 'a' }, 3, "U+0061 (a) is in the vocabulary twice" },
		{ { 'a', 0xD800, 'b' }, 3, "no character" },
		{ { 'a', 'b', LK_UTF8_INVALID + 0x100 }, 3, "no character" },
		{ { 'a', 'b', LK_UTF8_INVALID + 'c' }, 3, "no character" },
		{ { UINT32_MAX, 'b', 'c' }, 3, "no character" },
		{ { 'a', 'b', 'c' }, 4, "end of text" } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t code_point[3];
		lk_ids list = { code_point, 3, 3 };
		lk_tokenizer *tokenizer = NULL;
		lk_error error = { LK_OK, "" };

		memcpy(code_point, cases[i].code_point, sizeof code_point);
		ck_assert_int_eq(lk_tokenizer_new_char_list(&tokenizer, &list,
						 cases[i].end, &error),
				LK_FORMAT);
		ck_assert_msg(strstr(error.text, cases[i].why) != NULL, "%s", error.text);
		ck_assert_ptr_null(tokenizer);
	}
}
END_TEST

/* Kind, order and place of the end each make another tokenizer. */
START_TEST(hashes_tell_tokenizers_apart)
{
	uint32_t code_point[] = { 'a', 'b' };
	lk_ids list = { code_point, 2, 2 };
	lk_tokenizer *t[6];
	char hash[6][33];

	t[0] = tokenizer_of("ab");
	t[1] = tokenizer_of("abc");
	lk_tokenizer_new_char_list(&t[2], &list, 0, NULL);
	code_point[0] = 'b';
	code_point[1] = 'a';
	lk_tokenizer_new_char_list(&t[3], &list, 2, NULL);
	lk_tokenizer_new_byte(&t[4], NULL);
	t[5] = tokenizer_of("ba");
	for (size_t i = 0; i < 6; i++) {
		lk_tokenizer_hash(t[i], hash[i]);
		ck_assert_uint_eq(strlen(hash[i]), 32);
		for (size_t k = 0; k < i && i < 5; k++)
			ck_assert_str_ne(hash[i], hash[k]);
		lk_tokenizer_free(t[i]);
	}
	ck_assert_str_eq(hash[0], hash[5]);
	lk_tokenizer_free(NULL);
}
END_TEST

START_TEST(ids_grow_and_refuse_the_impossible)
{
	lk_ids ids = { 0 };
	lk_error error = { LK_OK, "" };

	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_int_eq(lk_ids_push(&ids, i, &error), LK_OK);
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(ids.data[i], i);
	ck_assert_int_eq(lk_ids_reserve(&ids, SIZE_MAX / 2, &error), LK_NOMEM);
	ck_assert_int_eq(lk_ids_reserve(&ids, SIZE_MAX / 4 + 2, &error), LK_NOMEM);
	ck_assert_uint_eq(ids.count, 1000);
	ck_assert_uint_eq(ids.data[999], 999);
	lk_ids_free(&ids);
	ck_assert_ptr_null(ids.data);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tokenizer");
	TCase *t = tcase_create("tokenizer");

	tcase_add_loop_test(t, bytes_come_back, 0, 6);
	tcase_add_loop_test(t, characters_come_back, 0, 6);
	tcase_add_test(t, bytes_are_in_the_order_of_gpt2);
	tcase_add_test(t, characters_are_in_the_order_of_code_points);
	tcase_add_test(t, the_end_is_never_read_from_text);
	tcase_add_test(t, unknown_characters_are_named);
	tcase_add_test(t, ids_are_as_before_a_failure);
	tcase_add_test(t, a_saved_list_is_read_back);
	tcase_add_test(t, lists_that_make_no_sense_are_refused);
	tcase_add_test(t, hashes_tell_tokenizers_apart);
	tcase_add_test(t, ids_grow_and_refuse_the_impossible);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
