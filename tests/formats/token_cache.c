/* A cache must never be the reason for another result: not when the text, its
 * split, its documents or the tokenizer are others, not when a file in it is
 * damaged, not when two processes fill it at the same time or one of them dies. */
#include "formats/token_cache.h"
#include "base/output.h"
#include "support/main.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const lk_text_work one_thread = { .threads = 1 };

typedef struct {
	lk_corpus *corpus;
	lk_tokenizer *tokenizer;
	lk_document_rule rule;
	char cache[2048];
} fixture;

static void begin(fixture *f, const char *text)
{
	const char *path = test_write_text("text", text);

	ck_assert_int_eq(lk_corpus_read(&f->corpus, &path, 1, NULL, 0, NULL), LK_OK);
	ck_assert_int_eq(lk_tokenizer_new_byte(&f->tokenizer, NULL), LK_OK);
	snprintf(f->cache, sizeof f->cache, "%s", test_path("cache/deep"));
}

static void end(fixture *f)
{
	lk_corpus_free(f->corpus);
	lk_tokenizer_free(f->tokenizer);
	lk_directory_remove(f->cache, NULL);
}

/* Open, and compare with the stream in memory. */
static lk_status try_open(const fixture *f, lk_error *error)
{
	const lk_documents *documents = lk_corpus_training(f->corpus);
	lk_tokens *tokens, *expected;
	uint32_t a[400], b[400];
	lk_status status = lk_token_cache_open(&tokens, f->cache, documents, f->tokenizer,
			&one_thread, error);

	if (status)
		return status;
	lk_tokens_new(&expected, documents, f->tokenizer, NULL);
	size_t count = lk_tokens_count(expected);
	ck_assert_uint_le(count, 400);
	ck_assert_uint_eq(lk_tokens_count(tokens), count);
	ck_assert_uint_eq(lk_tokens_nbytes(tokens), lk_tokens_nbytes(expected));
	lk_tokens_read(tokens, 0, count, a);
	lk_tokens_read(expected, 0, count, b);
	ck_assert_mem_eq(a, b, count * sizeof *a);
	lk_tokens_free(tokens);
	lk_tokens_free(expected);
	return LK_OK;
}

static void open_one(const fixture *f)
{
	lk_error error = { 0 };

	ck_assert_msg(!try_open(f, &error), "%s", error.text);
}

static char *path_in(const fixture *f)
{
	char *path;

	ck_assert_int_eq(lk_token_cache_path(&path, f->cache, lk_corpus_training(f->corpus),
					 f->tokenizer, NULL),
			LK_OK);
	return path;
}

static struct stat status_of(const char *path)
{
	struct stat info;

	ck_assert_int_eq(stat(path, &info), 0);
	return info;
}

START_TEST(a_text_is_tokenised_once)
{
	fixture f;

	begin(&f, "some words\nin two lines\n");
	open_one(&f);
	char *path = path_in(&f);
	struct stat first = status_of(path);
	open_one(&f);
	ck_assert_uint_eq(status_of(path).st_ino, first.st_ino);
	ck_assert_uint_eq(test_entries(f.cache), 1);
	free(path);
	end(&f);
}
END_TEST

START_TEST(whatever_differs_is_another_file)
{
	static const lk_document_rule rules[] = { { LK_DOCUMENTS_FILES, NULL },
		{ LK_DOCUMENTS_LINES, NULL }, { LK_DOCUMENTS_BLANK_LINES, NULL },
		{ LK_DOCUMENTS_SEPARATOR, "o" }, { LK_DOCUMENTS_SEPARATOR, "w" } };
	lk_tokenizer *byte;
	fixture f;

	begin(&f, "some words\n\nin three lines\n");
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		lk_corpus_set_rule(f.corpus, &rules[i]);
		open_one(&f);
		ck_assert_uint_eq(test_entries(f.cache), i + 1);
	}
	byte = f.tokenizer;
	lk_tokenizer_new_char_corpus(&f.tokenizer, f.corpus, NULL);
	open_one(&f);
	ck_assert_uint_eq(test_entries(f.cache), 6);
	lk_tokenizer_free(byte);
	/* Other text; the same text, split otherwise. */
	lk_corpus_free(f.corpus);
	const char *path = test_write_text("text", "some words\n\nin three limes\n");
	lk_corpus_read(&f.corpus, &path, 1, &path, 1, NULL);
	lk_tokenizer_free(f.tokenizer);
	lk_tokenizer_new_byte(&f.tokenizer, NULL);
	open_one(&f);
	lk_corpus_free(f.corpus);
	lk_corpus_read(&f.corpus, &path, 1, NULL, 0, NULL);
	open_one(&f);
	ck_assert_uint_eq(test_entries(f.cache), 8);
	end(&f);
}
END_TEST

START_TEST(damaged_files_are_made_anew)
{
	fixture f;

	begin(&f, "some words to be read again\n");
	open_one(&f);
	char *path = path_in(&f);
	off_t nbytes = status_of(path).st_size;
	for (off_t at = 0; at < nbytes; at += 3) {
		int fd = open(path, O_RDWR);
		unsigned char byte;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		open_one(&f);
		ck_assert_int_eq(truncate(path, at), 0);
		open_one(&f);
		ck_assert_int_eq(status_of(path).st_size, nbytes);
		ck_assert_uint_eq(test_entries(f.cache), 1);
	}
	free(path);
	end(&f);
}
END_TEST

/* The file of another text under this one's name. */
START_TEST(files_are_not_taken_by_their_names_alone)
{
	fixture f;

	begin(&f, "some words of one text\n");
	open_one(&f);
	char *path = path_in(&f);
	lk_corpus_free(f.corpus);
	const char *text = test_write_text("text", "and another one's words\n");
	lk_corpus_read(&f.corpus, &text, 1, NULL, 0, NULL);
	char *other = path_in(&f);
	ck_assert_int_eq(rename(path, other), 0);
	open_one(&f);
	free(path);
	free(other);
	end(&f);
}
END_TEST

/* Some processes at once, over what one that died has left. */
START_TEST(processes_do_not_disturb_each_other)
{
	enum { PROCESSES = 6 };
	pid_t child[PROCESSES];
	fixture f;

	begin(&f, "words that several want at once\n");
	char *path = path_in(&f), *part = lk_output_part(path);
	lk_directory_make(f.cache, NULL);
	int fd = open(part, O_WRONLY | O_CREAT, 0666);
	ck_assert_int_eq(write(fd, "half of something long, and no more of it", 41), 41);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0); /* as if one were at work */
	for (size_t i = 0; i < PROCESSES; i++) {
		child[i] = fork();
		if (!child[i]) {
			close(fd);
			_exit(try_open(&f, NULL) ? 1 : 0);
		}
	}
	usleep(100000);
	for (size_t i = 0; i < PROCESSES; i++) /* all wait */
		ck_assert_int_eq(waitpid(child[i], NULL, WNOHANG), 0);
	close(fd);
	for (size_t i = 0; i < PROCESSES; i++) {
		int status;

		ck_assert_int_eq(waitpid(child[i], &status, 0), child[i]);
		ck_assert(WIFEXITED(status) && !WEXITSTATUS(status));
	}
	ck_assert_uint_eq(test_entries(f.cache), 1);
	open_one(&f);
	free(path);
	free(part);
	end(&f);
}
END_TEST

START_TEST(a_full_disk_is_an_error_and_leaves_nothing)
{
	struct rlimit before, limit;
	lk_error error = { 0 };
	fixture f;

	signal(SIGXFSZ, SIG_IGN);
	begin(&f, "words for which there is no room\n");
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ 100, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(try_open(&f, &error), LK_IO);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_msg(strstr(error.text, f.cache) && strstr(error.text, "too large"), "%s",
			error.text);
	ck_assert_uint_eq(test_entries(f.cache), 0);
	open_one(&f);
	end(&f);
	/* Nor where there can be no directory. */
	begin(&f, "words for which there is no room\n");
	snprintf(f.cache, sizeof f.cache, "%s/below", test_path("text"));
	ck_assert_int_eq(try_open(&f, &error), LK_IO);
	lk_corpus_free(f.corpus);
	lk_tokenizer_free(f.tokenizer);
}
END_TEST

/* What has been made of a text that changed meanwhile does not stay. */
START_TEST(a_text_that_changes_leaves_nothing)
{
	lk_error error = { 0 };
	fixture f;

	begin(&f, "words that will be others\n");
	test_write_text("text", "words that will by others\n");
	ck_assert_int_eq(try_open(&f, &error), LK_IO);
	ck_assert_msg(strstr(error.text, "has changed") != NULL, "%s", error.text);
	ck_assert_uint_eq(test_entries(f.cache), 0);
	end(&f);
}
END_TEST

START_TEST(a_cache_can_be_cleaned)
{
	lk_token_cache_list list;
	fixture f;

	begin(&f, "words to be forgotten\n");
	ck_assert_int_eq(lk_token_cache_look(&list, f.cache, NULL), LK_OK);
	ck_assert_uint_eq(list.count, 0);
	open_one(&f);
	char *path = path_in(&f), *part = lk_output_part(path), foreign[2100];
	close(open(part, O_WRONLY | O_CREAT, 0666));
	snprintf(foreign, sizeof foreign, "%s/notes.tokens", f.cache);
	close(open(foreign, O_WRONLY | O_CREAT, 0666));
	ck_assert_int_eq(lk_token_cache_look(&list, f.cache, NULL), LK_OK);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.entry[0].path, path);
	ck_assert(list.entry[0].complete);
	ck_assert_uint_eq(list.entry[0].header.nbytes, 19);
	ck_assert(!list.entry[1].complete);
	ck_assert_int_eq(lk_token_cache_clean(&list, NULL), LK_OK);
	ck_assert_int_eq(lk_token_cache_clean(&list, NULL), LK_OK); /* gone is gone */
	lk_token_cache_list_free(&list);
	ck_assert_uint_eq(test_entries(f.cache), 1);
	ck_assert(lk_path_exists(foreign));
	free(path);
	free(part);
	end(&f);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("token cache");
	TCase *t = tcase_create("token cache");

	tcase_set_timeout(t, 0);
	tcase_add_test(t, a_text_is_tokenised_once);
	tcase_add_test(t, whatever_differs_is_another_file);
	tcase_add_test(t, damaged_files_are_made_anew);
	tcase_add_test(t, files_are_not_taken_by_their_names_alone);
	tcase_add_test(t, processes_do_not_disturb_each_other);
	tcase_add_test(t, a_full_disk_is_an_error_and_leaves_nothing);
	tcase_add_test(t, a_text_that_changes_leaves_nothing);
	tcase_add_test(t, a_cache_can_be_cleaned);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
