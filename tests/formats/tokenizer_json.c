/* A tokenizer that comes back with two ids exchanged makes a trained model talk
 * nonsense; one that is taken for another kind does so too. */
#include "formats/tokenizer_json.h"
#include "formats/json.h"
#include "support/main.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <unistd.h>

static lk_error error;

static lk_tokenizer *new_char(const char *text, size_t nbytes)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, (const unsigned char *)text,
					 nbytes, &error), LK_OK);
	return tokenizer;
}

static lk_tokenizer *new_byte(void)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, &error), LK_OK);
	return tokenizer;
}

/* Write, read, and compare; frees it. */
static void check_round_trip(lk_tokenizer *tokenizer)
{
	lk_tokenizer *again;
	char hash[33], other[33];

	ck_assert_int_eq(lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error),
			LK_OK);
	ck_assert_msg(!lk_tokenizer_json_read(&again, test_path("tokenizer.json"),
				      &error), "%s", error.text);
	lk_tokenizer_hash(tokenizer, hash);
	lk_tokenizer_hash(again, other);
	ck_assert_str_eq(hash, other);
	ck_assert_uint_eq(again->end, tokenizer->end);
	lk_tokenizer_free(again);
	lk_tokenizer_free(tokenizer);
}

START_TEST(bytes_come_back)
{
	check_round_trip(new_byte());
}
END_TEST

START_TEST(characters_come_back)
{
	static const char text[] = "\t\n\"\\ az<0xF>\x7F\xC3\xA9\xE2\x82\xAC"
				   "\xF0\x9F\x98\x80\xEF\xBF\xBF";
	static const char broken[] = "a\0b\x80\xFF\xC3(\xE2\x82";

	check_round_trip(new_char(text, sizeof text - 1));
	check_round_trip(new_char(broken, sizeof broken - 1));
	check_round_trip(new_char("x", 1));
}
END_TEST

/* The text of a file in the scratch directory; free it. */
static char *read_text(const char *name)
{
	json_t *object;
	char *text;

	ck_assert_int_eq(lk_json_load(&object, test_path(name), 1 << 20, &error), LK_OK);
	text = lk_json_line(object);
	json_decref(object);
	return text;
}

static lk_status read_changed(const char *text, const char *old, const char *new)
{
	char changed[1 << 14];
	const char *at = strstr(text, old);
	lk_tokenizer *tokenizer = NULL;
	lk_status status;

	ck_assert_msg(at != NULL, "%s is not in %s", old, text);
	snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new,
			at + strlen(old));
	status = lk_tokenizer_json_read(&tokenizer,
			test_write_text("changed.json", changed), &error);
	lk_tokenizer_free(tokenizer);
	return status;
}

START_TEST(what_the_library_needs_is_there)
{
	lk_tokenizer *tokenizer = new_char("b\na", 3);
	char *text;

	ck_assert_int_eq(lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error),
			LK_OK);
	lk_tokenizer_free(tokenizer);
	text = read_text("tokenizer.json");
	ck_assert_ptr_nonnull(strstr(text, "\"vocab\":{\"\\n\":0,\"a\":1,\"b\":2,"
					   "\"<|endoftext|>\":3},\"unk_token\":\"<unk>\""));
	ck_assert_ptr_nonnull(strstr(text, "\"pattern\":{\"Regex\":\"[\\\\s\\\\S]\"}"));
	ck_assert_ptr_nonnull(strstr(text, "\"decoder\":{\"type\":\"Fuse\"}"));
	ck_assert_ptr_nonnull(strstr(text, "\"post_processor\":null"));
	free(text);
	/* GPT-2's: "!" is 0, a space (U+0120) 220, byte 173 (U+0143) the last */
	tokenizer = new_byte();
	ck_assert_int_eq(lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error),
			LK_OK);
	lk_tokenizer_free(tokenizer);
	text = read_text("tokenizer.json");
	ck_assert_ptr_nonnull(strstr(text, "\"vocab\":{\"!\":0,"));
	ck_assert_ptr_nonnull(strstr(text, "\"\xC4\xA0\":220,"));
	ck_assert_ptr_nonnull(strstr(text, "\"\xC5\x83\":255,\"<|endoftext|>\":256}"));
	free(text);
	text = read_text("tokenizer_config.json");
	ck_assert_ptr_nonnull(strstr(text, "\"PreTrainedTokenizerFast\""));
	ck_assert_ptr_nonnull(strstr(text, "\"clean_up_tokenization_spaces\":false"));
	ck_assert_ptr_nonnull(strstr(text, "\"model_max_length\":64"));
	free(text);
}
END_TEST

/* clang-format off */
static const struct { const char *old, *new; lk_status status; const char *says; } char_changes[] = {
	/* as tokenizers writes it */
	{ "\"post_processor\":null", "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":"
		"[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}", LK_OK, "" },
	{ "\"truncation\":null", "\"truncation\":{\"max_length\":5}",          LK_OK, "" },
	/* another order of ids */
	{ "\"a\":1,\"b\":2", "\"a\":2,\"b\":1",                                LK_OK, "" },
	{ "\"post_processor\":null", "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":"
		"[{\"SpecialToken\":{}},{\"Sequence\":{}}]}",                  LK_UNSUPPORTED, "TemplateProcessing" },
	{ "\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}",          LK_UNSUPPORTED, "normalizer \"NFC\"" },
	{ "\"WordLevel\"", "\"Unigram\"",                                      LK_UNSUPPORTED, "Unigram" },
	{ "\"WordLevel\"", "\"BPE\"",                                          LK_UNSUPPORTED, "pre_tokenizer" },
	{ "\"Split\"", "\"Whitespace\"",                                       LK_UNSUPPORTED, "Whitespace" },
	{ "[\\\\s\\\\S]", "\\\\w+",                                            LK_UNSUPPORTED, "pre_tokenizer" },
	{ "\"Isolated\"", "\"Removed\"",                                       LK_UNSUPPORTED, "pre_tokenizer" },
	{ "\"invert\":false", "\"invert\":true",                               LK_UNSUPPORTED, "pre_tokenizer" },
	{ "{\"type\":\"Fuse\"}", "null",                                       LK_UNSUPPORTED, "decoder" },
	{ "\"<unk>\"", "\"a\"",                                                LK_UNSUPPORTED, "unk_token" },
	{ "\"a\":1", "\"ab\":1",                                               LK_UNSUPPORTED, "\"ab\"" },
	{ "\"a\":1", "\"\":1",                                                 LK_UNSUPPORTED, "\"\"" },
	{ "\"a\":1", "\"<0x41>\":1",                                           LK_UNSUPPORTED, "<0x41>" },
	{ "\"a\":1", "\"<0xff>\":1",                                           LK_UNSUPPORTED, "<0xff>" },
	{ "\"a\":1", "\"a\":2",                                                LK_FORMAT, "ids" },
	{ "\"a\":1", "\"a\":4",                                                LK_FORMAT, "ids" },
	{ "\"a\":1", "\"a\":-1",                                               LK_FORMAT, "ids" },
	{ "\"a\":1", "\"a\":1.0",                                              LK_FORMAT, "ids" },
	{ "\"vocab\":{", "\"vocab\":{},\"v\":{",                               LK_FORMAT, "empty" },
	{ "\"id\":3", "\"id\":2",                                              LK_FORMAT, "id 2" },
	{ "\"id\":3", "\"id\":9999999999",                                     LK_RANGE, "\"id\"" },
	{ "\"content\":\"<|endoftext|>\"", "\"content\":\"<s>\"",              LK_UNSUPPORTED, "<s>" },
	{ "\"added_tokens\":[{", "\"added_tokens\":[],\"x\":[{",               LK_UNSUPPORTED, "without" },
	{ "\"model\":{", "\"modal\":{",                                        LK_FORMAT, "\"model\"" },
};
static const struct { const char *old, *new; lk_status status; const char *says; } byte_changes[] = {
	{ "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false",
	  "\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true", LK_OK, "" },
	{ "\"add_prefix_space\":false", "\"add_prefix_space\":true",           LK_UNSUPPORTED, "pre_tokenizer" },
	{ "\"merges\":[]", "\"merges\":[\"a b\"]",                             LK_FORMAT, "\"ab\"" },
	{ "\"!\":0,\"\\\"\":1", "\"!\":1,\"\\\"\":0",                          LK_UNSUPPORTED, "order" },
	{ "\"!\":0,", "",                                                      LK_UNSUPPORTED, "256 bytes" },
	{ "\"id\":256", "\"id\":0",                                            LK_UNSUPPORTED, "256" },
	{ "\"decoder\":{\"type\":\"ByteLevel\"", "\"decoder\":{\"type\":\"Fuse\"", LK_UNSUPPORTED, "decoder" },
};
/* clang-format on */
#define COUNT(table) (int)(sizeof table / sizeof *table)

static char *written(lk_tokenizer *tokenizer)
{
	ck_assert_int_eq(lk_tokenizer_json_write(test_scratch(), tokenizer, 64, &error),
			LK_OK);
	lk_tokenizer_free(tokenizer);
	return read_text("tokenizer.json");
}

START_TEST(changed_char_files_are_understood_or_refused)
{
	char *text = written(new_char("b\na", 3));

	ck_assert_int_eq(read_changed(text, char_changes[_i].old, char_changes[_i].new),
			char_changes[_i].status);
	if (char_changes[_i].status)
		ck_assert_msg(strstr(error.text, char_changes[_i].says) != NULL, "%s",
				error.text);
	free(text);
}
END_TEST

START_TEST(changed_byte_files_are_understood_or_refused)
{
	char *text = written(new_byte());

	ck_assert_int_eq(read_changed(text, byte_changes[_i].old, byte_changes[_i].new),
			byte_changes[_i].status);
	if (byte_changes[_i].status)
		ck_assert_msg(strstr(error.text, byte_changes[_i].says) != NULL, "%s",
				error.text);
	free(text);
}
END_TEST

START_TEST(truncations_and_flipped_bits_end_cleanly)
{
	char *text = written(new_char("a\xFF", 2));
	size_t length = strlen(text);
	const char *path = test_write("t.json", text, length);
	int fd = open(path, O_WRONLY);
	lk_tokenizer *tokenizer;

	for (size_t i = 0; i < length; i++) {
		for (int bit = 0; bit < 8; bit++) {
			char flipped = (char)(text[i] ^ (1 << bit));

			ck_assert_int_eq(pwrite(fd, &flipped, 1, (off_t)i), 1);
			if (!lk_tokenizer_json_read(&tokenizer, path, &error))
				lk_tokenizer_free(tokenizer);
		}
		ck_assert_int_eq(pwrite(fd, &text[i], 1, (off_t)i), 1);
	}
	ck_assert_int_eq(lk_tokenizer_json_read(&tokenizer, path, &error), LK_OK);
	lk_tokenizer_free(tokenizer);
	for (size_t i = length; i-- > 0;) {
		ck_assert_int_eq(ftruncate(fd, (off_t)i), 0);
		ck_assert_int_eq(lk_tokenizer_json_read(&tokenizer, path, &error),
				LK_FORMAT);
	}
	close(fd);
	free(text);
}
END_TEST

static Suite *tokenizer_suite(void)
{
	Suite *suite = suite_create("tokenizer.json");
	TCase *all = tcase_create("all");

	tcase_add_test(all, bytes_come_back);
	tcase_add_test(all, characters_come_back);
	tcase_add_test(all, what_the_library_needs_is_there);
	tcase_add_loop_test(all, changed_char_files_are_understood_or_refused, 0,
			COUNT(char_changes));
	tcase_add_loop_test(all, changed_byte_files_are_understood_or_refused, 0,
			COUNT(byte_changes));
	tcase_add_test(all, truncations_and_flipped_bits_end_cleanly);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(tokenizer_suite)
