#include "base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lk_path_exists(const char *path)
{
	struct stat info;

	return !lstat(path, &info);
}

bool lk_path_is_directory(const char *path)
{
	struct stat info;

	return !stat(path, &info) && S_ISDIR(info.st_mode);
}

char *lk_path_join(const char *directory, const char *name)
{
	size_t length = strlen(directory);
	const char *between = length && directory[length - 1] != '/' ? "/" : "";
	size_t size = length + strlen(between) + strlen(name) + 1;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s%s%s", directory, between, name);
	return path;
}

/* mkdir; one that exists, here or through a link, is as good. */
static lk_status make_one(const char *path, lk_error *error)
{
	int reason;

	if (!mkdir(path, 0777))
		return LK_OK;
	reason = errno;
	if (reason == EEXIST) {
		if (lk_path_is_directory(path))
			return LK_OK;
		return lk_fail(error, LK_IO, "%s: exists and is not a directory", path);
	}
	/* On a read-only file system, or below a directory closed to us, mkdir
	 * may complain before it looks. */
	if (lk_path_is_directory(path))
		return LK_OK;
	errno = reason;
	return lk_fail_errno(error, "%s: cannot create this directory", path);
}

lk_status lk_directory_make(const char *path, lk_error *error)
{
	char *part = strdup(path);
	lk_status status = LK_OK;

	if (!part)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	for (char *at = part; status == LK_OK && *at; at++) {
		if (*at != '/' || at == part || at[1] == '/' || !at[1])
			continue;
		*at = '\0';
		status = make_one(part, error);
		*at = '/';
	}
	if (status == LK_OK)
		status = make_one(part, error);
	free(part);
	return status;
}

lk_status lk_directory_sync(const char *path, lk_error *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lk_status status = LK_OK;
	int failed;

	if (fd < 0)
		return lk_fail_errno(error, "%s: cannot be opened", path);
	do
		failed = fsync(fd);
	while (failed && errno == EINTR);
	/* What a file system does not offer it need not keep either. */
	if (failed && errno != EINVAL && errno != ENOTSUP)
		status = lk_fail_errno(error, "%s: cannot be brought to disk", path);
	close(fd);
	return status;
}

static int remove_entry(int parent, const char *name);

/* Remove what is in the open directory fd, which this closes. */
static int remove_entries(int fd)
{
	DIR *directory = fdopendir(fd);
	int result = 0;

	if (!directory) {
		close(fd);
		return -1;
	}
	while (!result) {
		errno = 0;
		struct dirent *entry = readdir(directory);
		if (!entry) {
			result = errno ? -1 : 0;
			break;
		}
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			result = remove_entry(fd, entry->d_name);
	}
	int saved = errno;
	closedir(directory);
	errno = saved;
	return result;
}

/* Remove the entry `name` of the open directory `parent`, and what is below
 * it. -1 and errno where that fails. */
static int remove_entry(int parent, const char *name)
{
	int fd;

	if (!unlinkat(parent, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM) /* what unlink says of directories */
		return -1;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || remove_entries(fd))
		return -1;
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

lk_status lk_directory_remove(const char *path, lk_error *error)
{
	struct stat info;

	if (!lstat(path, &info) && !S_ISDIR(info.st_mode) && !S_ISLNK(info.st_mode))
		return lk_fail(error, LK_IO, "%s: is not a directory", path);
	if (remove_entry(AT_FDCWD, path))
		return lk_fail_errno(error, "%s: cannot be removed", path);
	return LK_OK;
}
