#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 30,       /* bytes per call: below what any kernel takes */
	FIRST = 64 << 10,      /* bytes reserved for what does not tell its size */
	TEMPORARY_TRIES = 1000 /* names of temporary files left by killed runs */
};

void lk_bytes_free(lk_bytes *bytes)
{
	free(bytes->data);
	*bytes = (lk_bytes){ 0 };
}

static int open_retrying(const char *path, int flags, mode_t mode)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

/* One read, retried after signals. */
static ssize_t read_some(int fd, void *out, size_t nbytes)
{
	ssize_t n;

	do
		n = read(fd, out, nbytes < CHUNK ? nbytes : CHUNK);
	while (n < 0 && errno == EINTR);
	return n;
}

static lk_status too_large(const char *name, size_t most, lk_error *error)
{
	return lk_fail(error, LK_RANGE,
			"%s: larger than %zu bytes, the most that is read of such a "
			"file",
			name, most);
}

/* Read until the end, whatever size was announced: files grow, and those in
 * /proc say 0. One byte more than `reserve` is kept for the final NUL. */
static lk_status read_to_end(lk_bytes *bytes, int fd, size_t reserve, size_t most,
		const char *name, lk_error *error)
{
	size_t capacity = reserve, used = 0;
	unsigned char *data = malloc(capacity + 1), *moved;
	unsigned char extra[4096];
	lk_status status;

	if (!data)
		goto no_memory;
	for (;;) {
		bool full = used == capacity;
		ssize_t n = full ? read_some(fd, extra, sizeof extra)
				 : read_some(fd, data + used, capacity - used);

		if (n < 0) {
			status = lk_fail_errno(error, "%s: cannot be read", name);
			goto fail;
		}
		if (n == 0)
			break;
		if (most && (size_t)n > most - used) {
			status = too_large(name, most, error);
			goto fail;
		}
		if (full) {
			if (capacity > SIZE_MAX / 4)
				goto no_memory;
			capacity = 2 * capacity + sizeof extra;
			moved = realloc(data, capacity + 1);
			if (!moved)
				goto no_memory;
			data = moved;
			memcpy(data + used, extra, (size_t)n);
		}
		used += (size_t)n;
	}
	moved = realloc(data, used + 1);
	if (moved)
		data = moved;
	data[used] = '\0';
	*bytes = (lk_bytes){ data, used };
	return LK_OK;

no_memory:
	status = lk_fail(error, LK_NOMEM,
			"%s: out of memory after reading %zu bytes of it", name, used);
fail:
	free(data);
	return status;
}

lk_status lk_file_read(lk_bytes *bytes, const char *path, size_t most, lk_error *error)
{
	bool standard = !strcmp(path, "-");
	const char *name = standard ? "standard input" : path;
	int fd = standard ? STDIN_FILENO : open_retrying(path, O_RDONLY, 0);
	size_t reserve = FIRST;
	struct stat info;
	lk_status status;

	if (fd < 0)
		return lk_fail_errno(error, "%s: cannot be opened", name);
	if (fstat(fd, &info))
		status = lk_fail_errno(error, "%s: cannot be read", name);
	else if (S_ISDIR(info.st_mode))
		status = lk_fail(error, LK_IO, "%s: is a directory, not a file", name);
	else if (S_ISREG(info.st_mode) && most && (uint64_t)info.st_size > most)
		status = too_large(name, most, error);
	else {
		if (S_ISREG(info.st_mode) && info.st_size > 0)
			reserve = (size_t)info.st_size;
		status = read_to_end(bytes, fd, reserve, most, name, error);
	}
	if (!standard)
		close(fd);
	return status;
}

lk_status lk_file_read_at(int fd, void *out, size_t nbytes, uint64_t offset,
		const char *path, lk_error *error)
{
	unsigned char *to = out;
	size_t done = 0;

	while (done < nbytes) {
		size_t left = nbytes - done;
		ssize_t n = 0;

		if (offset <= INT64_MAX - done)
			n = pread(fd, to + done, left < CHUNK ? left : CHUNK,
					(off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lk_fail_errno(error, "%s: cannot be read", path);
		if (n == 0)
			return lk_fail(error, LK_FORMAT,
					"%s: truncated: %zu bytes are missing from "
					"byte %llu on",
					path, left, (unsigned long long)offset + done);
		done += (size_t)n;
	}
	return LK_OK;
}

lk_status lk_file_write_all(int fd, const void *data, size_t nbytes, const char *path,
		lk_error *error)
{
	const unsigned char *from = data;
	size_t done = 0;

	while (done < nbytes) {
		size_t left = nbytes - done;
		ssize_t n = write(fd, from + done, left < CHUNK ? left : CHUNK);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* no progress and no reason: do not spin */
		if (n <= 0)
			return lk_fail_errno(error, "%s: cannot be written", path);
		done += (size_t)n;
	}
	return LK_OK;
}

/* fsync; a file system that cannot (EINVAL, ENOTSUP) has nothing to lose. */
static int sync_retrying(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result && errno == EINTR);
	return result && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
}

/* Directory part of path, malloc'd: "." for "name", "/" for "/name". */
static char *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	while (slash > path && slash[-1] == '/')
		slash--;
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* The name of the try-th temporary file in a directory; hidden, and short
 * whatever the final name is. */
static char *temporary_in(const char *directory, int try)
{
	char name[64];

	snprintf(name, sizeof name, ".likely-%ld-%d.tmp", (long)getpid(), try);
	return lk_path_join(directory, name);
}

/* Create a temporary file in directory: its descriptor, its name to *name. */
static int create_temporary(const char *directory, char **name)
{
	for (int try = 0; try < TEMPORARY_TRIES; try++) {
		*name = temporary_in(directory, try);
		if (!*name) {
			errno = ENOMEM;
			return -1;
		}
		int fd = open_retrying(*name, O_WRONLY | O_CREAT | O_EXCL, 0666);
		if (fd >= 0)
			return fd;
		free(*name);
		*name = NULL;
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

static lk_status fill_temporary(int fd, const void *data, size_t nbytes,
		const char *path, lk_error *error)
{
	lk_status status = lk_file_write_all(fd, data, nbytes, path, error);

	if (status == LK_OK && sync_retrying(fd))
		status = lk_fail_errno(error, "%s: cannot be written", path);
	/* After EINTR the descriptor is closed all the same, and synced. */
	if (close(fd) && status == LK_OK && errno != EINTR)
		status = lk_fail_errno(error, "%s: cannot be written", path);
	return status;
}

/* A device, pipe or socket cannot be replaced, only written to. */
static lk_status write_special(
		const char *path, const void *data, size_t nbytes, lk_error *error)
{
	int fd = open_retrying(path, O_WRONLY, 0);
	lk_status status;

	if (fd < 0)
		return lk_fail_errno(error, "%s: cannot be opened", path);
	status = lk_file_write_all(fd, data, nbytes, path, error);
	if (close(fd) && status == LK_OK && errno != EINTR)
		status = lk_fail_errno(error, "%s: cannot be written", path);
	return status;
}

lk_status lk_file_replace(
		const char *path, const void *data, size_t nbytes, lk_error *error)
{
	char *real = NULL, *directory = NULL, *temporary = NULL;
	struct stat info;
	lk_status status;
	int fd;

	if (!stat(path, &info)) {
		if (S_ISDIR(info.st_mode))
			return lk_fail(error, LK_IO, "%s: is a directory, not a file",
					path);
		if (!S_ISREG(info.st_mode))
			return write_special(path, data, nbytes, error);
		real = realpath(path, NULL); /* replace what a link leads to */
	} else {
		real = strdup(path);
	}
	directory = real ? directory_of(real) : NULL;
	if (!directory) {
		status = lk_fail_errno(error, "%s: cannot be written", path);
		goto done;
	}
	fd = create_temporary(directory, &temporary);
	if (fd < 0) {
		status = lk_fail_errno(error,
				"%s: cannot be written, because no file can be "
				"created in %s",
				path, directory);
		goto done;
	}
	status = fill_temporary(fd, data, nbytes, path, error);
	if (status == LK_OK && rename(temporary, real))
		status = lk_fail_errno(error, "%s: cannot be replaced", path);
	if (status == LK_OK)
		status = lk_directory_sync(directory, error);
	else
		unlink(temporary);
done:
	free(temporary);
	free(directory);
	free(real);
	return status;
}

lk_status lk_link_replace(const char *path, const char *target, lk_error *error)
{
	char *directory = directory_of(path), *temporary = NULL;
	int made = -1;
	lk_status status;

	if (!directory)
		errno = ENOMEM;
	for (int try = 0; directory && made && try < TEMPORARY_TRIES; try++) {
		free(temporary);
		temporary = temporary_in(directory, try);
		made = temporary ? symlink(target, temporary) : -1;
		if (made && (!temporary || errno != EEXIST))
			break;
	}
	if (made) {
		status = lk_fail_errno(error, "%s: cannot create this link", path);
	} else if (rename(temporary, path)) {
		status = lk_fail_errno(error, "%s: cannot be replaced", path);
		unlink(temporary);
	} else {
		status = lk_directory_sync(directory, error);
	}
	free(temporary);
	free(directory);
	return status;
}
