/* base/directory.h
 * Directories made, removed and brought to disk; paths.
 *
 * Every function that fails names the path in its message. */
#ifndef LK_BASE_DIRECTORY_H
#define LK_BASE_DIRECTORY_H

#include "base/status.h"

#include <stdbool.h>

/* Create a directory and its parents; existing ones are fine. */
lk_status lk_directory_make(const char *path, lk_error *error);

/* fsync a directory, so that a rename in it is on disk. */
lk_status lk_directory_sync(const char *path, lk_error *error);

/* Remove a directory and what is in it; symbolic links are removed, never
 * followed. A missing one is fine; a file is refused. */
lk_status lk_directory_remove(const char *path, lk_error *error);

bool lk_path_exists(const char *path);       /* lstat succeeds */
bool lk_path_is_directory(const char *path); /* follows links */

/* "a/b" from "a" and "b", malloc'd; NULL when out of memory. */
char *lk_path_join(const char *directory, const char *name);

#endif
