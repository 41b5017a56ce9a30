/* base/output.h
 * A large file written piece by piece, which others see when it is whole.
 *
 * It grows as PATH.part beside its place, under a lock (flock), so that of two
 * processes that make the same file one waits or is refused; a part that a
 * killed process left is taken over. On failure, and when it is dropped, nothing
 * is left behind and PATH is as before. */
#ifndef LK_BASE_OUTPUT_H
#define LK_BASE_OUTPUT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lk_output lk_output;

/* Begin. What is there already and is no regular file (a device, a pipe) is refused:
 * it could only be replaced. Where another process is writing this file: wait for it, or fail with
 * LK_EXISTS. */
lk_status lk_output_new(
		lk_output **output, const char *path, bool wait, lk_error *error);

/* Append. */
lk_status lk_output_write(
		lk_output *output, const void *data, size_t nbytes, lk_error *error);

/* Write over what was written before. */
lk_status lk_output_write_at(lk_output *output, const void *data, size_t nbytes,
		uint64_t offset, lk_error *error);

/* Bring it to disk and give it its name. Frees output, also on failure. */
lk_status lk_output_finish(lk_output *output, lk_error *error);

void lk_output_drop(lk_output *output); /* accepts NULL */

/* The name of the part of a file: PATH.part, malloc'd; NULL when out of memory. */
char *lk_output_part(const char *path);

#endif
