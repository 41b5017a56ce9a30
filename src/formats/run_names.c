/* Where runs are, and what they are called; formats/run_directory.h. */
#include "formats/run_internal.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
}

bool lk_run_is_run(const char *path)
{
	char *file = lk_path_join(path, "run.json");
	bool is = file && lk_path_exists(file);

	free(file);
	return is;
}

/* "book" of "data/book.txt", malloc'd; "run" where nothing is left. */
static char *stem_of(const char *path)
{
	size_t length = strlen(path), first, end;

	while (length && path[length - 1] == '/')
		length--;
	for (first = length; first && path[first - 1] != '/';)
		first--;
	while (first < length && path[first] == '.')
		first++;
	for (end = length; end > first && path[end - 1] != '.';)
		end--;
	if (end > first + 1)
		length = end - 1; /* without the last extension */
	if (first == length || (length - first == 1 && path[first] == '-'))
		return strdup("run");
	return strndup(path + first, length - first);
}

lk_status lk_run_new_name(char **path, const char *parent, const char *corpus_path,
		lk_error *error)
{
	char *stem = stem_of(corpus_path);

	if (!stem)
		return no_memory(parent, error);
	for (unsigned n = 1;; n++) {
		char *name = NULL, *candidate;

		if ((n == 1 ? asprintf(&name, "%s", stem)
			    : asprintf(&name, "%s-%u", stem, n)) < 0)
			name = NULL;
		candidate = name ? lk_path_join(parent, name) : NULL;
		free(name);
		if (!candidate || !lk_path_exists(candidate)) {
			free(stem);
			*path = candidate;
			return candidate ? LK_OK : no_memory(parent, error);
		}
		free(candidate);
	}
}

/* When the run below parent was begun or changed; false where it is no run. */
static bool time_of(struct timespec *time, const char *path)
{
	char *file = lk_path_join(path, "run.json");
	struct stat info;
	bool is = file && !stat(file, &info);

	if (is)
		*time = info.st_mtim;
	free(file);
	return is;
}

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec;
}

static bool same(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

lk_status lk_run_newest(char **path, const char *parent, lk_error *error)
{
	DIR *directory = opendir(parent);
	struct timespec best_time = { 0 };
	char *best = NULL;

	if (!directory && errno != ENOENT)
		return lk_fail_errno(error, "%s: cannot be listed", parent);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		struct timespec time;
		char *candidate;

		if (entry->d_name[0] == '.')
			continue;
		candidate = lk_path_join(parent, entry->d_name);
		/* of two begun in one instant, the name decides */
		if (candidate && time_of(&time, candidate) &&
				(!best || later(time, best_time) ||
						(same(time, best_time) &&
						 strcmp(candidate, best) > 0))) {
			free(best);
			best = candidate;
			best_time = time;
		} else {
			free(candidate);
		}
	}
	if (directory)
		closedir(directory);
	if (!best)
		return lk_fail(error, LK_IO,
				"%s: there is no run yet; `likely train FILE` makes one",
				parent);
	*path = best;
	return LK_OK;
}
