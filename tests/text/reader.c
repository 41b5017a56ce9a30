/* A text that is read a bit at a time must come out as it went in: a byte lost or
 * seen twice at a seam, or a document's end moved by one, shifts all that follows.
 * And files change while they are read, which must be an error and no garbage. */
#include "text/reader.h"
#include "base/rng.h"
#include "support/main.h"
#include "support/scratch.h"
#include "text/tokens.h"

#include <sys/stat.h>
#include <unistd.h>

enum { LONG = 30000, FILES = 5 };

/* Some files of random words and lines, the longest well beyond a round of small
 * stretches; their names. */
static const char *const *write_files(uint64_t seed)
{
	static const size_t nbytes[FILES] = { 2, LONG, 5, 4500, 9000 };
	static char path[FILES][2048], *text;
	static const char *paths[FILES];
	lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);

	text = malloc(LONG);
	for (size_t f = 0; f < FILES; f++) {
		char name[16];

		for (size_t i = 0; i < nbytes[f]; i++)
			text[i] = "abcdefgh \n\n\r"[lk_rng_below(rng, i, f, 12)];
		if (f == 4) /* one document for most of the text */
			memset(text, 'a', 8000);
		snprintf(name, sizeof name, "file-%zu", f);
		snprintf(path[f], sizeof path[f], "%s", test_write(name, text, nbytes[f]));
		paths[f] = path[f];
	}
	free(text);
	return paths;
}

/* Every third place may be cut; never inside a run of `a`. */
static size_t cut_thirds(const void *context, const unsigned char *text, size_t nbytes,
		size_t at)
{
	(void)context;
	ck_assert_uint_lt(at, nbytes);
	while (at && ((at % 3) || (text[at - 1] == 'a' && text[at] == 'a')))
		at--;
	return at;
}

/* All of a part with its documents' ends written out: '\1' for each. */
static char *collect(const lk_documents *documents, size_t stretch, lk_status *status,
		lk_error *error)
{
	const lk_stretch *s;
	lk_reader *reader;
	char *all = malloc(3 * LONG), *to = all;
	size_t count = 1;

	ck_assert_int_eq(lk_reader_new(&reader, documents, cut_thirds, NULL, stretch, NULL),
			LK_OK);
	*status = LK_OK;
	while (!*status && count) {
		*status = lk_reader_next(reader, &s, &count, error);
		for (size_t i = 0; i < count; i++) {
			size_t at = 0;

			for (size_t e = 0; e < s[i].ends; e++) {
				memcpy(to, s[i].text + at, s[i].end[e] - at);
				to += s[i].end[e] - at;
				at = s[i].end[e];
				*to++ = '\1';
			}
			memcpy(to, s[i].text + at, s[i].nbytes - at);
			to += s[i].nbytes - at;
		}
	}
	lk_reader_free(reader);
	*to = '\0';
	return all;
}

static lk_corpus *read_files(const char *const *paths)
{
	lk_corpus *corpus;

	ck_assert_int_eq(lk_corpus_read(&corpus, paths, FILES, NULL, 0, NULL), LK_OK);
	return corpus;
}

START_TEST(no_seam_shows)
{
	static const char *const rules[] = { "files", "lines", "blank-lines",
		"separator:ab" };
	lk_corpus *corpus = read_files(write_files(1));
	const lk_documents *part[] = { lk_corpus_training(corpus),
		lk_corpus_validation(corpus) };
	lk_error error = { 0 };
	lk_status status;

	for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
		lk_document_rule rule;

		lk_document_rule_parse(&rule, rules[r], NULL);
		lk_corpus_set_rule(corpus, &rule);
		for (size_t p = 0; p < 2; p++) {
			char *whole = collect(part[p], 1 << 20, &status, &error);

			ck_assert_int_eq(status, LK_OK);
			ck_assert_uint_gt(strlen(whole), part[p]->nbytes);
			for (size_t stretch = 3; stretch < 5000; stretch = 3 * stretch / 2) {
				char *pieces = collect(part[p], stretch, &status, &error);

				ck_assert_int_eq(status, LK_OK);
				ck_assert_msg(!strcmp(pieces, whole), "%s, %zu", rules[r],
						stretch);
				free(pieces);
			}
			free(whole);
		}
	}
	lk_corpus_free(corpus);
}
END_TEST

/* In memory or on disk, the whole text, and ends between files. */
START_TEST(the_text_is_what_the_files_hold)
{
	const char *const *paths = write_files(2);
	lk_corpus *corpus = read_files(paths);
	const lk_documents *part = lk_corpus_training(corpus);
	lk_status status;
	char *all = collect(part, 50, &status, NULL), *at = all;

	for (size_t i = 0; i < part->count; i++) {
		FILE *file = fopen(part->document[i].path, "rb");
		char *text = malloc(LONG);

		ck_assert_uint_eq(fread(text, 1, part->document[i].nbytes, file),
				part->document[i].nbytes);
		ck_assert_mem_eq(at, text, part->document[i].nbytes);
		at += part->document[i].nbytes;
		ck_assert(*at++ == (i + 1 < part->count ? '\1' : '\0'));
		fclose(file);
		free(text);
	}
	free(all);
	lk_corpus_free(corpus);
}
END_TEST

static void check_noticed(const char *const *paths, const lk_corpus *corpus,
		const char *words)
{
	lk_error error = { 0 };
	lk_status status;

	free(collect(lk_corpus_training(corpus), 100, &status, &error));
	ck_assert_int_ne(status, LK_OK);
	ck_assert_msg(strstr(error.text, paths[1]) && strstr(error.text, words), "%s",
			error.text);
}

START_TEST(changes_are_noticed)
{
	const char *const *paths = write_files(3);
	lk_corpus *corpus = read_files(paths);
	FILE *file;

	file = fopen(paths[1], "r+b"); /* one byte, the same length */
	fseek(file, LONG - 7, SEEK_SET);
	fputc('!', file);
	fclose(file);
	check_noticed(paths, corpus, "has changed");
	write_files(3);
	ck_assert_int_eq(truncate(paths[1], LONG / 2), 0);
	check_noticed(paths, corpus, "has changed");
	write_files(3);
	free(collect(lk_corpus_training(corpus), 100, &(lk_status){ 0 }, NULL));
	unlink(paths[1]);
	check_noticed(paths, corpus, "No such file");
	mkdir(paths[1], 0700);
	check_noticed(paths, corpus, "directory");
	rmdir(paths[1]);
	lk_corpus_free(corpus);
}
END_TEST

/* What is gone through once has no hash to compare: its files tell by length and
 * time. */
START_TEST(changes_are_noticed_without_a_hash)
{
	const char *const *paths = write_files(5);
	static const char *const modes[] = { "ab", "r+b" };
	lk_error error = { 0 };
	lk_corpus *corpus;
	const lk_stretch *s;
	lk_reader *reader;
	size_t count;

	for (size_t m = 0; m < 2; m++) {
		write_files(5);
		ck_assert_int_eq(lk_corpus_open(&corpus, paths + 1, 1, NULL), LK_OK);
		lk_reader_new(&reader, lk_corpus_training(corpus), cut_thirds, NULL, 9, NULL);
		ck_assert_int_eq(lk_reader_next(reader, &s, &count, NULL), LK_OK);
		ck_assert_uint_gt(count, 0);
		usleep(20000); /* file systems tell times to some milliseconds */
		FILE *file = fopen(paths[1], modes[m]);
		fputc('!', file);
		fclose(file);
		lk_status status = LK_OK;
		while (!status && count)
			status = lk_reader_next(reader, &s, &count, &error);
		ck_assert_int_eq(status, LK_IO);
		ck_assert_msg(strstr(error.text, paths[1]) &&
						strstr(error.text, "has changed"),
				"%s", error.text);
		lk_reader_free(reader);
		lk_corpus_free(corpus);
	}
}
END_TEST

/* A round is still used while the next one is read. */
START_TEST(a_round_outlives_the_next)
{
	lk_corpus *corpus = read_files(write_files(6));
	const lk_stretch *before, *now;
	lk_reader *reader;
	size_t count, counts;
	char *copy = malloc(LONG);

	lk_reader_new(&reader, lk_corpus_training(corpus), cut_thirds, NULL, 60, NULL);
	ck_assert_int_eq(lk_reader_next(reader, &before, &counts, NULL), LK_OK);
	for (int rounds = 0;; rounds++) {
		size_t used = 0;

		for (size_t i = 0; i < counts; i++) {
			memcpy(copy + used, before[i].text, before[i].nbytes);
			used += before[i].nbytes;
		}
		ck_assert_int_eq(lk_reader_next(reader, &now, &count, NULL), LK_OK);
		used = 0;
		for (size_t i = 0; i < counts; i++) {
			ck_assert_mem_eq(copy + used, before[i].text, before[i].nbytes);
			used += before[i].nbytes;
		}
		if (!count) {
			ck_assert_int_gt(rounds, 1);
			break;
		}
		before = now;
		counts = count;
	}
	free(copy);
	lk_reader_free(reader);
	lk_corpus_free(corpus);
}
END_TEST

START_TEST(a_text_that_no_one_may_cut)
{
	enum { N = 200000 };
	char *text = malloc(N);
	lk_stretch one = { 0 };
	const lk_stretch *s;
	lk_reader *reader;
	size_t count;

	memset(text, 'a', N);
	lk_document document = { .path = "x", .text = (unsigned char *)text, .nbytes = N };
	lk_documents documents = { &document, 1, 0 };
	ck_assert_int_eq(lk_reader_new(&reader, &documents, cut_thirds, NULL, 9, NULL), LK_OK);
	ck_assert_int_eq(lk_reader_next(reader, &s, &count, NULL), LK_OK);
	ck_assert_uint_eq(count, 1);
	one = *s;
	ck_assert_uint_eq(one.nbytes, N);
	ck_assert_uint_eq(one.ends, 0);
	lk_reader_free(reader);
	free(text);
}
END_TEST

/* The same stream for any number of threads. */
START_TEST(threads_do_not_matter)
{
	lk_corpus *corpus = read_files(write_files(4));
	lk_document_rule rule = { LK_DOCUMENTS_LINES, NULL };
	lk_tokenizer *tokenizer;
	lk_tokens *one = NULL, *other = NULL;

	lk_corpus_set_rule(corpus, &rule);
	lk_tokenizer_new_byte(&tokenizer, NULL);
	lk_tokens_new(&one, lk_corpus_training(corpus), tokenizer, NULL);
	for (int threads = 1; threads <= 8; threads++) {
		uint32_t a[1000], b[1000];

		ck_assert_int_eq(lk_tokens_new_tokenised(&other, lk_corpus_training(corpus),
						 tokenizer,
						 &(lk_text_work){ .threads = threads },
						 NULL),
				LK_OK);
		ck_assert_uint_eq(lk_tokens_count(other), lk_tokens_count(one));
		for (size_t at = 0; at + 1000 <= lk_tokens_count(one); at += 1000) {
			lk_tokens_read(one, at, 1000, a);
			lk_tokens_read(other, at, 1000, b);
			ck_assert_mem_eq(a, b, sizeof a);
		}
		lk_tokens_free(other);
	}
	lk_tokens_free(one);
	lk_tokenizer_free(tokenizer);
	lk_corpus_free(corpus);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("reader");
	TCase *t = tcase_create("reader");

	tcase_add_test(t, no_seam_shows);
	tcase_add_test(t, the_text_is_what_the_files_hold);
	tcase_add_test(t, changes_are_noticed);
	tcase_add_test(t, changes_are_noticed_without_a_hash);
	tcase_add_test(t, a_round_outlives_the_next);
	tcase_add_test(t, a_text_that_no_one_may_cut);
	tcase_add_test(t, threads_do_not_matter);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
