#include "text/sources.h"

#include "base/array.h"
#include "text/paths.h"
#include "text/utf8.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHARACTER = 4 /* bytes at most */ };

void lk_sources_free(lk_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free(sources->source[i].path);
		lk_bytes_free(&sources->source[i].bytes);
	}
	free(sources->source);
	*sources = (lk_sources){ 0 };
}

const char *lk_source_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

lk_status lk_source_open(int *fd, const lk_source *source, lk_error *error)
{
	*fd = -1;
	if (source->bytes.data)
		return LK_OK;
	*fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd < 0 ? lk_fail_errno(error, "%s: cannot be opened", source->path)
		       : LK_OK;
}

void lk_source_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

lk_status lk_source_read(const lk_source *source, int fd, void *out, size_t nbytes,
		uint64_t offset, lk_error *error)
{
	lk_status status;

	if (source->bytes.data) {
		memcpy(out, source->bytes.data + offset, nbytes);
		return LK_OK;
	}
	status = lk_file_read_at(fd, out, nbytes, offset, source->path, error);
	return status == LK_FORMAT
			       ? lk_fail(error, LK_IO,
						 "%s: has become shorter while it was "
						 "read; use a text at rest",
						 source->path)
			       : status;
}

/* The same of a file that is not open. */
static lk_status peek(const lk_source *source, void *out, size_t nbytes,
		uint64_t offset, lk_error *error)
{
	int fd;
	lk_status status = lk_source_open(&fd, source, error);

	if (!status)
		status = lk_source_read(source, fd, out, nbytes, offset, error);
	lk_source_close(fd);
	return status;
}

lk_status lk_source_boundary(uint64_t *boundary, const lk_source *source,
		uint64_t place, lk_error *error)
{
	unsigned char text[2 * CHARACTER];
	uint64_t first = place > CHARACTER ? place - CHARACTER : 0;
	uint64_t left = source->nbytes - first;
	size_t nbytes = left < sizeof text ? (size_t)left : sizeof text;
	lk_status status = peek(source, text, nbytes, first, error);

	if (!status)
		*boundary = first +
			    lk_utf8_boundary(text, nbytes, (size_t)(place - first));
	return status;
}

/* How much text there is. What does not tell is read at once. */
static lk_status measure(lk_source *s, lk_error *error)
{
	struct stat info;
	lk_status status;

	if (strcmp(s->path, "-") != 0 && !stat(s->path, &info) &&
			S_ISREG(info.st_mode) && info.st_size > 0) {
		s->nbytes = (uint64_t)info.st_size;
		return LK_OK;
	}
	status = lk_file_read(&s->bytes, s->path, 0, error);
	s->nbytes = s->bytes.nbytes;
	return status;
}

/* A text that the user named must have something to train and to validate. */
static lk_status check_size(const lk_source *s, lk_error *error)
{
	unsigned char text[CHARACTER];
	size_t length;
	lk_status status;

	if (!s->nbytes)
		return lk_fail(error, LK_RANGE, "%s: is empty; a corpus needs text",
				lk_source_name(s->path));
	if (s->nbytes > CHARACTER)
		return LK_OK;
	status = peek(s, text, (size_t)s->nbytes, 0, error);
	if (status)
		return status;
	lk_utf8_decode(text, (size_t)s->nbytes, &length);
	return length < s->nbytes ? LK_OK
				  : lk_fail(error, LK_RANGE,
						    "%s: holds a single character; a "
						    "corpus needs two at least",
						    lk_source_name(s->path));
}

static lk_status make_room(lk_sources *sources, lk_error *error)
{
	return lk_array_reserve(&sources->source, &sources->capacity, sources->count + 1,
			       sizeof *sources->source)
			? LK_OK
			: lk_fail(error, LK_NOMEM, "out of memory for a corpus");
}

/* Append one file. `found` in a directory, it may hold a single character, or
 * none, and is then left out. */
static lk_status add_file(lk_sources *sources, const char *path, bool found, bool whole,
		lk_error *error)
{
	lk_source added = { .path = NULL };
	lk_status status = make_room(sources, error);

	if (status)
		return status;
	added.path = strdup(path);
	if (!added.path)
		return lk_fail(error, LK_NOMEM, "out of memory for a corpus");
	status = measure(&added, error);
	if (!status && !found && !(whole && added.nbytes))
		status = check_size(&added, error);
	if (status || !added.nbytes) {
		free(added.path);
		lk_bytes_free(&added.bytes);
		return status;
	}
	sources->source[sources->count++] = added;
	return LK_OK;
}

static lk_status add_directory(lk_sources *sources, const char *path, lk_error *error)
{
	size_t before = sources->count;
	lk_paths paths = { 0 };
	lk_status status = lk_paths_below(&paths, path, error);

	for (size_t i = 0; i < paths.count && status == LK_OK; i++)
		status = add_file(sources, paths.path[i], true, true, error);
	if (status == LK_OK && sources->count == before)
		status = lk_fail(error, LK_RANGE,
				paths.count ? "%s: this directory's files are all empty"
					    : "%s: this directory holds no files "
					      "(hidden ones do not count)",
				path);
	lk_paths_free(&paths);
	return status;
}

lk_status lk_sources_add(lk_sources *sources, const char *const *paths, size_t count,
		bool whole, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && status == LK_OK; i++)
		status = strcmp(paths[i], "-") && lk_path_is_directory(paths[i])
					 ? add_directory(sources, paths[i], error)
					 : add_file(sources, paths[i], false, whole,
							   error);
	return status;
}
