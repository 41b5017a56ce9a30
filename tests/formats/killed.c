/* Power fails and people press the wrong key: a process that saves is killed at
 * any instant, and what it leaves must open and restore to the bit. */
#include "base/directory.h"
#include "formats/run_directory.h"
#include "formats/runs.h"
#include "support/main.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 60, FIRST_STEPS = 3, MOST = 10 * KILLS };

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Save one step after the other, or the same one, until killed. */
static void save_for_ever(const char *path, uint64_t step, bool again)
{
	lk_run *run = test_run_open(path);

	for (;; step += !again) {
		test_training t;

		test_training_new(&t, step);
		test_save(run, &t, step % 3 == 0);
		test_training_free(&t);
	}
}

static void kill_while_saving(bool again)
{
	lk_run *run = test_run_new(again ? "again" : "onwards");
	char *path = strdup(lk_run_path(run));
	uint64_t step = 0;
	double begun, one_save;
	test_training t;

	test_training_new(&t, 0);
	begun = seconds();
	test_save(run, &t, true);
	one_save = seconds() - begun;
	test_training_free(&t);
	lk_run_close(run);
	/* A busy machine may not get through a save in time: then go on, and wait
	 * longer and longer, until saves have succeeded too. */
	for (unsigned i = 0; i < KILLS || (!again && step < FIRST_STEPS && i < MOST);
			i++) {
		pid_t child = fork();
		int status;
		uint64_t found;

		if (!child)
			save_for_ever(path, again ? step : step + 1, again);
		ck_assert_int_gt(child, 0);
		/* from at once to after two saves, in a scattered order */
		usleep((useconds_t)(1e6 * one_save * (i * 37 % KILLS) * 2 / KILLS *
				(1 + i / KILLS)));
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		run = test_run_open(path);
		found = test_restore(run);
		ck_assert_uint_ge(found, step);
		ck_assert(!again || found == 0);
		ck_assert_uint_eq(test_run_count(run, ".likely-"), 0);
		lk_run_close(run);
		step = found;
	}
	ck_assert(again || step >= FIRST_STEPS);
	lk_directory_remove(path, NULL);
	free(path);
}

START_TEST(a_kill_loses_nothing_that_was_saved)
{
	kill_while_saving(false);
}
END_TEST

START_TEST(nor_while_a_step_is_saved_again)
{
	kill_while_saving(true);
}
END_TEST

static Suite *killed_suite(void)
{
	Suite *suite = suite_create("killed");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 0);
	tcase_add_test(all, a_kill_loses_nothing_that_was_saved);
	tcase_add_test(all, nor_while_a_step_is_saved_again);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(killed_suite)
