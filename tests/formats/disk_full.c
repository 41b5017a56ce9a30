/* Disks fill up and system calls fail, at any moment of a save. Each call that
 * can fail is made to fail in turn (the linker puts the functions below before
 * the real ones); after each, the run still opens, restores one of the two
 * checkpoints to the bit, and holds no half of anything. */
#include "base/file.h"
#include "formats/run_directory.h"
#include "formats/runs.h"
#include "support/main.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls;         /* counted so far */
static long fail_at = -1;  /* this one fails; -1: none */
static bool fail_on;       /* and all after it */
static int fail_with = ENOSPC;

static bool fails(void)
{
	calls++;
	if (fail_at < 0 || (fail_on ? calls < fail_at : calls != fail_at))
		return false;
	errno = fail_with;
	return true;
}

#define WRAP(type, name, failure, parameters, arguments) \
	type __real_##name parameters;                   \
	type __wrap_##name parameters;                   \
	type __wrap_##name parameters                    \
	{                                                \
		return fails() ? (failure) : __real_##name arguments; \
	}
WRAP(ssize_t, write, -1, (int fd, const void *data, size_t n), (fd, data, n))
WRAP(int, rename, -1, (const char *a, const char *b), (a, b))
WRAP(int, symlink, -1, (const char *a, const char *b), (a, b))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, renameat2, -1,
		(int a, const char *b, int c, const char *d, unsigned e), (a, b, c, d, e))

/* Nothing crashes here, so nothing need be on disk: that is most of the time. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	(void)fd;
	return fails() ? -1 : 0;
}

/* Opening fails where it would write. */
#define WRAP_OPEN(name)                                              \
	int __real_##name(const char *path, int flags, ...);         \
	int __wrap_##name(const char *path, int flags, ...);         \
	int __wrap_##name(const char *path, int flags, ...)          \
	{                                                            \
		va_list rest;                                        \
		mode_t mode;                                         \
		va_start(rest, flags);                               \
		mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;   \
		va_end(rest);                                        \
		if ((flags & O_ACCMODE) != O_RDONLY && fails())      \
			return -1;                                   \
		return __real_##name(path, flags, mode);             \
	}
WRAP_OPEN(open)
WRAP_OPEN(open64)

/* Closing reports what writing could not; the descriptor is closed. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	bool failing = fails();

	__real_close(fd);
	if (failing)
		errno = fail_with;
	return failing ? -1 : 0;
}

/* After a save of `step` over `before` that was made to fail (or not). */
static void check_run(lk_run **run, uint64_t before, uint64_t step)
{
	char *path = strdup(lk_run_path(*run));
	uint64_t found;

	lk_run_close(*run);
	*run = test_run_open(path);
	ck_assert_uint_eq(test_run_count(*run, ".likely-"), 0);
	found = test_restore(*run);
	ck_assert_msg(found == before || found == step, "%d", (int)found);
	free(path);
}

/* Save steps 1, 2, 3, ... (or the same step again), letting call 1, 2, 3, ...
 * fail, until a save does not notice. */
static void fail_every_call(int with, bool on, bool again)
{
	lk_run *run = test_run_new("run");
	char path[2048];
	test_training t;
	bool failed = true;
	long n;

	test_training_new(&t, 0);
	test_save(run, &t, true);
	test_training_free(&t);
	snprintf(path, sizeof path, "%s", lk_run_path(run));
	for (n = 1; failed; n++) {
		lk_error error = { 0 };
		char *last = lk_run_last(run);
		uint64_t before = strtoull(strrchr(last, '-') + 1, NULL, 10);
		uint64_t step = again ? 0 : before + 1;

		free(last);
		test_training_new(&t, step);
		fail_with = with;
		fail_on = on;
		calls = 0;
		fail_at = n;
		failed = lk_run_save(run, t.model, t.tokenizer, t.optimizer, &t.state,
				n % 2, &error) != LK_OK;
		fail_at = -1;
		test_training_free(&t);
		if (failed) {
			ck_assert_msg(strstr(error.text, path) &&
							strstr(error.text,
									strerror(with)),
					"%s", error.text);
			if (!on) /* cleaning up worked: before reopening, too */
				ck_assert_uint_eq(test_run_count(run, ".likely-"), 0);
		}
		check_run(&run, before, step);
		if (!failed && calls >= n)
			failed = true; /* pruning failed, which is no failure */
	}
	ck_assert_int_gt(n, 20);
	lk_run_close(run);
	lk_directory_remove(path, NULL);
}

START_TEST(no_call_that_fails_loses_a_checkpoint)
{
	fail_every_call(ENOSPC, false, false);
}
END_TEST

START_TEST(nor_do_all_calls_from_one_on)
{
	fail_every_call(EIO, true, false);
}
END_TEST

START_TEST(nor_when_a_step_is_saved_again)
{
	fail_every_call(EDQUOT, false, true);
}
END_TEST

START_TEST(files_that_may_not_grow_lose_no_checkpoint)
{
	lk_run *run = test_run_new("limited");
	char path[2048];
	struct rlimit before, limit;
	bool failed = true;
	test_training t;

	signal(SIGXFSZ, SIG_IGN);
	snprintf(path, sizeof path, "%s", lk_run_path(run));
	test_training_new(&t, 0);
	test_save(run, &t, true);
	test_training_free(&t);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (rlim_t most = 0; failed; most += most < 2000 ? 97 : 9973) {
		lk_error error = { 0 };

		test_training_new(&t, 1);
		limit = (struct rlimit){ most, before.rlim_max };
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		failed = lk_run_save(run, t.model, t.tokenizer, t.optimizer, &t.state,
				true, &error) != LK_OK;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
		test_training_free(&t);
		if (failed)
			ck_assert_msg(strstr(error.text, strerror(EFBIG)) != NULL, "%s",
					error.text);
		ck_assert_uint_eq(test_run_count(run, ".likely-"), 0);
		check_run(&run, 0, failed ? 0 : 1);
	}
	lk_run_close(run);
	lk_directory_remove(path, NULL);
}
END_TEST

START_TEST(a_log_line_is_whole_or_not_there)
{
	lk_run *run = test_run_new("logged");
	json_t *event = json_pack("{s:i}", "step", 1);
	struct rlimit before, limit;
	lk_error error = { 0 };
	uint64_t nbytes;
	char *path = strdup(lk_run_path(run));

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(lk_run_log(run, event, &error), LK_OK);
	nbytes = lk_run_log_nbytes(run);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ nbytes + 4, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(lk_run_log(run, event, &error), LK_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_msg(strstr(error.text, "log.jsonl") != NULL, "%s", error.text);
	ck_assert_uint_eq(lk_run_log_nbytes(run), nbytes);
	ck_assert_int_eq(lk_run_log(run, event, &error), LK_OK);
	lk_run_close(run);
	run = test_run_open(path);
	free(path);
	ck_assert_uint_eq(lk_run_log_nbytes(run), 2 * nbytes);
	json_decref(event);
	lk_run_close(run);
}
END_TEST

static Suite *disk_suite(void)
{
	Suite *suite = suite_create("disk full");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_test(all, no_call_that_fails_loses_a_checkpoint);
	tcase_add_test(all, nor_do_all_calls_from_one_on);
	tcase_add_test(all, nor_when_a_step_is_saved_again);
	tcase_add_test(all, files_that_may_not_grow_lose_no_checkpoint);
	tcase_add_test(all, a_log_line_is_whole_or_not_there);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(disk_suite)
