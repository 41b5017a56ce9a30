/* text/paths.h
 * The files that a directory of texts stands for. */
#ifndef LK_TEXT_PATHS_H
#define LK_TEXT_PATHS_H

#include "base/status.h"

#include <stddef.h>

/* Zeroed is empty; free with lk_paths_free. */
typedef struct {
	char **path;
	size_t count, capacity;
} lk_paths;

/* Append the regular files below directory, at any depth, and links to such,
 * in the order of strcmp. What is hidden, directories that links lead to, and
 * what is neither file nor directory is left out. */
lk_status lk_paths_below(lk_paths *paths, const char *directory, lk_error *error);

void lk_paths_free(lk_paths *paths);

#endif
