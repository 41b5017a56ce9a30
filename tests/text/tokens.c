/* A missing or doubled end of document shifts every window and every score after
 * it; ids that do not fit into 16 bits wrap around silently; and a long text, cut
 * in pieces for encoding, must not show where. */
#include "text/tokens.h"
#include "support/main.h"

#include <stdio.h>
#include <string.h>

static lk_document document(const char *path, const char *text, bool ends)
{
	return (lk_document){ .path = path,
		.text = (const unsigned char *)text,
		.nbytes = strlen(text),
		.ends = ends };
}

static lk_tokenizer *tokenizer_of(const char *text)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, (const unsigned char *)text,
					 strlen(text), NULL),
			LK_OK);
	return tokenizer;
}

/* The stream with ids as letters from 'a' on. */
static void check_stream(const lk_tokens *tokens, const char *expected)
{
	size_t count = lk_tokens_count(tokens);
	uint32_t ids[64];

	ck_assert_uint_eq(count, strlen(expected));
	lk_tokens_read(tokens, 0, count, ids);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq('a' + (int)ids[i], expected[i]);
	for (size_t first = 0; first <= count; first++) {
		uint32_t part[64];

		lk_tokens_read(tokens, first, count - first, part);
		ck_assert_mem_eq(part, ids + first, (count - first) * sizeof *ids);
	}
}

/* With the characters a, b and c, the end is id 3: 'd' below. */
START_TEST(ends_stand_before_between_and_after)
{
	static const struct {
		size_t count;
		bool ends;
		const char *expected;
	} cases[] = { { 0, true, "d" }, { 1, true, "dabd" }, { 1, false, "dab" },
		{ 2, true, "dabdcd" }, { 2, false, "dabdc" } };
	lk_tokenizer *tokenizer = tokenizer_of("abc");

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lk_document list[] = { document("one", "ab", true),
			document("two", "c", true) };
		lk_documents documents = { list, cases[i].count, 0 };
		lk_tokens *tokens;

		if (cases[i].count)
			list[cases[i].count - 1].ends = cases[i].ends;
		ck_assert_int_eq(lk_tokens_new(&tokens, &documents, tokenizer, NULL),
				LK_OK);
		check_stream(tokens, cases[i].expected);
		ck_assert_uint_eq(lk_tokens_end(tokens), 3);
		ck_assert_uint_eq(lk_tokens_nbytes(tokens),
				cases[i].count + (cases[i].count > 0));
		lk_tokens_free(tokens);
	}
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* Three megabytes of characters of one to four bytes: pieces end inside some. */
START_TEST(long_texts_show_no_seams)
{
	static const char unit[] = "aé€\xF0\x9F\x98\x80x";
	size_t unit_nbytes = strlen(unit), units = 300000;
	lk_tokenizer *tokenizer = tokenizer_of(unit);
	char *text = malloc(units * unit_nbytes + 1);
	uint32_t expected[5];
	lk_tokens *tokens;

	for (size_t i = 0; i < units; i++)
		memcpy(text + i * unit_nbytes, unit, unit_nbytes + 1);
	lk_document one = document("long", text, true);
	lk_documents documents = { &one, 1, one.nbytes };
	ck_assert_int_eq(lk_tokens_new(&tokens, &documents, tokenizer, NULL), LK_OK);
	ck_assert_uint_eq(lk_tokens_count(tokens), 5 * units + 2);
	ck_assert_uint_eq(lk_tokens_nbytes(tokens), units * unit_nbytes);
	lk_tokens_read(tokens, 1, 5, expected);
	for (size_t i = 0; i < units; i++) {
		uint32_t ids[5];

		lk_tokens_read(tokens, 1 + 5 * i, 5, ids);
		ck_assert_mem_eq(ids, expected, sizeof ids);
	}
	/* Two bytes an id, and next to nothing else, are kept. */
	ck_assert_uint_lt(lk_tokens_memory(tokens), 2 * (5 * units + 2) + 200);
	lk_tokens_free(tokens);
	free(text);
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* The place named is the one in the file, also behind a cut and far inside. */
START_TEST(unknown_characters_are_found_in_the_file)
{
	size_t nbytes = 5 << 19;
	lk_tokenizer *tokenizer = tokenizer_of("ab");
	char *text = malloc(nbytes + 1), place[64];
	lk_tokens *tokens = NULL;
	lk_error error = { LK_OK, "" };

	memset(text, 'a', nbytes);
	text[nbytes] = '\0';
	text[nbytes - 10] = 'c';
	lk_document list[] = { document("good", "ab", true),
		document("some/file", text, true) };
	list[1].offset = 100;
	lk_documents documents = { list, 2, nbytes + 2 };
	ck_assert_int_eq(lk_tokens_new(&tokens, &documents, tokenizer, &error), LK_RANGE);
	snprintf(place, sizeof place, "some/file: byte %zu: the character U+0063 (c)",
			nbytes + 90);
	ck_assert_msg(!strncmp(error.text, place, strlen(place)), "%s", error.text);
	ck_assert_ptr_null(tokens);
	free(text);
	lk_tokenizer_free(tokenizer);
}
END_TEST

START_TEST(ids_keep_their_width)
{
	static const uint32_t largest[] = { 65535, 65536, UINT32_MAX };

	for (size_t i = 0; i < 3; i++) {
		uint32_t ids[] = { 5, 0, largest[i], 65535, 5 }, back[5];
		lk_tokens *tokens;

		ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, 5, 5, NULL), LK_OK);
		lk_tokens_read(tokens, 0, 5, back);
		ck_assert_mem_eq(back, ids, sizeof ids);
		ck_assert_uint_eq(lk_tokens_end(tokens), 5);
		ck_assert_uint_eq(lk_tokens_nbytes(tokens), 3);
		lk_tokens_free(tokens);
	}
	lk_tokens_free(NULL);
}
END_TEST

/* More characters than 16 bits can number. */
START_TEST(large_vocabularies_are_not_cut)
{
	enum { CHARACTERS = 70000 };
	unsigned char text[4];
	lk_ids list = { 0 };
	lk_tokenizer *tokenizer;
	lk_tokens *tokens;
	uint32_t ids[3];

	for (uint32_t i = 0; i < CHARACTERS; i++)
		lk_ids_push(&list, 0x10000 + i, NULL);
	ck_assert_int_eq(lk_tokenizer_new_char_list(&tokenizer, &list, CHARACTERS, NULL),
			LK_OK);
	memcpy(text, tokenizer->piece[CHARACTERS - 1], 4);
	lk_document one = { .path = "x", .text = text, .nbytes = 4, .ends = true };
	lk_documents documents = { &one, 1, 4 };
	ck_assert_int_eq(lk_tokens_new(&tokens, &documents, tokenizer, NULL), LK_OK);
	ck_assert_uint_eq(lk_tokens_count(tokens), 3);
	lk_tokens_read(tokens, 0, 3, ids);
	ck_assert_uint_eq(ids[0], CHARACTERS);
	ck_assert_uint_eq(ids[1], CHARACTERS - 1);
	ck_assert_uint_eq(ids[2], CHARACTERS);
	lk_tokens_free(tokens);
	lk_tokenizer_free(tokenizer);
	lk_ids_free(&list);
}
END_TEST

/* A sample of the numbers 0 .. 999: so many pieces of so many, which begin at the same
 * distances. */
static void check_sample(size_t window, size_t most, size_t pieces, size_t piece)
{
	enum { COUNT = 1000 };
	uint32_t ids[COUNT], got[COUNT];
	lk_tokens *tokens, *sample;

	for (uint32_t i = 0; i < COUNT; i++)
		ids[i] = i;
	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, COUNT, COUNT, NULL), LK_OK);
	ck_assert_int_eq(lk_tokens_new_sample(&sample, tokens, window, most, NULL), LK_OK);
	ck_assert_uint_eq(lk_tokens_count(sample), pieces * piece);
	lk_tokens_read(sample, 0, pieces * piece, got);
	for (size_t i = 0; i < pieces * piece; i++)
		ck_assert_uint_eq(got[i], i / piece * (COUNT / pieces) + i % piece);
	lk_tokens_free(sample);
	lk_tokens_free(tokens);
}

START_TEST(samples_begin_in_the_same_places)
{
	check_sample(10, 300, 8, 30);
	check_sample(10, 160, 8, 20); /* of nearly half the size */
	check_sample(12, 300, 8, 36); /* of another window */
	check_sample(10, 159, 4, 30); /* every other piece */
	check_sample(10, 5000, 32, 30);
	check_sample(10, 15, 1, 10);
	check_sample(10, 5, 1, 5);
	check_sample(2000, 5000, 1, 1000);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tokens");
	TCase *t = tcase_create("tokens");

	tcase_add_test(t, ends_stand_before_between_and_after);
	tcase_add_test(t, long_texts_show_no_seams);
	tcase_add_test(t, unknown_characters_are_found_in_the_file);
	tcase_add_test(t, ids_keep_their_width);
	tcase_add_test(t, large_vocabularies_are_not_cut);
	tcase_add_test(t, samples_begin_in_the_same_places);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
