/* A token file outlives the program that wrote it and the disk it lay on. Ids that
 * another tokenizer made, that were cut off or turned over, train a model on
 * nonsense without a word; and a text must be split at the same place whether it
 * comes as bytes or as ids. */
#include "formats/token_file.h"
#include "base/file.h"
#include "base/rng.h"
#include "support/main.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static lk_tokenizer *bytes_tokenizer(void)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	return tokenizer;
}

/* More characters than 16 bits can number. */
static lk_tokenizer *large_tokenizer(void)
{
	lk_tokenizer *tokenizer;
	lk_ids list = { 0 };

	for (uint32_t i = 0; i < 70000; i++)
		lk_ids_push(&list, 0x10000 + i, NULL);
	ck_assert_int_eq(lk_tokenizer_new_char_list(&tokenizer, &list, 70000, NULL), LK_OK);
	lk_ids_free(&list);
	return tokenizer;
}

static void write_ids(const char *path, const lk_tokenizer *tokenizer,
		const uint32_t *ids, size_t count)
{
	lk_token_writer *writer;

	ck_assert_int_eq(lk_token_writer_new(&writer, path, tokenizer, NULL, false, NULL),
			LK_OK);
	for (size_t at = 0; at < count; at += 1000)
		ck_assert_int_eq(lk_token_writer_add(writer, ids + at,
						 count - at < 1000 ? count - at : 1000,
						 NULL),
				LK_OK);
	ck_assert_int_eq(lk_token_writer_finish(writer, NULL), LK_OK);
}

/* The end, and random others. */
static uint32_t *random_ids(size_t count, const lk_tokenizer *tokenizer)
{
	uint32_t *ids = malloc(count * sizeof *ids);
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);

	for (size_t i = 0; i < count; i++)
		ids[i] = (uint32_t)lk_rng_below(rng, i, 0, tokenizer->vocabulary);
	ids[0] = tokenizer->end;
	ids[count - 1] = tokenizer->vocabulary - 1;
	return ids;
}

static void check_round_trip(lk_tokenizer *tokenizer, size_t count)
{
	uint32_t *ids = random_ids(count, tokenizer), *back = malloc(count * sizeof *ids);
	const char *path = test_path("x.tokens");
	lk_token_header header;
	lk_tokens *tokens;
	uint64_t nbytes = 0;

	for (size_t i = 0; i < count; i++)
		nbytes += tokenizer->piece_nbytes[ids[i]];
	write_ids(path, tokenizer, ids, count);
	ck_assert(lk_token_file_is(path));
	ck_assert_int_eq(lk_token_file_describe(&header, path, NULL), LK_OK);
	ck_assert_uint_eq(header.count, count);
	ck_assert_uint_eq(header.nbytes, nbytes);
	ck_assert_uint_eq(header.width, tokenizer->vocabulary > 65536 ? 4 : 2);
	ck_assert_int_eq(lk_token_file_open(&tokens, path, tokenizer, NULL, NULL), LK_OK);
	ck_assert_uint_eq(lk_tokens_count(tokens), count);
	ck_assert_uint_eq(lk_tokens_nbytes(tokens), nbytes);
	ck_assert_uint_eq(lk_tokens_end(tokens), tokenizer->end);
	for (size_t at = 0, n = 1; at < count; at += n, n = 1 + 3 * n % 1001) {
		n = n < count - at ? n : count - at;
		lk_tokens_read(tokens, at, n, back + at);
	}
	ck_assert_mem_eq(back, ids, count * sizeof *ids);
	ck_assert_uint_eq(lk_tokens_text(tokens, ids, count), nbytes);
	ck_assert_int_eq(lk_tokens_check(tokens, NULL), LK_OK);
	/* The ids are not in memory. */
	ck_assert_uint_lt(lk_tokens_memory(tokens), 1000 + 4 * tokenizer->vocabulary);
	lk_tokens_free(tokens);
	lk_tokenizer_free(tokenizer);
	free(ids);
	free(back);
}

START_TEST(ids_come_back)
{
	check_round_trip(bytes_tokenizer(), 2);
	check_round_trip(bytes_tokenizer(), 1200000); /* more than a buffer */
	check_round_trip(large_tokenizer(), 300000);
}
END_TEST

static void check_refused(const char *path, const lk_tokenizer *tokenizer,
		const char *words)
{
	lk_tokens *tokens = NULL;
	lk_error error = { 0 };

	ck_assert_int_ne(lk_token_file_open(&tokens, path, tokenizer, NULL, &error), LK_OK);
	ck_assert_ptr_null(tokens);
	ck_assert_msg(strstr(error.text, path) && strstr(error.text, words), "%s",
			error.text);
}

/* Every byte turned over, every length, a byte more. */
START_TEST(damage_is_noticed)
{
	static const uint32_t ids[] = { 256, 1, 2, 3, 256, 4, 256 };
	lk_tokenizer *tokenizer = bytes_tokenizer();
	const char *path = test_path("damaged.tokens");
	lk_bytes good;

	write_ids(path, tokenizer, ids, 7);
	ck_assert_int_eq(lk_file_read(&good, path, 0, NULL), LK_OK);
	ck_assert_uint_eq(good.nbytes, 160 + 14);
	for (size_t i = 0; i < good.nbytes; i++) {
		if (i >= 144 && i < 160)
			continue; /* filling */
		for (int bit = 0; bit < 8; bit += 3) {
			good.data[i] ^= 1u << bit;
			test_write("damaged.tokens", good.data, good.nbytes);
			check_refused(path, tokenizer, "");
			good.data[i] ^= 1u << bit;
		}
	}
	for (size_t nbytes = 0; nbytes < good.nbytes; nbytes++) {
		test_write("damaged.tokens", good.data, nbytes);
		check_refused(path, tokenizer, "truncated");
	}
	test_write("damaged.tokens", good.data, good.nbytes + 1); /* with a final NUL */
	check_refused(path, tokenizer, "damaged");
	ck_assert(!lk_token_file_is(test_write_text("text", "LKTOKENS in a text")));
	check_refused(test_path("text"), tokenizer, "truncated");
	check_refused(test_path("missing"), tokenizer, "No such file");
	check_refused(test_scratch(), tokenizer, "directory");
	lk_bytes_free(&good);
	lk_tokenizer_free(tokenizer);
}
END_TEST

START_TEST(other_tokenizers_are_refused)
{
	static const uint32_t ids[] = { 256, 1 };
	lk_tokenizer *tokenizer = bytes_tokenizer(), *other;
	const char *path = test_path("other.tokens");

	write_ids(path, tokenizer, ids, 2);
	lk_tokenizer_new_char(&other, (const unsigned char *)"ab", 2, NULL);
	check_refused(path, other, "another tokenizer");
	write_ids(path, tokenizer, ids + 1, 1);
	check_refused(path, tokenizer, "end of text");
	lk_tokenizer_free(tokenizer);
	lk_tokenizer_free(other);
}
END_TEST

/* A file that changes under a reader gives no id that a model lacks, and is told
 * of; one that shrinks is no crash. */
START_TEST(changes_while_reading_are_noticed)
{
	lk_tokenizer *tokenizer = bytes_tokenizer();
	uint32_t *ids = random_ids(5000, tokenizer), back[100];
	const char *path = test_path("changing.tokens");
	lk_error error = { 0 };
	lk_tokens *tokens;

	for (int way = 0; way < 2; way++) {
		write_ids(path, tokenizer, ids, 5000);
		lk_token_file_open(&tokens, path, tokenizer, NULL, NULL);
		int fd = open(path, O_WRONLY);
		if (way)
			ck_assert_int_eq(ftruncate(fd, 160 + 2 * 4050), 0);
		else
			ck_assert_int_eq(pwrite(fd, "\xFF\xFF", 2, 160 + 2 * 4050), 2);
		close(fd);
		lk_tokens_read(tokens, 0, 100, back);
		ck_assert_int_eq(lk_tokens_check(tokens, NULL), LK_OK);
		lk_tokens_read(tokens, 4000, 100, back);
		for (size_t i = 0; i < 100; i++)
			ck_assert_uint_lt(back[i], tokenizer->vocabulary);
		ck_assert_int_ne(lk_tokens_check(tokens, &error), LK_OK);
		ck_assert_msg(strstr(error.text, path) != NULL, "%s", error.text);
		lk_tokens_free(tokens);
	}
	free(ids);
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* The same parts as the text's own, whatever characters are around the cut. */
static void check_split(const char *text, size_t nbytes)
{
	const char *path = test_path("split.tokens");
	const char *source = test_write("split", text, nbytes);
	lk_tokenizer *tokenizer = bytes_tokenizer();
	lk_tokens *part[2], *expected[2], *all;
	lk_corpus *corpus, *whole;
	uint32_t *ids = malloc((nbytes + 2) * sizeof *ids), a[600], b[600];

	ck_assert_int_eq(lk_corpus_read(&corpus, &source, 1, NULL, 0, NULL), LK_OK);
	ck_assert_int_eq(lk_corpus_read_whole(&whole, source, &(lk_text_work){ .threads = 1 }, NULL), LK_OK);
	lk_tokens_new(&expected[0], lk_corpus_training(corpus), tokenizer, NULL);
	lk_tokens_new(&expected[1], lk_corpus_validation(corpus), tokenizer, NULL);
	lk_tokens_new(&all, lk_corpus_training(whole), tokenizer, NULL);
	lk_tokens_read(all, 0, nbytes + 2, ids);
	write_ids(path, tokenizer, ids, nbytes + 2);
	ck_assert_int_eq(lk_token_file_open_split(&part[0], &part[1], path, tokenizer, NULL,
					 NULL),
			LK_OK);
	for (int p = 0; p < 2; p++) {
		size_t count = lk_tokens_count(expected[p]);

		ck_assert_uint_eq(lk_tokens_count(part[p]), count);
		ck_assert_uint_eq(lk_tokens_nbytes(part[p]), lk_tokens_nbytes(expected[p]));
		for (size_t at = 0; at < count; at += 7) {
			size_t n = count - at;

			lk_tokens_read(expected[p], at, n, a);
			lk_tokens_read(part[p], at, n, b);
			ck_assert_mem_eq(a, b, n * sizeof *a);
		}
		lk_tokens_free(part[p]);
		lk_tokens_free(expected[p]);
	}
	lk_tokens_free(all);
	lk_corpus_free(corpus);
	lk_corpus_free(whole);
	lk_tokenizer_free(tokenizer);
	free(ids);
}

START_TEST(a_split_is_the_text_s)
{
	static const char *const characters[] = { "a", "é", "€", "\xF0\x9F\x98\x80",
		"\xFF", "\x80", "aé€\xF0\x9F\x98\x80", "\xF0\x9F" };

	for (size_t c = 0; c < sizeof characters / sizeof *characters; c++) {
		char text[512] = "";

		strcat(text, characters[c]);
		for (size_t count = 2; count < 30; count++) {
			strcat(text, characters[c]);
			check_split(text, strlen(text));
		}
	}
}
END_TEST

/* An end of text at the cut closes the first part and opens the second. */
START_TEST(a_cut_between_documents_cuts_none)
{
	lk_tokenizer *tokenizer = bytes_tokenizer();
	static const uint32_t ids[] = { 256, 0, 1, 2, 3, 4, 5, 6, 7, 8, 256, 9, 256 };
	const char *path = test_path("between.tokens");
	lk_tokens *first, *second;
	uint32_t back[13];

	write_ids(path, tokenizer, ids, 13);
	ck_assert_int_eq(lk_token_file_open_split(&first, &second, path, tokenizer, NULL, NULL),
			LK_OK);
	ck_assert_uint_eq(lk_tokens_count(first), 11);
	ck_assert_uint_eq(lk_tokens_count(second), 3);
	lk_tokens_read(second, 0, 3, back);
	ck_assert_mem_eq(back, ids + 10, sizeof back[0] * 3);
	lk_tokens_free(first);
	lk_tokens_free(second);
	write_ids(path, tokenizer, ids, 2);
	ck_assert_int_eq(lk_token_file_open_split(&first, &second, path, tokenizer, NULL, NULL),
			LK_RANGE);
	lk_tokenizer_free(tokenizer);
}
END_TEST

/* At whatever size the disk is full, nothing is left, and what was there stays. */
START_TEST(a_full_disk_leaves_nothing)
{
	lk_tokenizer *tokenizer = bytes_tokenizer();
	uint32_t *ids = random_ids(5000, tokenizer);
	char *path = strdup(test_path("full/x.tokens"));
	struct rlimit before, limit;
	lk_tokens *tokens;
	bool failed = true;

	signal(SIGXFSZ, SIG_IGN);
	lk_directory_make(test_path("full"), NULL);
	write_ids(path, tokenizer, ids, 10);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (rlim_t most = 0; failed; most += 777) {
		lk_token_writer *writer;
		lk_error error = { 0 };
		lk_status status;

		limit = (struct rlimit){ most, before.rlim_max };
		setrlimit(RLIMIT_FSIZE, &limit);
		status = lk_token_writer_new(&writer, path, tokenizer, NULL, false, &error);
		if (!status) {
			status = lk_token_writer_add(writer, ids, 5000, &error);
			if (status)
				lk_token_writer_drop(writer);
			else
				status = lk_token_writer_finish(writer, &error);
		}
		setrlimit(RLIMIT_FSIZE, &before);
		failed = status != LK_OK;
		ck_assert_uint_eq(test_entries(test_path("full")), 1);
		ck_assert_int_eq(lk_token_file_open(&tokens, path, tokenizer, NULL, NULL), LK_OK);
		ck_assert_uint_eq(lk_tokens_count(tokens), failed ? 10 : 5000);
		lk_tokens_free(tokens);
		if (failed)
			ck_assert_msg(strstr(error.text, path) != NULL, "%s", error.text);
	}
	free(path);
	free(ids);
	lk_tokenizer_free(tokenizer);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("token file");
	TCase *t = tcase_create("token file");

	tcase_set_timeout(t, 0);
	tcase_add_test(t, ids_come_back);
	tcase_add_test(t, damage_is_noticed);
	tcase_add_test(t, other_tokenizers_are_refused);
	tcase_add_test(t, changes_while_reading_are_noticed);
	tcase_add_test(t, a_split_is_the_text_s);
	tcase_add_test(t, a_cut_between_documents_cuts_none);
	tcase_add_test(t, a_full_disk_leaves_nothing);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
