#include "text/paths.h"

#include "base/array.h"
#include "base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void lk_paths_free(lk_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->path[i]);
	free(paths->path);
	*paths = (lk_paths){ 0 };
}

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory for a list of files", path);
}

/* Append path, which the list then owns. */
static lk_status add(lk_paths *paths, char *path, lk_error *error)
{
	if (!lk_array_reserve(&paths->path, &paths->capacity, paths->count + 1,
			    sizeof *paths->path)) {
		lk_status status = no_memory(path, error);

		free(path);
		return status;
	}
	paths->path[paths->count++] = path;
	return LK_OK;
}

static lk_status walk(lk_paths *paths, const char *directory, lk_error *error);

static lk_status visit(lk_paths *paths, const char *directory, const char *name,
		lk_error *error)
{
	char *path = lk_path_join(directory, name);
	lk_status status = LK_OK;
	struct stat info, behind;

	if (!path)
		return no_memory(directory, error);
	if (lstat(path, &info)) {
		status = lk_fail_errno(error, "%s: cannot be read", path);
	} else if (S_ISDIR(info.st_mode)) {
		status = walk(paths, path, error);
	} else if (S_ISREG(info.st_mode) ||
			(S_ISLNK(info.st_mode) && !stat(path, &behind) &&
					S_ISREG(behind.st_mode))) {
		return add(paths, path, error);
	}
	free(path);
	return status;
}

static lk_status walk(lk_paths *paths, const char *directory, lk_error *error)
{
	DIR *open = opendir(directory);
	lk_status status = LK_OK;

	if (!open)
		return lk_fail_errno(
				error, "%s: this directory cannot be read", directory);
	while (status == LK_OK) {
		errno = 0;
		struct dirent *entry = readdir(open);
		if (!entry) {
			if (errno)
				status = lk_fail_errno(error,
						"%s: this directory cannot be read",
						directory);
			break;
		}
		if (entry->d_name[0] != '.')
			status = visit(paths, directory, entry->d_name, error);
	}
	closedir(open);
	return status;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

lk_status lk_paths_below(lk_paths *paths, const char *directory, lk_error *error)
{
	size_t before = paths->count;
	lk_status status = walk(paths, directory, error);

	if (status == LK_OK && paths->count > before)
		qsort(paths->path + before, paths->count - before, sizeof *paths->path,
				compare);
	return status;
}
