/* What trains must not validate: bytes that fall into both parts, or into
 * neither, or a character cut in two, would make a published number wrong. And
 * the first thing that a new user gets wrong is the path. */
#include "text/corpus.h"
#include "base/file.h"
#include "base/hash.h"
#include "support/main.h"
#include "support/scratch.h"
#include "text/utf8.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static lk_corpus *read_one(const char *path)
{
	lk_corpus *corpus = NULL;
	lk_error error = { LK_OK, "" };
	lk_status status = lk_corpus_read(&corpus, &path, 1, NULL, 0, &error);

	ck_assert_msg(status == LK_OK, "%s", error.text);
	return corpus;
}

static void check_refused(const char *path, const char *why)
{
	lk_corpus *corpus = NULL;
	lk_error error = { LK_OK, "" };

	ck_assert_int_ne(lk_corpus_read(&corpus, &path, 1, NULL, 0, &error), LK_OK);
	ck_assert_ptr_null(corpus);
	ck_assert_msg(strstr(error.text, path) && strstr(error.text, why), "%s",
			error.text);
}

/* A stretch holds these bytes, and its hash is theirs. */
static void check_bytes(const lk_document *document, const char *text, size_t nbytes)
{
	lk_bytes file = { 0 };
	char hash[33];

	lk_hash128_text(hash, text, nbytes);
	ck_assert_str_eq(document->part, hash);
	ck_assert_uint_eq(document->nbytes, nbytes);
	if (document->text) {
		ck_assert_mem_eq(document->text, text, nbytes);
		return;
	}
	ck_assert_int_eq(lk_file_read(&file, document->path, 0, NULL), LK_OK);
	ck_assert_uint_eq(file.nbytes, document->file_nbytes);
	ck_assert_mem_eq(file.data + document->offset, text, nbytes);
	lk_bytes_free(&file);
}

/* One file of `text`: the parts put together are the text, and the first is the
 * greatest that is whole characters and at most nine tenths. */
static void check_split(const char *text, size_t nbytes)
{
	lk_corpus *corpus = read_one(test_write("split", text, nbytes));
	const lk_documents *training = lk_corpus_training(corpus);
	const lk_documents *validation = lk_corpus_validation(corpus);
	const lk_document *head = training->document, *tail = validation->document;
	size_t cut = 0, length;
	char hash[33];

	while (cut < nbytes) {
		lk_utf8_decode((const unsigned char *)text + cut, nbytes - cut, &length);
		if (10 * (cut + length) > 9 * nbytes)
			break;
		cut += length;
	}
	lk_hash128_text(hash, text, nbytes);
	ck_assert_uint_eq(training->count, 1);
	ck_assert_uint_eq(validation->count, 1);
	ck_assert_uint_eq(head->nbytes, cut);
	ck_assert_uint_eq(training->nbytes, cut);
	ck_assert_uint_eq(head->offset, 0);
	ck_assert(!head->ends);
	ck_assert_uint_eq(tail->nbytes, nbytes - cut);
	ck_assert_uint_eq(validation->nbytes, nbytes - cut);
	ck_assert_uint_eq(tail->offset, cut);
	ck_assert(tail->ends);
	check_bytes(head, text, cut);
	check_bytes(tail, text + cut, nbytes - cut);
	ck_assert_str_eq(head->hash, hash);
	ck_assert_str_eq(tail->hash, hash);
	ck_assert_uint_eq(head->file_nbytes, nbytes);
	ck_assert_str_eq(head->path, test_path("split"));
	lk_corpus_free(corpus);
}

/* All lengths, so that the cut meets every byte of characters of every length. */
START_TEST(one_file_is_cut_at_a_character)
{
	static const char *const characters[] = { "a", "é", "€", "\xF0\x9F\x98\x80",
		"\xFF", "aé€\xF0\x9F\x98\x80" };

	for (size_t c = 0; c < sizeof characters / sizeof *characters; c++) {
		char text[512] = "";

		strcat(text, characters[c]);
		for (size_t count = 2; count < 40; count++) {
			strcat(text, characters[c]);
			check_split(text, strlen(text));
		}
	}
	check_split("a\0b\r\n\0", 6);
	check_split("\xEF\xBB\xBFtext\r\n", 9);
}
END_TEST

/* What nanoGPT takes of tinyshakespeare, so that losses can be compared. */
START_TEST(the_usual_benchmark_is_cut_as_usual)
{
	enum { CHARACTERS = 1115394 };
	char *text = malloc(CHARACTERS);

	memset(text, 'x', CHARACTERS);
	lk_corpus *corpus = read_one(test_write("million", text, CHARACTERS));
	ck_assert_uint_eq(lk_corpus_training(corpus)->nbytes, 1003854);
	ck_assert_uint_eq(lk_corpus_validation(corpus)->nbytes, 111540);
	lk_corpus_free(corpus);
	free(text);
}
END_TEST

static void check_document(const lk_documents *documents, size_t i, const char *path,
		const char *text, bool ends)
{
	const lk_document *document = &documents->document[i];

	ck_assert_uint_lt(i, documents->count);
	ck_assert_str_eq(document->path, path);
	check_bytes(document, text, strlen(text));
	ck_assert_int_eq(document->ends, ends);
}

START_TEST(several_files_are_cut_as_one)
{
	const char *a = test_write_text("a", "0123456789");
	const char *b = test_write_text("b", "abcdefghij");
	const char *paths[] = { b, a, b };
	const lk_documents *part;
	lk_corpus *corpus;

	ck_assert_int_eq(lk_corpus_read(&corpus, paths, 3, NULL, 0, NULL), LK_OK);
	part = lk_corpus_training(corpus);
	ck_assert_uint_eq(part->count, 3);
	ck_assert_uint_eq(part->nbytes, 27);
	check_document(part, 0, b, "abcdefghij", true);
	check_document(part, 1, a, "0123456789", true);
	check_document(part, 2, b, "abcdefg", false);
	part = lk_corpus_validation(corpus);
	ck_assert_uint_eq(part->count, 1);
	check_document(part, 0, b, "hij", true);
	ck_assert_uint_eq(part->document[0].offset, 7);
	lk_corpus_free(corpus);
}
END_TEST

START_TEST(a_cut_between_files_cuts_none)
{
	const char *paths[] = { test_write_text("nine", "012345678"),
		test_write_text("long", "€€€€"), test_write_text("tail", "x\n") };
	lk_corpus *corpus;

	ck_assert_int_eq(lk_corpus_read(&corpus, paths, 1, paths + 2, 1, NULL), LK_OK);
	check_document(lk_corpus_training(corpus), 0, paths[0], "012345678", true);
	check_document(lk_corpus_validation(corpus), 0, paths[2], "x\n", true);
	lk_corpus_free(corpus);

	/* Of 10 + 2 bytes, 10 train: exactly the first file. */
	paths[0] = test_write_text("ten", "0123456789");
	paths[1] = paths[2];
	ck_assert_int_eq(lk_corpus_read(&corpus, paths, 2, NULL, 0, NULL), LK_OK);
	ck_assert_uint_eq(lk_corpus_training(corpus)->count, 1);
	ck_assert_uint_eq(lk_corpus_validation(corpus)->count, 1);
	check_document(lk_corpus_training(corpus), 0, paths[0], "0123456789", true);
	check_document(lk_corpus_validation(corpus), 0, paths[1], "x\n", true);
	ck_assert_uint_eq(lk_corpus_validation(corpus)->document[0].offset, 0);
	lk_corpus_free(corpus);

	/* Of 10 + 4, 12 would train: the first character of the second file does
	 * not fit, and so none of it trains. */
	paths[1] = test_write_text("wide", "€x");
	ck_assert_int_eq(lk_corpus_read(&corpus, paths, 2, NULL, 0, NULL), LK_OK);
	ck_assert_uint_eq(lk_corpus_training(corpus)->count, 1);
	check_document(lk_corpus_validation(corpus), 0, paths[1], "€x", true);
	lk_corpus_free(corpus);
}
END_TEST

START_TEST(a_directory_stands_for_its_files)
{
	lk_corpus *corpus;
	const lk_documents *part;
	char path[4][2048];
	static const char *const names[] = { "d/B", "d/a.txt", "d/a/x", "d/link" };

	lk_directory_make(test_path("d/a/.git"), NULL);
	test_write_text("d/a/x", "inner");
	test_write_text("d/a.txt", "1");
	test_write_text("d/B", "capital");
	test_write_text("d/.hidden", "never");
	test_write_text("d/a/.git/config", "never");
	test_write_text("d/empty", "");
	test_write_text("outside", "linked text, the longest of them all");
	ck_assert_int_eq(symlink("../outside", test_path("d/link")), 0);
	ck_assert_int_eq(symlink("..", test_path("d/loop")), 0);
	ck_assert_int_eq(symlink("nowhere", test_path("d/broken")), 0);
	ck_assert_int_eq(mkfifo(test_path("d/pipe"), 0600), 0);
	for (size_t i = 0; i < 4; i++)
		snprintf(path[i], sizeof path[i], "%s", test_path(names[i]));
	corpus = read_one(test_path("d"));
	part = lk_corpus_training(corpus);
	ck_assert_uint_eq(part->count, 4);
	check_document(part, 0, path[0], "capital", true);
	check_document(part, 1, path[1], "1", true);
	check_document(part, 2, path[2], "inner", true);
	ck_assert_str_eq(part->document[3].path, path[3]);
	ck_assert(!part->document[3].ends);
	lk_corpus_free(corpus);
}
END_TEST

START_TEST(bad_paths_are_named)
{
	lk_directory_make(test_path("bare/sub"), NULL);
	test_write_text("bare/.hidden", "text");
	lk_directory_make(test_path("hollow"), NULL);
	test_write_text("hollow/empty", "");
	lk_directory_make(test_path("lonely"), NULL);
	test_write_text("lonely/one", "é");
	check_refused(test_path("missing"), strerror(ENOENT));
	check_refused(test_write_text("empty", ""), "is empty");
	check_refused(test_write_text("one", "a"), "single character");
	check_refused(test_write_text("one", "\xF0\x9F\x98\x80"), "single character");
	check_refused(test_path("bare"), "holds no files");
	check_refused(test_path("hollow"), "are all empty");
	check_refused(test_path("lonely"), "too short");
	if (geteuid()) { /* nothing is unreadable to root */
		const char *path = test_write_text("locked", "text");

		chmod(path, 0);
		check_refused(path, strerror(EACCES));
	}
}
END_TEST

START_TEST(bad_validation_files_are_named)
{
	const char *good = test_write_text("good", "text"), *bad = test_path("absent");
	lk_corpus *corpus = NULL;
	lk_error error = { LK_OK, "" };

	ck_assert_int_eq(lk_corpus_read(&corpus, &good, 1, &bad, 1, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "absent"));
	ck_assert_ptr_null(corpus);
	lk_corpus_free(NULL);
}
END_TEST

START_TEST(standard_input_has_a_name)
{
	int saved = dup(STDIN_FILENO), pipes[2];
	lk_corpus *corpus = NULL;
	lk_error error = { LK_OK, "" };
	const char *dash = "-";

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(write(pipes[1], "text", 4), 4);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	corpus = read_one(dash);
	check_document(lk_corpus_training(corpus), 0, "-", "tex", false);
	lk_corpus_free(corpus);
	ck_assert_int_eq(lk_corpus_read(&corpus, &dash, 1, NULL, 0, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "standard input: is empty"));
	dup2(saved, STDIN_FILENO);
	close(saved);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("corpus");
	TCase *t = tcase_create("corpus");

	tcase_add_test(t, one_file_is_cut_at_a_character);
	tcase_add_test(t, the_usual_benchmark_is_cut_as_usual);
	tcase_add_test(t, several_files_are_cut_as_one);
	tcase_add_test(t, a_cut_between_files_cuts_none);
	tcase_add_test(t, a_directory_stands_for_its_files);
	tcase_add_test(t, bad_paths_are_named);
	tcase_add_test(t, bad_validation_files_are_named);
	tcase_add_test(t, standard_input_has_a_name);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
