/* Files are lost in the cases nobody tries: a full disk, a signal in the middle
 * of a read, a pipe that gives little at a time, a file that grows. Each is
 * brought about here; afterwards the old file must be there, and nothing else. */
#include "base/file.h"
#include "support/main.h"
#include "support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { LARGE = 3 << 20 };

static unsigned char *large_data(void)
{
	static unsigned char data[LARGE];

	for (size_t i = 0; i < LARGE; i++)
		data[i] = (unsigned char)(i * 7 + (i >> 9));
	return data;
}

static void check_content(const char *path, const void *data, size_t nbytes)
{
	lk_bytes bytes = { 0 };

	ck_assert_int_eq(lk_file_read(&bytes, path, 0, NULL), LK_OK);
	ck_assert_uint_eq(bytes.nbytes, nbytes);
	ck_assert(!nbytes || !memcmp(bytes.data, data, nbytes));
	ck_assert_int_eq(bytes.data[nbytes], 0);
	lk_bytes_free(&bytes);
	ck_assert_ptr_null(bytes.data);
}

static void check_refused(const char *path, lk_status expected, const char *why)
{
	lk_bytes bytes = { 0 };
	lk_error error = { LK_OK, "" };

	ck_assert_int_eq(lk_file_read(&bytes, path, 10, &error), expected);
	ck_assert_ptr_null(bytes.data);
	ck_assert_msg(strstr(error.text, why) != NULL, "\"%s\" lacks \"%s\"", error.text,
			why);
	ck_assert_ptr_nonnull(strstr(error.text, path));
}

START_TEST(read_whole)
{
	check_content(test_write("large", large_data(), LARGE), large_data(), LARGE);
	check_content(test_write("nothing", "", 0), "", 0);
	check_content(test_write("nul", "a\0b\0", 4), "a\0b\0", 4);
}
END_TEST

START_TEST(refusals_name_the_path)
{
	check_refused(test_path("missing"), LK_IO, strerror(ENOENT));
	check_refused(test_scratch(), LK_IO, "is a directory");
	check_refused(test_write_text("eleven", "12345678901"), LK_RANGE, "larger than 10");
	check_refused(test_path("eleven/below"), LK_IO, strerror(ENOTDIR));
	check_content(test_write_text("ten", "1234567890"), "1234567890", 10);
}
END_TEST

START_TEST(the_limit_itself_is_allowed)
{
	const char *path = test_write_text("exact", "1234567890");
	lk_bytes bytes;

	ck_assert_int_eq(lk_file_read(&bytes, path, 10, NULL), LK_OK);
	ck_assert_uint_eq(bytes.nbytes, 10);
	lk_bytes_free(&bytes);
}
END_TEST

START_TEST(files_that_announce_no_size_are_read)
{
	lk_bytes bytes;

	if (access("/proc/self/status", R_OK))
		return;
	ck_assert_int_eq(lk_file_read(&bytes, "/proc/self/status", 0, NULL), LK_OK);
	ck_assert_uint_gt(bytes.nbytes, 100);
	lk_bytes_free(&bytes);
	check_refused("/proc/self/status", LK_RANGE, "larger than 10");
}
END_TEST

static void ignore(int signal)
{
	(void)signal;
}

/* A signal every millisecond while on, its handler without SA_RESTART. */
static void interrupt(bool on)
{
	struct itimerval every = { { 0, on ? 1000 : 0 }, { 0, on ? 1000 : 0 } };
	struct sigaction action = { .sa_handler = ignore };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every, NULL);
}

/* Feed a pipe slowly, signals left to the reading thread. */
static void *feed(void *path)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = open(path, O_WRONLY);
	for (size_t at = 0; fd >= 0 && at < LARGE;) {
		size_t n = at + 50000 < LARGE ? 50000 : LARGE - at;
		ssize_t written = write(fd, large_data() + at, n);

		if (written < 0)
			break;
		at += (size_t)written;
		usleep(500);
	}
	close(fd);
	return NULL;
}

START_TEST(a_slow_pipe_under_signals_is_read_whole)
{
	char *path = strdup(test_path("pipe"));
	pthread_t writer;

	large_data();
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(pthread_create(&writer, NULL, feed, path), 0);
	interrupt(true);
	check_content(path, large_data(), LARGE);
	interrupt(false);
	pthread_join(writer, NULL);
	free(path);
}
END_TEST

START_TEST(standard_input_is_a_dash)
{
	int pipes[2], saved = dup(STDIN_FILENO);

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(write(pipes[1], "text", 4), 4);
	close(pipes[1]);
	dup2(pipes[0], STDIN_FILENO);
	close(pipes[0]);
	check_content("-", "text", 4);
	ck_assert_int_ne(fcntl(STDIN_FILENO, F_GETFD), -1); /* left open */
	dup2(saved, STDIN_FILENO);
	close(saved);
}
END_TEST

static int write_end;

static void *drain(void *fd)
{
	static unsigned char got[LARGE];
	size_t used = 0, reads = 0;
	ssize_t n;

	/* The pauses are long enough for a signal to find the pipe full. */
	while (used < LARGE && (n = read(*(int *)fd, got + used, 3000)) != 0)
		if (n > 0) {
			used += (size_t)n;
			usleep(++reads % 20 ? 50 : 4000);
		}
	return used == LARGE ? got : NULL;
}

START_TEST(writes_cut_short_by_signals_go_on)
{
	int pipes[2];
	pthread_t reader;
	void *got;

	ck_assert_int_eq(pipe(pipes), 0);
	write_end = pipes[1];
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* inherited by the reader */
	ck_assert_int_eq(pthread_create(&reader, NULL, drain, &pipes[0]), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	interrupt(true);
	ck_assert_int_eq(lk_file_write_all(write_end, large_data(), LARGE, "pipe", NULL),
			LK_OK);
	interrupt(false);
	close(write_end);
	pthread_join(reader, &got);
	close(pipes[0]);
	ck_assert_ptr_nonnull(got);
	ck_assert(!memcmp(got, large_data(), LARGE));
}
END_TEST

START_TEST(reading_past_the_end_is_truncation)
{
	const char *path = test_write_text("short", "0123456789");
	int fd = open(path, O_RDONLY);
	lk_error error = { LK_OK, "" };
	char out[10];

	ck_assert_int_eq(lk_file_read_at(fd, out, 4, 6, path, &error), LK_OK);
	ck_assert_mem_eq(out, "6789", 4);
	ck_assert_int_eq(lk_file_read_at(fd, out, 0, 99, path, &error), LK_OK);
	ck_assert_int_eq(lk_file_read_at(fd, out, 5, 6, path, &error), LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "truncated: 1 bytes are missing from "
						 "byte 10"));
	ck_assert_int_eq(lk_file_read_at(fd, out, 5, UINT64_MAX - 2, path, &error),
			LK_FORMAT);
	close(fd);
}
END_TEST

START_TEST(replaced_by_the_new_file)
{
	const char *path = test_path("new/file");
	mode_t mask = umask(027);
	struct stat info;

	ck_assert_int_eq(lk_directory_make(test_path("new"), NULL), LK_OK);
	ck_assert_int_eq(lk_file_replace(path, "one", 3, NULL), LK_OK);
	check_content(path, "one", 3);
	ck_assert_int_eq(lk_file_replace(path, large_data(), LARGE, NULL), LK_OK);
	check_content(path, large_data(), LARGE);
	ck_assert_int_eq(lk_file_replace(path, NULL, 0, NULL), LK_OK);
	check_content(path, "", 0);
	ck_assert_uint_eq(test_entries(test_path("new")), 1);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0640);
	umask(mask);
}
END_TEST

/* A reader that had the old file open keeps all of it. */
START_TEST(the_old_file_is_not_written_to)
{
	const char *path = test_write_text("old", "old text");
	int fd = open(path, O_RDONLY);
	char out[8];

	ck_assert_int_eq(lk_file_replace(path, "new", 3, NULL), LK_OK);
	ck_assert_int_eq(lk_file_read_at(fd, out, 8, 0, path, NULL), LK_OK);
	ck_assert_mem_eq(out, "old text", 8);
	close(fd);
}
END_TEST

START_TEST(a_temporary_left_by_a_killed_run_is_no_obstacle)
{
	char name[64];

	snprintf(name, sizeof name, "kill/.likely-%ld-0.tmp", (long)getpid());
	ck_assert_int_eq(lk_directory_make(test_path("kill"), NULL), LK_OK);
	test_write_text(name, "half");
	ck_assert_int_eq(lk_file_replace(test_path("kill/a"), "x", 1, NULL), LK_OK);
	ck_assert_int_eq(lk_link_replace(test_path("kill/b"), "a", NULL), LK_OK);
	check_content(test_path(name), "half", 4);
	check_content(test_path("kill/b"), "x", 1);
	ck_assert_uint_eq(test_entries(test_path("kill")), 3);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
	const char *path = test_path("full/file");
	struct rlimit before, small;
	lk_error error = { LK_OK, "" };
	lk_status status;

	ck_assert_int_eq(lk_directory_make(test_path("full"), NULL), LK_OK);
	test_write_text("full/file", "old");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 1 << 20;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	status = lk_file_replace(path, large_data(), LARGE, &error);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(status, LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	ck_assert_ptr_nonnull(strstr(error.text, strerror(EFBIG)));
	check_content(path, "old", 3);
	ck_assert_uint_eq(test_entries(test_path("full")), 1);
}
END_TEST

START_TEST(nowhere_to_write_to)
{
	const char *file = test_write_text("leaf", "old");
	lk_error error = { LK_OK, "" };

	ck_assert_int_eq(lk_file_replace(test_path("absent/x"), "x", 1, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "absent/x"));
	ck_assert(!lk_path_exists(test_path("absent")));
	ck_assert_int_eq(lk_file_replace(test_path("leaf/x"), "x", 1, &error), LK_IO);
	check_content(file, "old", 3);
	ck_assert_int_eq(lk_directory_make(test_path("taken/by"), NULL), LK_OK);
	ck_assert_int_eq(lk_file_replace(test_path("taken"), "x", 1, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "is a directory"));
	ck_assert_int_eq(lk_link_replace(test_path("taken"), "x", &error), LK_IO);
	ck_assert(lk_path_is_directory(test_path("taken")));
	ck_assert_int_eq(lk_link_replace(test_path("absent/x"), "x", &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "absent/x"));
	ck_assert_uint_eq(test_entries(test_path("taken")), 1);
}
END_TEST

START_TEST(what_a_link_leads_to_is_replaced)
{
	struct stat info;

	test_write_text("target", "old");
	ck_assert_int_eq(symlink("target", test_path("alias")), 0);
	ck_assert_int_eq(lk_file_replace(test_path("alias"), "new", 3, NULL), LK_OK);
	check_content(test_path("target"), "new", 3);
	ck_assert_int_eq(lstat(test_path("alias"), &info), 0);
	ck_assert(S_ISLNK(info.st_mode));
}
END_TEST

/* As for --out of a pipe, or of a device. */
START_TEST(a_pipe_is_written_to)
{
	const char *path = test_path("sink");
	struct stat info;
	char got[4];
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(lk_file_replace(path, "text", 4, NULL), LK_OK);
	ck_assert_int_eq(read(fd, got, 4), 4);
	ck_assert_mem_eq(got, "text", 4);
	close(fd);
	ck_assert_int_eq(lstat(path, &info), 0);
	ck_assert(S_ISFIFO(info.st_mode));
}
END_TEST

START_TEST(links_are_replaced_in_one_step)
{
	char target[16] = { 0 };
	const char *path = test_path("newest");

	ck_assert_int_eq(lk_link_replace(path, "a", NULL), LK_OK);
	ck_assert_int_eq(lk_link_replace(path, "step-20", NULL), LK_OK);
	ck_assert_int_eq(readlink(path, target, sizeof target), 7);
	ck_assert_str_eq(target, "step-20");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("file");
	TCase *t = tcase_create("file");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, read_whole);
	tcase_add_test(t, refusals_name_the_path);
	tcase_add_test(t, the_limit_itself_is_allowed);
	tcase_add_test(t, files_that_announce_no_size_are_read);
	tcase_add_test(t, a_slow_pipe_under_signals_is_read_whole);
	tcase_add_test(t, standard_input_is_a_dash);
	tcase_add_test(t, writes_cut_short_by_signals_go_on);
	tcase_add_test(t, reading_past_the_end_is_truncation);
	tcase_add_test(t, replaced_by_the_new_file);
	tcase_add_test(t, the_old_file_is_not_written_to);
	tcase_add_test(t, a_temporary_left_by_a_killed_run_is_no_obstacle);
	tcase_add_test(t, a_full_disk_leaves_the_old_file);
	tcase_add_test(t, nowhere_to_write_to);
	tcase_add_test(t, what_a_link_leads_to_is_replaced);
	tcase_add_test(t, a_pipe_is_written_to);
	tcase_add_test(t, links_are_replaced_in_one_step);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
