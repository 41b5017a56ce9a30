#include "formats/run_internal.h"

#include "base/file.h"
#include "formats/json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DESCRIPTION = 64 << 20 /* bytes of a run.json */ };

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
}

const char *lk_run_path(const lk_run *run)
{
	return run->path;
}

void lk_run_close(lk_run *run)
{
	if (!run)
		return;
	if (run->log >= 0)
		close(run->log);
	if (run->lock >= 0)
		close(run->lock); /* which unlocks */
	free(run->path);
	free(run);
}

static int open_in(const lk_run *run, const char *name, int flags)
{
	char *path = lk_path_join(run->path, name);
	int fd;

	if (!path) {
		errno = ENOMEM;
		return -1;
	}
	do
		fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);
	while (fd < 0 && errno == EINTR);
	free(path);
	return fd;
}

/* A run without its files, for a directory that exists; locked. */
static lk_status lock_run(lk_run **out, const char *path, lk_error *error)
{
	lk_run *run = calloc(1, sizeof *run);
	lk_status status = LK_OK;

	if (!run || !(run->path = strdup(path))) {
		free(run);
		return no_memory(path, error);
	}
	run->log = -1;
	run->lock = open_in(run, "lock", O_RDWR | O_CREAT);
	if (run->lock < 0)
		status = lk_fail_errno(error, "%s/lock: cannot be opened", path);
	else if (flock(run->lock, LOCK_EX | LOCK_NB))
		status = errno == EWOULDBLOCK
				? lk_fail(error, LK_EXISTS,
						  "%s: another process is writing this "
						  "run", path)
				: lk_fail_errno(error, "%s/lock: cannot be locked",
						  path);
	if (status) {
		lk_run_close(run);
		return status;
	}
	*out = run;
	return LK_OK;
}

static lk_status open_log(lk_run *run, int flags, lk_error *error)
{
	struct stat info;

	run->log = open_in(run, "log.jsonl", O_RDWR | O_APPEND | O_CREAT | flags);
	if (run->log < 0 || fstat(run->log, &info))
		return lk_fail_errno(error, "%s/log.jsonl: cannot be opened",
				run->path);
	if (!S_ISREG(info.st_mode))
		return lk_fail(error, LK_IO, "%s/log.jsonl: is no regular file",
				run->path);
	run->log_nbytes = (uint64_t)info.st_size;
	return LK_OK;
}

/* Does a directory hold nothing but what an interrupted lk_run_create leaves? */
static lk_status check_empty(const char *path, lk_error *error)
{
	DIR *directory = opendir(path);
	lk_status status = LK_OK;

	if (!directory)
		return lk_fail_errno(error, "%s: cannot be listed", path);
	for (struct dirent *entry; !status && (entry = readdir(directory));) {
		const char *name = entry->d_name;

		if (!strcmp(name, "run.json"))
			status = lk_fail(error, LK_EXISTS,
					"%s: already holds a run; --resume continues "
					"it, another --out begins a new one", path);
		else if (strcmp(name, ".") && strcmp(name, "..") &&
				strcmp(name, "lock") && strcmp(name, "log.jsonl") &&
				strncmp(name, LK_RUN_TEMPORARY,
						strlen(LK_RUN_TEMPORARY)))
			status = lk_fail(error, LK_EXISTS,
					"%s: is neither a run nor empty (it holds "
					"%.100s); choose another --out", path, name);
	}
	closedir(directory);
	return status;
}

lk_status lk_run_describe(lk_run *run, const json_t *description, lk_error *error)
{
	char *path = lk_path_join(run->path, "run.json");
	lk_status status = path ? lk_json_replace(path, description, error)
				: no_memory(run->path, error);

	free(path);
	return status;
}

/* Undo a creation that failed. */
static void remove_created(lk_run *run, bool directory_too)
{
	static const char *const names[] = { "log.jsonl", "lock" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = lk_path_join(run->path, names[i]);

		if (path)
			unlink(path);
		free(path);
	}
	if (directory_too)
		rmdir(run->path);
}

lk_status lk_run_create(lk_run **out, const char *path, const json_t *description,
		lk_error *error)
{
	bool made = !lk_path_exists(path);
	lk_run *run;
	lk_status status;

	if (lk_run_is_run(path))
		return check_empty(path, error);
	status = lk_directory_make(path, error);
	if (!status)
		status = check_empty(path, error);
	if (!status)
		status = lock_run(&run, path, error);
	if (status) {
		if (made)
			rmdir(path);
		return status;
	}
	status = check_empty(path, error); /* nobody was faster */
	if (status) {
		lk_run_close(run);
		return status;
	}
	status = open_log(run, O_TRUNC, error);
	if (!status)
		status = lk_run_describe(run, description, error);
	if (status) {
		remove_created(run, made);
		lk_run_close(run);
		return status;
	}
	*out = run;
	return LK_OK;
}

static lk_status load_description(json_t **description, const lk_run *run,
		lk_error *error)
{
	char *path = lk_path_join(run->path, "run.json");
	lk_status status = path ? lk_json_load(description, path, MOST_DESCRIPTION,
						  error)
				: no_memory(run->path, error);

	free(path);
	return status;
}

lk_status lk_run_open(lk_run **out, const char *path, json_t **description,
		lk_error *error)
{
	lk_run *run;
	json_t *object = NULL;
	lk_status status;

	if (!lk_run_is_run(path))
		return lk_fail(error, LK_IO, "%s: is no run: it holds no run.json",
				path);
	status = lock_run(&run, path, error);
	if (status)
		return status;
	status = load_description(&object, run, error);
	if (!status)
		status = lk_run_clean(run, error);
	if (!status)
		status = open_log(run, 0, error);
	if (status) {
		json_decref(object);
		lk_run_close(run);
		return status;
	}
	*description = object;
	*out = run;
	return LK_OK;
}

uint64_t lk_run_log_nbytes(const lk_run *run)
{
	return run->log_nbytes;
}

lk_status lk_run_log(lk_run *run, const json_t *object, lk_error *error)
{
	char *text = lk_json_line(object);
	size_t length = text ? strlen(text) : 0;
	char name[512];
	lk_status status;

	if (!text)
		return no_memory(run->path, error);
	text[length] = '\n'; /* in place of the NUL: one write, one line */
	snprintf(name, sizeof name, "%s/log.jsonl", run->path);
	status = lk_file_write_all(run->log, text, length + 1, name, error);
	if (!status)
		run->log_nbytes += length + 1;
	else /* where even this fails, resuming cuts the half line off */
		(void)!ftruncate(run->log, (off_t)run->log_nbytes);
	free(text);
	return status;
}

lk_status lk_run_log_cut(lk_run *run, uint64_t nbytes, lk_error *error)
{
	if (run->log_nbytes < nbytes)
		return lk_fail(error, LK_FORMAT,
				"%s/log.jsonl: has %llu bytes, fewer than the %llu of "
				"when the checkpoint was saved", run->path,
				(unsigned long long)run->log_nbytes,
				(unsigned long long)nbytes);
	if (ftruncate(run->log, (off_t)nbytes) || fsync(run->log))
		return lk_fail_errno(error, "%s/log.jsonl: cannot be cut", run->path);
	run->log_nbytes = nbytes;
	return LK_OK;
}
