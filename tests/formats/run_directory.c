/* Hours of training live in these directories: what is saved must come back to
 * the bit, what is damaged must be noticed, and two writers must never meet. */
#include "formats/run_directory.h"
#include "base/file.h"
#include "formats/model_directory.h"
#include "formats/runs.h"
#include "support/main.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static lk_error error;

/* run/a/b */
static const char *in(const lk_run *run, const char *name)
{
	static char path[4][2048];
	static unsigned turn;
	char *out = path[turn++ % 4];

	snprintf(out, sizeof path[0], "%s/%s", lk_run_path(run), name);
	return out;
}

static void save_step(lk_run *run, uint64_t step, bool best)
{
	test_training t;

	test_training_new(&t, step);
	test_save(run, &t, best);
	test_training_free(&t);
}

static void remove_run(lk_run *run)
{
	char *path = strdup(lk_run_path(run));

	lk_run_close(run);
	ck_assert_int_eq(lk_directory_remove(path, &error), LK_OK);
	free(path);
}

START_TEST(what_is_saved_comes_back)
{
	static const uint64_t steps[] = { 0, 1, 999999, 1000000, 123456789012 };
	lk_run *run = test_run_new("run");
	char *last;

	ck_assert_ptr_null(lk_run_last(run));
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		save_step(run, steps[i], false);
		ck_assert_uint_eq(test_restore(run), steps[i]);
		ck_assert_uint_eq(test_run_count(run, "step-"), i ? 2 : 1);
	}
	last = lk_run_last(run);
	ck_assert_str_eq(last, in(run, "step-123456789012"));
	free(last);
	remove_run(run);
}
END_TEST

START_TEST(last_before_and_best_are_kept)
{
	lk_run *run = test_run_new("run");
	char *best, *found;

	save_step(run, 0, false);
	save_step(run, 10, true);
	save_step(run, 20, false);
	ck_assert(lk_path_exists(in(run, "step-000010/training")));
	save_step(run, 30, false);
	ck_assert(!lk_path_exists(in(run, "step-000000")));
	ck_assert(!lk_path_exists(in(run, "step-000010/training")));
	ck_assert(lk_path_exists(in(run, "step-000010/model.safetensors")));
	ck_assert(lk_path_exists(in(run, "step-000020/training")));
	save_step(run, 40, false);
	ck_assert(!lk_path_exists(in(run, "step-000020")));
	ck_assert_uint_eq(test_run_count(run, "step-"), 3);
	best = lk_run_best(run);
	ck_assert_str_eq(best, in(run, "step-000010"));
	ck_assert_int_eq(lk_model_directory_find(&found, lk_run_path(run), &error),
			LK_OK);
	ck_assert_str_eq(found, best);
	free(found);
	free(best);
	save_step(run, 50, true);
	ck_assert_uint_eq(test_run_count(run, "step-"), 2);
	ck_assert_uint_eq(test_run_count(run, ".likely-"), 0);
	remove_run(run);
}
END_TEST

START_TEST(a_step_done_again_replaces_the_first)
{
	lk_run *run = test_run_new("run");
	test_training t;

	save_step(run, 5, true);
	test_training_new(&t, 6);
	t.state.step = 5; /* another outcome of the same step */
	test_save(run, &t, true);
	test_training_free(&t);
	ck_assert_uint_eq(test_run_count(run, ""), 6); /* no more than before */
	save_step(run, 5, true);
	ck_assert_uint_eq(test_restore(run), 5);
	remove_run(run);
}
END_TEST

START_TEST(left_overs_go_when_the_run_is_opened)
{
	lk_run *run = test_run_new("run");
	char *path = strdup(lk_run_path(run));

	save_step(run, 5, true);
	/* A file system that cannot exchange names, cut at the worst moment. */
	ck_assert_int_eq(rename(in(run, "step-000005"),
					 in(run, ".likely-aside-step-000005")), 0);
	ck_assert_int_eq(lk_directory_make(in(run, ".likely-7-step-000006/training"),
					 &error), LK_OK);
	ck_assert_int_eq(lk_directory_make(in(run, ".likely-old-step-000001"), &error),
			LK_OK);
	ck_assert_int_eq(lk_file_replace(in(run, ".likely-99-0.tmp"), "x", 1, &error),
			LK_OK);
	ck_assert_int_eq(symlink("step-000004", in(run, ".likely-99-1.tmp")), 0);
	lk_run_close(run);
	run = test_run_open(path);
	ck_assert_uint_eq(test_run_count(run, ".likely-"), 0);
	ck_assert_uint_eq(test_restore(run), 5);
	remove_run(run);
	free(path);
}
END_TEST

START_TEST(best_is_made_good_after_a_cut_between_the_links)
{
	lk_run *run = test_run_new("run");
	test_training t;
	char *best;

	save_step(run, 4, true);
	test_training_new(&t, 6);
	t.state.best_step = 6;
	test_save(run, &t, false);
	ck_assert_int_eq(lk_run_restore(run, t.model, t.optimizer, &t.state, &error),
			LK_OK);
	test_training_free(&t);
	best = lk_run_best(run);
	ck_assert_str_eq(best, in(run, "step-000006"));
	free(best);
	remove_run(run);
}
END_TEST

/* clang-format off */
static const char *const files[] = {
	"step-000003/model.safetensors", "step-000003/training/state.safetensors",
};
/* clang-format on */

START_TEST(damage_is_noticed)
{
	lk_run *run = test_run_new("run");
	test_training t;
	struct stat info;
	int fd;

	save_step(run, 3, true);
	test_training_new(&t, 1);
	fd = open(in(run, files[_i]), O_RDWR);
	ck_assert_int_eq(fstat(fd, &info), 0);
	for (off_t at = 0; at < info.st_size; at += at < 4096 ? 13 : 997) {
		unsigned char byte, flipped;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		flipped = byte ^ 4;
		ck_assert_int_eq(pwrite(fd, &flipped, 1, at), 1);
		if (lk_run_restore(run, t.model, t.optimizer, &t.state, &error))
			ck_assert_msg(strstr(error.text, files[_i]) != NULL, "%s",
					error.text);
		else /* it was a byte that means nothing, such as a space */
			ck_assert_uint_eq(test_restore(run), 3);
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	ck_assert_uint_eq(test_restore(run), 3);
	close(fd);
	test_training_free(&t);
	remove_run(run);
}
END_TEST

START_TEST(another_optimiser_is_refused)
{
	lk_run *run = test_run_new("run");
	lk_optimizer_config sgd = { .kind = LK_SGD, .momentum = 0.9 };
	lk_optimizer *optimizer;
	test_training t;
	size_t count;

	save_step(run, 3, true);
	test_training_new(&t, 1);
	lk_model_parameters(t.model, &count);
	ck_assert_int_eq(lk_optimizer_new(&optimizer, &sgd,
					 lk_model_parameters(t.model, &count),
					 lk_model_gradients(t.model, &count), NULL, count,
					 lk_isa_best(), &error), LK_OK);
	ck_assert_int_eq(lk_run_restore(run, t.model, optimizer, &t.state, &error),
			LK_FORMAT);
	ck_assert_msg(strstr(error.text, "optimiser") != NULL, "%s", error.text);
	lk_optimizer_free(optimizer);
	test_training_free(&t);
	remove_run(run);
}
END_TEST

START_TEST(one_process_writes)
{
	lk_run *run = test_run_new("run"), *second;
	json_t *description;
	const char *path = lk_run_path(run);

	/* flock tells descriptors apart, so this is as good as a process */
	ck_assert_int_eq(lk_run_open(&second, path, &description, &error), LK_EXISTS);
	ck_assert_msg(strstr(error.text, "another process") && strstr(error.text, path),
			"%s", error.text);
	description = json_object();
	ck_assert_int_eq(lk_run_create(&second, path, description, &error), LK_EXISTS);
	ck_assert_msg(strstr(error.text, "--resume") != NULL, "%s", error.text);
	json_decref(description);
	remove_run(run);
}
END_TEST

START_TEST(only_empty_directories_become_runs)
{
	json_t *description = json_object();
	lk_run *run;

	ck_assert_int_eq(lk_directory_make(test_path("full"), &error), LK_OK);
	test_write_text("full/thesis.tex", "x");
	ck_assert_int_eq(lk_run_create(&run, test_path("full"), description, &error),
			LK_EXISTS);
	ck_assert_msg(strstr(error.text, "thesis.tex") != NULL, "%s", error.text);
	ck_assert_uint_eq(test_entries(test_path("full")), 1);
	test_write_text("file", "x");
	ck_assert_int_ne(lk_run_create(&run, test_path("file"), description, &error),
			LK_OK);
	ck_assert_int_ne(lk_run_create(&run, test_path("file/run"), description, &error),
			LK_OK);
	ck_assert_int_eq(lk_directory_make(test_path("void"), &error), LK_OK);
	ck_assert_int_eq(lk_run_create(&run, test_path("void"), description, &error),
			LK_OK);
	remove_run(run);
	ck_assert_int_eq(lk_run_create(&run, test_path("deep/down"), description,
					 &error), LK_OK);
	remove_run(run);
	json_decref(description);
}
END_TEST

START_TEST(descriptions_come_back)
{
	lk_run *run = test_run_new("run");
	json_t *new = json_pack("{s:f, s:[s]}", "rate", 0.1, "files", "a"), *back;
	char *path = strdup(lk_run_path(run));

	ck_assert(lk_run_is_run(path));
	ck_assert_int_eq(lk_run_describe(run, new, &error), LK_OK);
	lk_run_close(run);
	ck_assert_int_eq(lk_run_open(&run, path, &back, &error), LK_OK);
	ck_assert(json_equal(new, back));
	json_decref(new);
	json_decref(back);
	remove_run(run);
	ck_assert(!lk_run_is_run(path));
	ck_assert_int_eq(lk_run_open(&run, path, &back, &error), LK_IO);
	free(path);
}
END_TEST

START_TEST(logs_grow_by_lines_and_are_cut)
{
	lk_run *run = test_run_new("run");
	json_t *event = json_pack("{s:s, s:f, s:s}", "event", "step", "loss", 0.1,
			"best", "inf");
	static const char line[] = "{\"event\":\"step\",\"loss\":0.10000000000000001,"
				   "\"best\":\"inf\"}\n";
	char *path = strdup(lk_run_path(run));
	lk_bytes bytes;

	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(lk_run_log(run, event, &error), LK_OK);
		ck_assert_uint_eq(lk_run_log_nbytes(run), (size_t)i * strlen(line));
	}
	lk_run_close(run);
	run = test_run_open(path);
	ck_assert_uint_eq(lk_run_log_nbytes(run), 3 * strlen(line));
	ck_assert_int_eq(lk_run_log_cut(run, strlen(line), &error), LK_OK);
	ck_assert_int_eq(lk_run_log(run, event, &error), LK_OK);
	ck_assert_int_eq(lk_file_read(&bytes, in(run, "log.jsonl"), 0, &error), LK_OK);
	ck_assert_uint_eq(bytes.nbytes, 2 * strlen(line));
	ck_assert(!memcmp(bytes.data, line, strlen(line)));
	ck_assert(!memcmp(bytes.data + strlen(line), line, strlen(line)));
	lk_bytes_free(&bytes);
	ck_assert_int_eq(lk_run_log_cut(run, 5000, &error), LK_FORMAT);
	ck_assert_msg(strstr(error.text, "log.jsonl") != NULL, "%s", error.text);
	json_decref(event);
	remove_run(run);
	free(path);
}
END_TEST

/* clang-format off */
static const struct { const char *corpus, *name; } names[] = {
	{ "data/book.txt", "book" }, { "book", "book" }, { "a/b/c.tar.gz", "c.tar" },
	{ "data/", "data" }, { "-", "run" }, { ".", "run" }, { "..", "run" }, { "/", "run" },
	{ ".hidden.txt", "hidden" }, { ".txt", "txt" }, { "x.", "x" }, { "", "run" },
};
/* clang-format on */

START_TEST(runs_are_named_after_their_corpus)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path;

		ck_assert_int_eq(lk_run_new_name(&path, "somewhere", names[i].corpus,
						 &error), LK_OK);
		ck_assert_msg(!strncmp(path, "somewhere/", 10) &&
						!strcmp(path + 10, names[i].name),
				"%s: %s", names[i].corpus, path);
		free(path);
	}
}
END_TEST

START_TEST(names_that_are_taken_are_numbered_and_the_newest_is_found)
{
	char *path;
	const char *parent = test_path("many");
	struct timeval times[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	ck_assert_int_eq(lk_run_newest(&path, parent, &error), LK_IO);
	ck_assert_msg(strstr(error.text, parent) != NULL, "%s", error.text);
	for (int i = 1; i <= 3; i++) {
		json_t *description = json_object();
		char expected[2048], file[2100];
		lk_run *run;

		ck_assert_int_eq(lk_run_new_name(&path, parent, "b.txt", &error), LK_OK);
		snprintf(expected, sizeof expected, i > 1 ? "%s/b-%d" : "%s/b", parent,
				i);
		ck_assert_str_eq(path, expected);
		ck_assert_int_eq(lk_run_create(&run, path, description, &error), LK_OK);
		lk_run_close(run);
		json_decref(description);
		times[1].tv_usec = (i * 2) % 3; /* 2, 1, 0: the first is newest */
		snprintf(file, sizeof file, "%s/run.json", path);
		ck_assert_int_eq(utimes(file, times), 0);
		free(path);
	}
	ck_assert_int_eq(lk_directory_make(test_path("many/zzz"), &error), LK_OK);
	ck_assert_int_eq(lk_run_newest(&path, parent, &error), LK_OK);
	ck_assert_msg(!strcmp(strrchr(path, '/'), "/b"), "%s", path);
	free(path);
}
END_TEST

static Suite *run_suite(void)
{
	Suite *suite = suite_create("run directory");
	TCase *all = tcase_create("all");

	tcase_add_test(all, what_is_saved_comes_back);
	tcase_add_test(all, last_before_and_best_are_kept);
	tcase_add_test(all, a_step_done_again_replaces_the_first);
	tcase_add_test(all, left_overs_go_when_the_run_is_opened);
	tcase_add_test(all, best_is_made_good_after_a_cut_between_the_links);
	tcase_add_loop_test(all, damage_is_noticed, 0, 2);
	tcase_add_test(all, another_optimiser_is_refused);
	tcase_add_test(all, one_process_writes);
	tcase_add_test(all, only_empty_directories_become_runs);
	tcase_add_test(all, descriptions_come_back);
	tcase_add_test(all, logs_grow_by_lines_and_are_cut);
	tcase_add_test(all, runs_are_named_after_their_corpus);
	tcase_add_test(all, names_that_are_taken_are_numbered_and_the_newest_is_found);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(run_suite)
