#include "text/document_reader.h"

#include "base/file.h"
#include "text/sources.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lk_document_reader {
	const lk_document *document;
	uint64_t taken;    /* bytes of it that were read */
	lk_hasher *hasher; /* of them; NULL where nothing is to be compared */
	int fd;            /* of its file, or -1 */
	struct stat begun; /* the file, when it was opened */
};

void lk_document_reader_free(lk_document_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	lk_hasher_free(reader->hasher);
	free(reader);
}

static lk_status open_file(lk_document_reader *r, lk_error *error)
{
	const lk_document *d = r->document;

	if (*d->part) {
		r->hasher = lk_hasher_new();
		if (!r->hasher)
			return lk_fail(error, LK_NOMEM, "out of memory for reading text");
	}
	r->fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return r->fd < 0 || fstat(r->fd, &r->begun)
			       ? lk_fail_errno(error, "%s: cannot be opened", d->path)
			       : LK_OK;
}

lk_status lk_document_reader_new(
		lk_document_reader **reader, const lk_document *document, lk_error *error)
{
	lk_document_reader *r = malloc(sizeof *r);
	lk_status status;

	if (!r)
		return lk_fail(error, LK_NOMEM, "out of memory for reading text");
	*r = (lk_document_reader){ .document = document, .fd = -1 };
	status = document->text ? LK_OK : open_file(r, error);
	if (status)
		lk_document_reader_free(r);
	else
		*reader = r;
	return status;
}

uint64_t lk_document_reader_left(const lk_document_reader *reader)
{
	return reader->document->nbytes - reader->taken;
}

static lk_status changed(const lk_document *d, lk_error *error)
{
	return lk_fail(error, LK_IO,
			"%s: has changed while it was read; use a text at rest",
			lk_source_name(d->path));
}

lk_status lk_document_reader_read(
		lk_document_reader *r, void *out, size_t nbytes, lk_error *error)
{
	const lk_document *d = r->document;
	lk_status status = LK_OK;

	assert(nbytes <= lk_document_reader_left(r));
	if (d->text)
		memcpy(out, d->text + r->taken, nbytes);
	else
		status = lk_file_read_at(
				r->fd, out, nbytes, d->offset + r->taken, d->path, error);
	if (status == LK_FORMAT)
		return changed(d, error); /* it is shorter than it was */
	if (!status && r->hasher)
		lk_hasher_add(r->hasher, out, nbytes);
	r->taken += nbytes;
	return status;
}

/* A file that was written to, however little, tells so by its times. */
static bool is_at_rest(const lk_document_reader *r)
{
	const struct stat *begun = &r->begun;
	struct stat now;

	return !fstat(r->fd, &now) && (uint64_t)now.st_size == r->document->file_nbytes &&
			now.st_mtim.tv_sec == begun->st_mtim.tv_sec &&
			now.st_mtim.tv_nsec == begun->st_mtim.tv_nsec;
}

lk_status lk_document_reader_check(lk_document_reader *r, lk_error *error)
{
	char hash[33];

	assert(!lk_document_reader_left(r));
	if (r->fd < 0)
		return LK_OK;
	if (!r->hasher)
		return is_at_rest(r) ? LK_OK : changed(r->document, error);
	lk_hasher_text(r->hasher, hash);
	return strcmp(hash, r->document->part) ? changed(r->document, error) : LK_OK;
}
