/* text/sources.h
 * The files that a corpus is made of, in order: found, measured and open to be
 * read. Files stay on disk; only what comes through a pipe is held in memory. */
#ifndef LK_TEXT_SOURCES_H
#define LK_TEXT_SOURCES_H

#include "base/file.h"

#include <stdbool.h>

typedef struct {
	char *path;     /* as the user wrote it, or below the directory so written */
	lk_bytes bytes; /* of a pipe; else none */
	uint64_t nbytes;
} lk_source;

/* Zeroed is empty; free with lk_sources_free. */
typedef struct {
	lk_source *source;
	size_t count, capacity;
} lk_sources;

void lk_sources_free(lk_sources *sources);

/* Append what these paths stand for, as lk_corpus_read says. whole: a file that is
 * named may hold a single character. */
lk_status lk_sources_add(lk_sources *sources, const char *const *paths, size_t count,
		bool whole, lk_error *error);

/* *fd: for lk_source_read, -1 where the source is in memory; to be closed by
 * lk_source_close. */
lk_status lk_source_open(int *fd, const lk_source *source, lk_error *error);
void lk_source_close(int fd);

/* Part of a source. A file that ends before has changed since it was measured. */
lk_status lk_source_read(const lk_source *source, int fd, void *out, size_t nbytes,
		uint64_t offset, lk_error *error);

/* The character boundary at or before a place (<= nbytes). */
lk_status lk_source_boundary(uint64_t *boundary, const lk_source *source,
		uint64_t place, lk_error *error);

/* A path as a message names it. */
const char *lk_source_name(const char *path);

#endif
