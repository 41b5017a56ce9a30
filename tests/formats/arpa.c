/* ARPA files: what is written reads back the same, whatever the smoothing; files of
 * others (other order, missing back-offs, spaces, <unk>) mean what they say; and files
 * that are damaged or hostile are refused in words that name the line. */
#include "formats/arpa.h"
#include "ngram/tree.h"
#include "support/main.h"
#include "support/scratch.h"

#include "base/file.h"

#include <math.h>

enum { V = 6, END = 5 };

static const uint32_t text[] = { END, 0, 1, 2, 0, 1, 3, END, 1, 0, 1, 2, 2, 0, END, END, 0,
	1, 2, END };

static void read_ids(const void *stream, size_t first, size_t count, uint32_t *out)
{
	memcpy(out, (const uint32_t *)stream + first, count * sizeof *out);
}

static lk_arpa_names *names_of_ids(void)
{
	lk_arpa_names *names;

	ck_assert_int_eq(lk_arpa_names_new_ids(&names, V, END, NULL), LK_OK);
	return names;
}

static void check_same(const lk_ngram *a, const lk_ngram *b)
{
	double nll[2][20];

	for (size_t n = 1; n <= lk_ngram_get_options(a)->order; n++)
		ck_assert_uint_eq(lk_ngram_count(a, n), lk_ngram_count(b, n));
	lk_ngram_score(a, text, 20, 1, nll[0]);
	lk_ngram_score(b, text, 20, 1, nll[1]);
	for (size_t i = 0; i < 19; i++)
		ck_assert_double_eq_tol(nll[0][i], nll[1][i], 3e-7);
}

START_TEST(what_is_written_reads_back)
{
	static const lk_ngram_options cases[] = {
		{ LK_NGRAM_UNIFORM, 1, 0, V, END, 1 },
		{ LK_NGRAM_MLE, 3, 0, V, END, 1 },
		{ LK_NGRAM_ADDITIVE, 2, 0.5, V, END, 1 },
		{ LK_NGRAM_KNESER_NEY, 4, 0, V, END, 1 },
	};
	lk_arpa_names *names = names_of_ids();
	lk_ngram *model, *again;
	const char *path = test_path("model.arpa");

	ck_assert_int_eq(lk_ngram_fit(&model, &cases[_i], read_ids, text, 20, NULL), LK_OK);
	ck_assert_int_eq(lk_arpa_write(path, model, names, NULL), LK_OK);
	ck_assert_int_eq(lk_arpa_read(&again, path, names, NULL), LK_OK);
	ck_assert_int_eq(lk_ngram_check(again, NULL), LK_OK);
	check_same(model, again);
	lk_ngram_free(model);
	lk_ngram_free(again);
	lk_arpa_names_free(names);
}
END_TEST

/* Tokens as the bytes that they are: a space, a tabulator, a NUL. */
START_TEST(words_can_be_pieces)
{
	static const uint32_t ids[] = { 256, 220, 197, 188, 220, 256 };
	lk_ngram_options options = { LK_NGRAM_KNESER_NEY, 3, 0, 257, 256, 1 };
	const char *path = test_path("pieces.arpa");
	lk_tokenizer *tokenizer;
	lk_arpa_names *names;
	lk_ngram *model, *again;
	lk_bytes bytes;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_arpa_names_new_pieces(&names, tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_ngram_fit(&model, &options, read_ids, ids, 6, NULL), LK_OK);
	ck_assert_int_eq(lk_arpa_write(path, model, names, NULL), LK_OK);
	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	ck_assert_ptr_nonnull(strstr((char *)bytes.data, "\t<s> \u0120 \u0109\n"));
	ck_assert_int_eq(lk_arpa_read(&again, path, names, NULL), LK_OK);
	for (size_t n = 1; n <= 3; n++)
		ck_assert_uint_eq(lk_ngram_count(model, n), lk_ngram_count(again, n));
	lk_bytes_free(&bytes);
	lk_ngram_free(model);
	lk_ngram_free(again);
	lk_arpa_names_free(names);
	lk_tokenizer_free(tokenizer);
}
END_TEST

#define HEAD "\\data\\\nngram 1=4\nngram 2=2\n\n"
#define TOKENS "\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-0.25\t</s>\n-0.5\t1\t-0.25\n\n"
#define PAIRS "\\2-grams:\n-0.125\t1 </s>\n-0.0625\t<s> 1\n\n"

START_TEST(a_file_of_others)
{
	static const char file[] = "made by hand\r\n\n" HEAD "\\1-grams:\n"
				   "-1 <unk>\n-99\t<s>  -0.5\n-0.25 </s>\n"
				   "  -0.5\t1\t-0.25 \r\n\n\n" PAIRS "\\end\\\n";
	static const uint32_t ids[] = { END, 1, END, 3, 1, 1, END };
	/* <s> 1, 1 </s>, b(<s>) <unk>, 1 after <unk>, b(1) p(1), 1 </s> */
	static const double expected[] = { -0.0625, -0.125, -1.5, -0.5, -0.75, -0.125 };
	lk_arpa_names *names = names_of_ids();
	lk_ngram *model;
	lk_error error;
	double nll[6];

	ck_assert_msg(!lk_arpa_read(&model, test_write_text("a", file), names, &error),
			"%s", error.text);
	ck_assert_str_eq(lk_ngram_smoothing_name(lk_ngram_get_options(model)->smoothing),
			"imported");
	lk_ngram_score(model, ids, 7, 1, nll);
	for (size_t i = 0; i < 6; i++)
		ck_assert_double_eq_tol(-nll[i] / log(10), expected[i], 1e-6);
	lk_ngram_free(model);
	lk_arpa_names_free(names);
}
END_TEST

START_TEST(bad_files_are_refused)
{
	static const struct {
		const char *file, *words;
	} cases[] = {
		{ "", "no ARPA file" },
		{ "hello\n", "no ARPA file" },
		{ "\\data\\\n", "truncated" },
		{ "\\data\\\n\\1-grams:\n", "no counts" },
		{ "\\data\\\nngram 2=1\n", "line 2: expected ngram 1=" },
		{ "\\data\\\nngram 1=-1\n\\1-grams:\n", "line 2" },
		{ "\\data\\\nngram 1=99999999999999999999\n\\1-grams:\n", "line 2" },
		{ "\\data\\\nngram 1=4000000000\n\n\\1-grams:\n-1\t1\n", "truncated" },
		{ HEAD "\\2-grams:\n", "line 5: expected \\1-grams:" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 1\n\\end\\\n", "promised 2" },
		{ HEAD TOKENS PAIRS, "truncated" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 1\n-1\t1 1\n\\end\\\n", "twice" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 1\n-1\t1 2 3\n", "more than" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 1\n-1\t1\n", "fewer than 2 words" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 6\n", "\"6\" is no token" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 <unk>\n", "<unk>" },
		{ HEAD TOKENS "\\2-grams:\n-1\t</s> 1\n", "</s>" },
		{ HEAD TOKENS "\\2-grams:\n-1\t1 <s>\n", "<s>" },
		{ HEAD TOKENS "\\2-grams:\nnan\t1 1\n", "\"nan\"" },
		{ HEAD TOKENS "\\2-grams:\n0.5\t1 1\n", "\"0.5\"" },
		{ HEAD TOKENS "\\2-grams:\n-60\t1 1\n", "too little" },
		{ HEAD "\\1-grams:\n-1\t1\tinf\n", "\"inf\"" },
		{ HEAD "\\1-grams:\n-1\t1\n-1\t1\n", "was there before" },
		{ HEAD "\\1-grams:\n-1\t</s>\n-1\t</s>\n", "was there before" },
		{ "\\data\\\nngram 1=1\nngram 2=0\nngram 3=1\n\\1-grams:\n-1 1\n\\2-grams:\n"
		  "\\3-grams:\n-1\t1 1 1\n", "no n-gram of this file" },
	};
	lk_arpa_names *names = names_of_ids();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lk_ngram *model;
		lk_error error;
		lk_status status = lk_arpa_read(&model,
				test_write_text("bad", cases[i].file), names, &error);

		ck_assert_msg(status == LK_FORMAT, "case %zu: status %d", i, status);
		ck_assert_msg(strstr(error.text, cases[i].words) != NULL, "case %zu: %s", i,
				error.text);
	}
	lk_arpa_names_free(names);
}
END_TEST

/* Every truncation of a good file, a line without an end, and a NUL. */
START_TEST(damaged_files_are_refused)
{
	static const char file[] = HEAD TOKENS PAIRS "\\end\\";
	lk_arpa_names *names = names_of_ids();
	size_t nbytes = sizeof file - 1, longest = 300000;
	char *bytes = malloc(longest);
	lk_ngram *model;
	lk_error error;

	for (size_t n = 0; n < nbytes; n++)
		ck_assert_int_ne(lk_arpa_read(&model, test_write("bad", file, n), names,
						 NULL),
				LK_OK);
	memcpy(bytes, file, nbytes);
	bytes[nbytes - 20] = '\0';
	ck_assert_int_eq(lk_arpa_read(&model, test_write("bad", bytes, nbytes), names,
					 &error),
			LK_FORMAT);
	memset(bytes, 'x', longest);
	memcpy(bytes, HEAD, strlen(HEAD));
	ck_assert_int_eq(lk_arpa_read(&model, test_write("bad", bytes, longest), names,
					 &error),
			LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "longer"));
	ck_assert_int_eq(lk_arpa_read(&model, test_path("none"), names, &error), LK_IO);
	free(bytes);
	lk_arpa_names_free(names);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("arpa");
	TCase *tests = tcase_create("arpa");

	tcase_add_loop_test(tests, what_is_written_reads_back, 0, 4);
	tcase_add_test(tests, words_can_be_pieces);
	tcase_add_test(tests, a_file_of_others);
	tcase_add_test(tests, bad_files_are_refused);
	tcase_add_test(tests, damaged_files_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
