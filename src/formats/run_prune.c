/* What stays in a run directory and what goes; formats/run_directory.h. */
#include "formats/run_internal.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool lk_run_step_of(const char *name, uint64_t *step)
{
	static const char prefix[] = "step-";
	unsigned long long number;
	const char *digits = name + strlen(prefix);
	char *end;

	if (strncmp(name, prefix, strlen(prefix)) ||
			strspn(digits, "0123456789") != strlen(digits) ||
			strlen(digits) < 6)
		return false;
	errno = 0;
	number = strtoull(digits, &end, 10);
	*step = number;
	return !errno;
}

char *lk_run_link(const lk_run *run, const char *name)
{
	char *path = lk_path_join(run->path, name), target[256];
	ssize_t length = path ? readlink(path, target, sizeof target - 1) : -1;
	uint64_t step;

	free(path);
	if (length <= 0)
		return NULL;
	target[length] = '\0';
	return lk_run_step_of(target, &step) || !strcmp(target, LK_RUN_COUNTED)
			? strdup(target)
			: NULL;
}

static char *linked_directory(const lk_run *run, const char *name)
{
	char *target = lk_run_link(run, name);
	char *path = target ? lk_path_join(run->path, target) : NULL;

	free(target);
	if (path && lk_path_is_directory(path))
		return path;
	free(path);
	return NULL;
}

char *lk_run_last(const lk_run *run)
{
	return linked_directory(run, "last");
}

char *lk_run_best(const lk_run *run)
{
	return linked_directory(run, "best");
}

/* One entry that an interrupted save left: back to its name where that is free,
 * else away. */
static lk_status clean_entry(const lk_run *run, const char *name, lk_error *error)
{
	char *path = lk_path_join(run->path, name), *original = NULL;
	lk_status status = LK_OK;

	if (path && !strncmp(name, LK_RUN_ASIDE, strlen(LK_RUN_ASIDE)))
		original = lk_path_join(run->path, name + strlen(LK_RUN_ASIDE));
	if (!path)
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", run->path);
	else if (original && !lk_path_exists(original) && !rename(path, original))
		;
	else if (lk_path_is_directory(path))
		status = lk_directory_remove(path, error);
	else if (unlink(path) && errno != ENOENT)
		status = lk_fail_errno(error, "%s: cannot be removed", path);
	free(original);
	free(path);
	return status;
}

lk_status lk_run_clean(const lk_run *run, lk_error *error)
{
	DIR *directory = opendir(run->path);
	lk_status status = LK_OK;

	if (!directory)
		return lk_fail_errno(error, "%s: cannot be listed", run->path);
	for (struct dirent *entry; !status && (entry = readdir(directory));)
		if (!strncmp(entry->d_name, LK_RUN_TEMPORARY,
				    strlen(LK_RUN_TEMPORARY)))
			status = clean_entry(run, entry->d_name, error);
	closedir(directory);
	return status;
}

/* Remove what is at run/name/inner ("" for all of it), under another name first,
 * so that no half of a checkpoint is ever seen. */
static void discard(const lk_run *run, const char *name, const char *inner)
{
	char hidden[320];
	char *step = lk_path_join(run->path, name);
	char *path = step && *inner ? lk_path_join(step, inner) : step;
	char *out;

	snprintf(hidden, sizeof hidden, LK_RUN_TEMPORARY "old-%s", name);
	out = lk_path_join(run->path, hidden);
	if (path && out && !rename(path, out))
		lk_directory_remove(out, NULL);
	free(out);
	if (path != step)
		free(path);
	free(step);
}

void lk_run_prune(const lk_run *run)
{
	char *last = lk_run_link(run, "last"), *best = lk_run_link(run, "best");
	uint64_t last_step, step, before = 0;
	bool any_before = false;
	DIR *directory;

	if (!last || !lk_run_step_of(last, &last_step))
		goto done;
	for (int pass = 0; pass < 2; pass++) {
		directory = opendir(run->path);
		for (struct dirent *entry; directory && (entry = readdir(directory));) {
			const char *name = entry->d_name;

			if (!lk_run_step_of(name, &step) || step == last_step)
				continue;
			if (pass == 0) { /* which is the one before last? */
				if (step < last_step &&
						(!any_before || step > before)) {
					before = step;
					any_before = true;
				}
			} else if (any_before && step == before) {
				continue;
			} else if (best && !strcmp(name, best)) {
				discard(run, name, "training");
			} else {
				discard(run, name, "");
			}
		}
		if (directory)
			closedir(directory);
	}
done:
	free(last);
	free(best);
}
