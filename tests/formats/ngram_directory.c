/* An n-gram model on disk is the model that was saved, bit for bit, or is refused:
 * one flipped bit anywhere, a file cut short, a description that does not fit. */
#include "formats/ngram_directory.h"
#include "formats/run_directory.h"
#include "ngram/tree.h"
#include "support/main.h"
#include "support/scratch.h"

#include "base/file.h"

enum { END = 256, V = 257, COUNT = 300 };

static void read_ids(const void *stream, size_t first, size_t count, uint32_t *out)
{
	(void)stream;
	for (size_t i = 0; i < count; i++) {
		size_t at = first + i;

		out[i] = at % 50 ? (uint32_t)((at * at / 7 + at % 3) % 11) : END;
	}
}

static lk_ngram *make_model(lk_ngram_smoothing smoothing, size_t order)
{
	lk_ngram_options options = { smoothing, order, 0.5, V, END, 1 };
	lk_ngram *ngram;

	ck_assert_int_eq(lk_ngram_fit(&ngram, &options, read_ids, NULL, COUNT, NULL), LK_OK);
	return ngram;
}

static const char *save(const lk_ngram *ngram)
{
	const char *directory = test_path("model");
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_directory_make(directory, NULL), LK_OK);
	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_ngram_directory_write(directory, ngram, tokenizer, NULL), LK_OK);
	lk_tokenizer_free(tokenizer);
	return directory;
}

static void check_load(const lk_ngram *ngram, const char *directory)
{
	lk_ngram *again;
	lk_error error;
	char a[33], b[33];
	bool fallback, same;

	ck_assert(lk_ngram_directory_is(directory));
	ck_assert_msg(!lk_ngram_directory_load(&again, directory, &error), "%s", error.text);
	lk_ngram_hash(ngram, a, NULL);
	lk_ngram_hash(again, b, NULL);
	ck_assert_str_eq(a, b);
	ck_assert_int_eq(lk_ngram_get_options(again)->smoothing,
			lk_ngram_get_options(ngram)->smoothing);
	for (size_t n = 1; n <= lk_ngram_get_options(ngram)->order; n++) {
		const double *D = lk_ngram_discounts(ngram, n, &fallback);

		ck_assert_mem_eq(lk_ngram_discounts(again, n, &same), D, 3 * sizeof *D);
		ck_assert(same == fallback);
	}
	lk_ngram_free(again);
}

START_TEST(what_is_saved_is_loaded)
{
	static const size_t orders[] = { 1, 3, 2, 7 };
	lk_ngram *ngram = make_model((lk_ngram_smoothing)_i, orders[_i]);

	check_load(ngram, save(ngram));
	lk_ngram_free(ngram);
}
END_TEST

START_TEST(a_run_holds_it)
{
	lk_ngram *ngram = make_model(LK_NGRAM_KNESER_NEY, 3);
	json_t *description = json_object();
	lk_tokenizer *tokenizer;
	lk_run *run;
	char *best;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_run_create(&run, test_path("run"), description, NULL), LK_OK);
	ck_assert_int_eq(lk_run_save_ngram(run, ngram, tokenizer, NULL), LK_OK);
	best = lk_run_best(run);
	check_load(ngram, best);
	free(best);
	lk_run_close(run);
	json_decref(description);
	lk_tokenizer_free(tokenizer);
	lk_ngram_free(ngram);
}
END_TEST

/* Bits of the numbers; of the header, safetensors' own tests. */
START_TEST(any_other_bit_is_refused)
{
	lk_ngram *ngram = make_model(LK_NGRAM_KNESER_NEY, 3), *loaded;
	char *directory = strdup(save(ngram));
	const char *path = test_path("model/model.safetensors");
	lk_bytes bytes;
	lk_error error;
	uint64_t header;

	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	memcpy(&header, bytes.data, sizeof header);
	for (size_t i = 8 + header; i < bytes.nbytes; i += 97) {
		bytes.data[i] ^= (unsigned char)(1 << i % 8);
		test_write("model/model.safetensors", bytes.data, bytes.nbytes);
		ck_assert_int_eq(lk_ngram_directory_load(&loaded, directory, &error),
				LK_FORMAT);
		ck_assert_ptr_nonnull(strstr(error.text, "model"));
		bytes.data[i] ^= (unsigned char)(1 << i % 8);
	}
	for (size_t n = 0; n < bytes.nbytes; n += 1 + bytes.nbytes / 60) {
		test_write("model/model.safetensors", bytes.data, n);
		ck_assert_int_ne(lk_ngram_directory_load(&loaded, directory, &error),
				LK_OK);
	}
	lk_bytes_free(&bytes);
	free(directory);
	lk_ngram_free(ngram);
}
END_TEST

#define GOOD "\"model_type\": \"likely-ngram\", \"smoothing\": \"mle\", "
START_TEST(descriptions_that_do_not_fit)
{
	static const struct {
		const char *config, *words;
	} cases[] = {
		{ "{}", "n-gram" },
		{ "{\"model_type\": \"gpt2\"}", "n-gram" },
		{ "{\"model_type\": \"likely-ngram\", \"smoothing\": \"x\"}", "\"x\"" },
		{ "{" GOOD "\"order\": 0}", "order" },
		{ "{" GOOD "\"order\": 65}", "order" },
		{ "{" GOOD "\"order\": 3, \"vocab_size\": 4294967295}", "vocab_size" },
		{ "{" GOOD "\"order\": 3, \"vocab_size\": 257, \"eos_token_id\": 257, "
		  "\"checksum\": \"\"}", "eos_token_id" },
		{ "{" GOOD "\"order\": 3, \"vocab_size\": 257, \"eos_token_id\": 256}",
				"checksum" },
		{ "{" GOOD "\"order\": 9, \"vocab_size\": 257, \"eos_token_id\": 256, "
		  "\"checksum\": \"\"}", "level" },
		{ "{" GOOD "\"order\": 2, \"vocab_size\": 257, \"eos_token_id\": 256, "
		  "\"checksum\": \"\"}", "checksum" },
		{ "{" GOOD "\"order\": 3, \"vocab_size\": 9, \"eos_token_id\": 8, "
		  "\"checksum\": \"\"}", "257" },
		{ "{" GOOD "\"order\": 3, \"vocab_size\": 70000, \"eos_token_id\": 8, "
		  "\"checksum\": \"\"}", "U32" },
	};
	lk_ngram *ngram = make_model(LK_NGRAM_MLE, 3), *loaded;
	char *directory = strdup(save(ngram));

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lk_error error;
		lk_status status;

		test_write_text("model/config.json", cases[i].config);
		status = lk_ngram_directory_load(&loaded, directory, &error);
		ck_assert_msg(status != LK_OK, "case %zu", i);
		ck_assert_msg(strstr(error.text, cases[i].words) != NULL, "case %zu: %s", i,
				error.text);
	}
	free(directory);
	lk_ngram_free(ngram);
}
END_TEST

/* Trees that would send a query out of its arrays. */
START_TEST(trees_out_of_range_are_refused)
{
	lk_ngram *ngram = make_model(LK_NGRAM_MLE, 3);
	lk_ngram_level *level = ngram->level;
	lk_error error;

	ck_assert_int_eq(lk_ngram_check(ngram, NULL), LK_OK);
	level[1].first[3] += 1000;
	ck_assert_int_eq(lk_ngram_check(ngram, &error), LK_FORMAT);
	level[1].first[3] -= 1000;
	level[2].first[level[2].count]++;
	ck_assert_int_eq(lk_ngram_check(ngram, &error), LK_FORMAT);
	level[2].first[level[2].count]--;
	((uint16_t *)level[3].word.data)[0] = V;
	ck_assert_int_eq(lk_ngram_check(ngram, &error), LK_FORMAT);
	((uint16_t *)level[3].word.data)[0] = 0;
	level[2].p[1].real = -1;
	ck_assert_int_eq(lk_ngram_check(ngram, &error), LK_FORMAT);
	level[2].p[1].real = 0;
	level[2].backoff[1].whole = 0x7F800000; /* infinity */
	ck_assert_int_eq(lk_ngram_check(ngram, &error), LK_FORMAT);
	lk_ngram_free(ngram);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("ngram_directory");
	TCase *tests = tcase_create("ngram_directory");

	tcase_add_loop_test(tests, what_is_saved_is_loaded, 0, 4);
	tcase_add_test(tests, a_run_holds_it);
	tcase_add_test(tests, any_other_bit_is_refused);
	tcase_add_test(tests, descriptions_that_do_not_fit);
	tcase_add_test(tests, trees_out_of_range_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
