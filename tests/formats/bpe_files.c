/* A BPE read with a merge in another place gives other ids for a few words, and no
 * one notices; one of a kind that is not supported, read as if it were, for many. */
#include "formats/merges_txt.h"
#include "formats/tokenizer_json.h"
#include "support/main.h"
#include "support/scratch.h"
#include "text/tokenizer_bpe.h"

static lk_error error;

/* " a", "ab", " ab", and one of bytes that are no characters. */
static lk_tokenizer *new_bpe(lk_split split)
{
	static const lk_bpe_merge merge[] = { { 220, 64, 256 }, { 64, 65, 257 },
		{ 256, 65, 258 }, { 188, 255, 259 } };
	lk_tokenizer *made;

	ck_assert_int_eq(lk_tokenizer_new_bpe_merges(&made, split, merge, 4, &error),
			LK_OK);
	return made;
}

static char *read_file(const char *name)
{
	FILE *file = fopen(test_path(name), "r");
	char *text = calloc(1, 1 << 16);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(text, 1, (1 << 16) - 1, file), 0);
	fclose(file);
	return text;
}

static void check_same(const lk_tokenizer *a, const lk_tokenizer *b)
{
	char hash[33], other[33];

	lk_tokenizer_hash(a, hash);
	lk_tokenizer_hash(b, other);
	ck_assert_str_eq(hash, other);
}

START_TEST(merges_come_back)
{
	lk_tokenizer *tokenizer = new_bpe((lk_split)_i), *again;

	ck_assert_int_eq(lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error),
			LK_OK);
	ck_assert_msg(!lk_tokenizer_json_read(&again, test_path("tokenizer.json"),
				      &error), "%s", error.text);
	check_same(tokenizer, again);
	lk_tokenizer_free(again);
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* clang-format off */
static const struct { const char *old, *new; lk_status status; const char *says; } changes[] = {
	{ "\"\xC4\xA0 a\"", "[\"\xC4\xA0\", \"a\"]",                 LK_OK,          "" },
	{ "\"continuing_subword_prefix\": null", "\"continuing_subword_prefix\": \"\"", LK_OK, "" },
	{ "\"use_regex\": true\n  },\n  \"post", "\"x\": 1\n  },\n  \"post", LK_OK,  "" },
	{ "\"dropout\": null", "\"dropout\": 0.1",                   LK_UNSUPPORTED, "dropout" },
	{ "\"ignore_merges\": false", "\"ignore_merges\": true",     LK_UNSUPPORTED, "ignore_merges" },
	{ "\"end_of_word_suffix\": null", "\"end_of_word_suffix\": \"</w>\"", LK_UNSUPPORTED, "end_of_word_suffix" },
	{ "\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}", LK_UNSUPPORTED, "NFC" },
	{ "\"add_prefix_space\": false", "\"add_prefix_space\": true", LK_UNSUPPORTED, "add_prefix_space" },
	{ "\"type\": \"ByteLevel\"", "\"type\": \"Metaspace\"",      LK_UNSUPPORTED, "Metaspace" },
	{ "\"type\": \"BPE\"", "\"type\": \"Unigram\"",              LK_UNSUPPORTED, "Unigram" },
	{ "\"\xC4\xA0 a\"", "\"\xC4\xA0 a b\"",                      LK_FORMAT,      "merge 0" },
	{ "\"\xC4\xA0 a\"", "\"\xC4\xA0 zz\"",                       LK_FORMAT,      "\"zz\"" },
	{ "\"\xC4\xA0 a\"", "7",                                     LK_FORMAT,      "merge 0" },
	{ "\"a b\"", "\"\xC4\xA0 a\"",                               LK_FORMAT,      "same two" },
	{ "\"ab\": 257", "\"ab\": 258",                              LK_FORMAT,      "each once" },
	{ "\"ab\": 257", "\"ab\": -1",                               LK_FORMAT,      "each once" },
	{ "\"ab\": 257", "\"a b\": 257",                             LK_FORMAT,      "\"ab\"" },
	{ "\"!\": 0", "\"!!\": 0",                                   LK_FORMAT,      "0x21" },
	{ "\"id\": 260", "\"id\": 261",                              LK_FORMAT,      "end" },
	{ "\"id\": 260", "\"id\": 256",                              LK_FORMAT,      "256" },
};
static const struct { const char *old, *new; lk_status status; const char *says; } changes4[] = {
	{ "{1,3}", "{1,2}",                                          LK_UNSUPPORTED, "pattern" },
	{ "\"Isolated\"", "\"Removed\"",                             LK_UNSUPPORTED, "Split" },
	{ "\"Sequence\"", "\"Concert\"",                             LK_UNSUPPORTED, "Concert" },
	{ "\"use_regex\": false", "\"use_regex\": true",             LK_UNSUPPORTED, "use_regex" },
};
/* clang-format on */
#define COUNT(table) (int)(sizeof table / sizeof *table)

static void check_change(lk_split split, const char *old, const char *new,
		lk_status wanted, const char *says)
{
	lk_tokenizer *tokenizer = new_bpe(split), *again = NULL;
	char *text, *at, *changed = calloc(1, 1 << 17);
	lk_status status;

	lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error);
	text = read_file("tokenizer.json");
	at = strstr(text, old);
	ck_assert_msg(at != NULL, "%s is not in the file", old);
	snprintf(changed, 1 << 17, "%.*s%s%s", (int)(at - text), text, new,
			at + strlen(old));
	error.text[0] = '\0';
	status = lk_tokenizer_json_read(&again,
			test_write_text("changed.json", changed), &error);
	ck_assert_msg(status == wanted, "%s: %d %s", new, status, error.text);
	ck_assert_msg(!wanted || strstr(error.text, says), "%s: %s", new, error.text);
	if (!wanted)
		check_same(tokenizer, again);
	lk_tokenizer_free(again);
	lk_tokenizer_free(tokenizer);
	free(text);
	free(changed);
}

START_TEST(changed_files_are_understood_or_refused)
{
	check_change(LK_SPLIT_GPT2, changes[_i].old, changes[_i].new, changes[_i].status,
			changes[_i].says);
}
END_TEST

START_TEST(changed_patterns_are_refused)
{
	check_change(LK_SPLIT_GPT4, changes4[_i].old, changes4[_i].new,
			changes4[_i].status, changes4[_i].says);
}
END_TEST

/* vocab.json and merges.txt of a tokenizer whose tokenizer.json is there. */
static void write_vocab(const char *end)
{
	char *text = read_file("tokenizer.json"), *from = strstr(text, "\"vocab\": {");
	char *stop;

	ck_assert_ptr_nonnull(from);
	from += strlen("\"vocab\": ");
	stop = strchr(strstr(from, "endoftext"), '}') + 1;
	*stop = '\0';
	if (end)
		memcpy(strstr(from, "<|endoftext|>"), end, strlen(end));
	test_write_text("vocab.json", from);
	free(text);
}

START_TEST(text_files_are_read)
{
	lk_tokenizer *tokenizer = new_bpe(LK_SPLIT_GPT2), *again;
	static const char *const merges[] = {
		"#version: 0.2\n\xC4\xA0 a\na b\n\xC4\xA0"
		"a b\n\xC4\x80 \xC5\x83\n",
		"\xC4\xA0 a\r\na b\r\n\xC4\xA0"
		"a b\r\n\xC4\x80 \xC5\x83",
	};

	lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error);
	write_vocab(NULL);
	test_write_text("merges.txt", merges[_i]);
	ck_assert_msg(!lk_merges_txt_read(&again, test_scratch(), &error), "%s",
			error.text);
	check_same(tokenizer, again);
	lk_tokenizer_free(again);
	lk_tokenizer_free(tokenizer);
}
END_TEST

START_TEST(text_files_that_make_no_sense_are_refused)
{
	static const struct {
		const char *merges, *end, *says;
		size_t nbytes;
	} wrong[] = {
		{ "a b\nab\n", NULL, "line 2", 7 },
		{ "a b\n\n", NULL, "line 2", 5 },
		{ "a  b\n", NULL, "line 1", 5 },
		{ "a b c\n", NULL, "line 1", 6 },
		{ " b\n", NULL, "line 1", 3 },
		{ "a z\n", NULL, "\"az\"", 4 },
		{ "a b\na\0b\n", NULL, "NUL", 8 },
		{ "#version: 0.2\n", NULL, "no merges", 14 },
		{ "a b\n", "<|endofbook|>", "<|endoftext|>", 4 },
	};
	lk_tokenizer *tokenizer = new_bpe(LK_SPLIT_GPT2), *again = NULL;

	lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error);
	lk_tokenizer_free(tokenizer);
	write_vocab(wrong[_i].end);
	test_write("merges.txt", wrong[_i].merges, wrong[_i].nbytes);
	ck_assert_int_ne(lk_merges_txt_read(&again, test_scratch(), &error), LK_OK);
	ck_assert_ptr_null(again);
	ck_assert_msg(strstr(error.text, wrong[_i].says) != NULL, "%s", error.text);
}
END_TEST

START_TEST(bytes_are_spelt_both_ways)
{
	unsigned char all[256], back[512];
	char *text;

	for (unsigned i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	text = lk_byte_level_text(all, 256);
	ck_assert_uint_eq(lk_byte_level_bytes(back, text), 256);
	ck_assert_mem_eq(back, all, 256);
	ck_assert_uint_eq(lk_byte_level_bytes(back, " "), SIZE_MAX);
	ck_assert_uint_eq(lk_byte_level_bytes(back, "\xE2\x82\xAC"), SIZE_MAX);
	free(text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("bpe_files");
	TCase *t = tcase_create("bpe_files");

	tcase_add_loop_test(t, merges_come_back, 0, LK_SPLIT_COUNT);
	tcase_add_loop_test(t, changed_files_are_understood_or_refused, 0, COUNT(changes));
	tcase_add_loop_test(t, changed_patterns_are_refused, 0, COUNT(changes4));
	tcase_add_loop_test(t, text_files_are_read, 0, 2);
	tcase_add_loop_test(t, text_files_that_make_no_sense_are_refused, 0, 9);
	tcase_add_test(t, bytes_are_spelt_both_ways);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
