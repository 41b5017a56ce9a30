#include "base/output.h"

#include "base/file.h"
#include "base/printf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct lk_output {
	char *path, *part;
	int fd;
};

char *lk_output_part(const char *path)
{
	return lk_asprintf("%s.part", path);
}

static void release(lk_output *o)
{
	if (o->fd >= 0)
		close(o->fd); /* unlocks */
	free(o->path);
	free(o->part);
	free(o);
}

static int lock(int fd, bool wait)
{
	int result;

	do
		result = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
	while (result && errno == EINTR);
	return result;
}

/* Whoever had the lock before may have renamed or removed what is locked now. */
static bool is_still_there(const lk_output *o)
{
	struct stat mine, there;

	return !fstat(o->fd, &mine) && !stat(o->part, &there) &&
			mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

static lk_status open_part(lk_output *o, bool wait, lk_error *error)
{
	for (;;) {
		o->fd = open(o->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (o->fd < 0)
			return lk_fail_errno(error,
					"%s: cannot be written, because %s cannot be "
					"created",
					o->path, o->part);
		if (lock(o->fd, wait)) {
			if (errno == EWOULDBLOCK)
				return lk_fail(error, LK_EXISTS,
						"%s: another process is writing this file",
						o->path);
			return lk_fail_errno(error, "%s: cannot be locked", o->part);
		}
		if (is_still_there(o))
			break;
		close(o->fd);
	}
	return ftruncate(o->fd, 0) ? lk_fail_errno(error, "%s: cannot be written", o->path)
				   : LK_OK;
}

lk_status lk_output_new(
		lk_output **output, const char *path, bool wait, lk_error *error)
{
	lk_output *o = calloc(1, sizeof *o);
	struct stat info;
	lk_status status;

	if (o) {
		o->fd = -1;
		o->path = strdup(path);
		o->part = lk_output_part(path);
	}
	if (!o || !o->path || !o->part)
		status = lk_fail(error, LK_NOMEM, "%s: out of memory for writing it", path);
	else if (lk_path_is_directory(path))
		status = lk_fail(error, LK_IO, "%s: is a directory, not a file", path);
	else if (!stat(path, &info) && !S_ISREG(info.st_mode))
		/* /dev/null, say, which a file would take the place of */
		status = lk_fail(error, LK_IO, "%s: is no regular file", path);
	else
		status = open_part(o, wait, error);
	if (!status)
		*output = o;
	else if (o)
		release(o);
	return status;
}

lk_status lk_output_write(
		lk_output *o, const void *data, size_t nbytes, lk_error *error)
{
	return lk_file_write_all(o->fd, data, nbytes, o->path, error);
}

lk_status lk_output_write_at(lk_output *o, const void *data, size_t nbytes,
		uint64_t offset, lk_error *error)
{
	if (lseek(o->fd, (off_t)offset, SEEK_SET) < 0)
		return lk_fail_errno(error, "%s: cannot be written", o->path);
	lk_status status = lk_file_write_all(o->fd, data, nbytes, o->path, error);
	if (!status && lseek(o->fd, 0, SEEK_END) < 0)
		status = lk_fail_errno(error, "%s: cannot be written", o->path);
	return status;
}

/* fsync; a file system that cannot (EINVAL, ENOTSUP) has nothing to lose. */
static bool synced(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result && errno == EINTR);
	return !result || errno == EINVAL || errno == ENOTSUP;
}

lk_status lk_output_finish(lk_output *o, lk_error *error)
{
	char *slash = strrchr(o->path, '/');
	lk_status status = LK_OK;

	if (!synced(o->fd))
		status = lk_fail_errno(error, "%s: cannot be written", o->path);
	/* The lock outlives the name: whoever waits for it finds the file. */
	else if (rename(o->part, o->path))
		status = lk_fail_errno(error, "%s: cannot be replaced", o->path);
	if (status) {
		lk_output_drop(o);
		return status;
	}
	if (slash)
		slash[slash == o->path] = '\0';
	status = lk_directory_sync(slash ? o->path : ".", error);
	release(o);
	return status;
}

void lk_output_drop(lk_output *o)
{
	if (!o)
		return;
	unlink(o->part);
	release(o);
}
