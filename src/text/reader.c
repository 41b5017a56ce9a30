#include "text/reader.h"

#include "base/file.h"
#include "text/utf8.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The longest text that has to stay in one piece: ends are 32 bits. */
enum { LONGEST = 1 << 30 };

/* A stretch while the buffer may still move: places in it. */
typedef struct {
	size_t document, first, nbytes;
	uint64_t offset;
	size_t first_end, ends;
} draft;

struct lk_reader {
	const lk_documents *documents;
	lk_reader_cut *cut;
	const void *cut_context;
	size_t stretch;
	/* the document being read */
	size_t document;
	lk_document_scanner *scanner; /* NULL: it has not been begun */
	lk_hasher *hasher;
	int fd;         /* of its file, or -1 */
	uint64_t taken; /* bytes of it read into the buffer */
	int64_t before; /* the place in it of the buffer's first byte; negative
			   where it begins further on */
	/* what has been read */
	unsigned char *buffer;
	size_t used, capacity;
	size_t next;   /* what no stretch holds yet */
	uint32_t *end; /* places in the buffer where documents end */
	size_t ends, end_capacity;
	size_t next_end; /* the first of them that no stretch has */
	/* the round */
	draft *draft;
	size_t drafts, draft_capacity;
	lk_stretch *out;
	size_t out_capacity;
};

size_t lk_reader_cut_characters(const void *context, const unsigned char *text,
		size_t nbytes, size_t at)
{
	(void)context;
	return lk_utf8_boundary(text, nbytes, at);
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for reading text");
}

static const char *shown(const lk_document *document)
{
	return strcmp(document->path, "-") ? document->path : "standard input";
}

/* Room for one more element; the array may move. */
static lk_status make_room(void **array, size_t size, size_t used, size_t *capacity,
		lk_error *error)
{
	size_t wanted = 2 * *capacity + 64;
	void *grown;

	if (used < *capacity)
		return LK_OK;
	grown = realloc(*array, wanted * size);
	if (!grown)
		return no_memory(error);
	*array = grown;
	*capacity = wanted;
	return LK_OK;
}

lk_status lk_reader_new(lk_reader **reader, const lk_documents *documents,
		lk_reader_cut *cut, const void *cut_context, size_t stretch,
		lk_error *error)
{
	lk_reader *r = malloc(sizeof *r);

	if (!r)
		return no_memory(error);
	*r = (lk_reader){ .documents = documents,
		.cut = cut,
		.cut_context = cut_context,
		.stretch = stretch ? stretch : LK_READER_STRETCH,
		.fd = -1 };
	r->capacity = LK_READER_ROUND * r->stretch + LK_READER_AHEAD;
	if (documents->nbytes && documents->nbytes < r->capacity)
		r->capacity = (size_t)documents->nbytes;
	r->buffer = malloc(r->capacity);
	if (!r->buffer) {
		lk_reader_free(r);
		return no_memory(error);
	}
	*reader = r;
	return LK_OK;
}

static void leave_document(lk_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	lk_document_scanner_free(r->scanner);
	r->scanner = NULL;
	lk_hasher_free(r->hasher);
	r->hasher = NULL;
}

void lk_reader_free(lk_reader *r)
{
	if (!r)
		return;
	leave_document(r);
	free(r->buffer);
	free(r->end);
	free(r->draft);
	free(r->out);
	free(r);
}

static const lk_document *document_of(const lk_reader *r)
{
	return &r->documents->document[r->document];
}

static lk_status begin_document(lk_reader *r, lk_error *error)
{
	const lk_document *d = document_of(r);
	lk_status status = lk_document_scanner_new(&r->scanner, d->rule, error);

	r->taken = 0;
	r->before = -(int64_t)r->used;
	if (status || d->text)
		return status;
	r->hasher = lk_hasher_new();
	if (!r->hasher)
		return no_memory(error);
	r->fd = open(d->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return r->fd < 0 ? lk_fail_errno(error, "%s: cannot be opened", d->path) : LK_OK;
}

static lk_status changed(const lk_document *d, lk_error *error)
{
	return lk_fail(error, LK_IO,
			"%s: has changed while it was read; use a text at rest",
			shown(d));
}

/* As much of the document as the buffer takes. */
static lk_status fill(lk_reader *r, lk_error *error)
{
	const lk_document *d = document_of(r);
	uint64_t left = d->nbytes - r->taken;
	size_t room = r->capacity - r->used;
	size_t n = left < room ? (size_t)left : room;
	unsigned char *to = r->buffer + r->used;
	lk_status status = LK_OK;

	if (d->text)
		memcpy(to, d->text + r->taken, n);
	else
		status = lk_file_read_at(
				r->fd, to, n, d->offset + r->taken, d->path, error);
	if (status == LK_FORMAT)
		return changed(d, error); /* it is shorter than it was */
	if (!status && r->hasher)
		lk_hasher_add(r->hasher, to, n);
	r->taken += n;
	r->used += n;
	return status;
}

/* The document ends at this place in the buffer, unless that is known. */
static lk_status add_end(lk_reader *r, size_t place, lk_error *error)
{
	lk_status status;

	if (r->ends > r->next_end && r->end[r->ends - 1] == place)
		return LK_OK;
	status = make_room((void **)&r->end, sizeof *r->end, r->ends, &r->end_capacity,
			error);
	if (!status)
		r->end[r->ends++] = (uint32_t)place;
	return status;
}

static lk_status on_end(void *context, uint64_t end, lk_error *error)
{
	lk_reader *r = context;

	return add_end(r, (size_t)((int64_t)end - r->before), error);
}

/* All of the document is in the buffer. */
static lk_status finish_document(lk_reader *r, lk_error *error)
{
	const lk_document *d = document_of(r);
	char hash[33];

	if (r->hasher && *d->part) {
		lk_hasher_text(r->hasher, hash);
		if (strcmp(hash, d->part))
			return changed(d, error);
	}
	/* Documents are set apart even where a file does not end. */
	return d->ends || r->document + 1 < r->documents->count
			       ? add_end(r, r->used, error)
			       : LK_OK;
}

static lk_status add_stretch(lk_reader *r, size_t nbytes, lk_error *error)
{
	size_t after = r->next + nbytes;
	lk_status status = make_room((void **)&r->draft, sizeof *r->draft, r->drafts,
			&r->draft_capacity, error);
	draft *d;

	if (status)
		return status;
	d = &r->draft[r->drafts++];
	*d = (draft){ .document = r->document,
		.first = r->next,
		.nbytes = nbytes,
		.offset = document_of(r)->offset +
				(uint64_t)((int64_t)r->next + r->before),
		.first_end = r->next_end };
	while (r->next_end < r->ends && r->end[r->next_end] <= after)
		r->next_end++;
	d->ends = r->next_end - d->first_end;
	r->next = after;
	return LK_OK;
}

/* Bytes of the next stretch, of `left` that are ready; 0: more text is needed. */
static size_t next_stretch(const lk_reader *r, size_t left, bool complete)
{
	const unsigned char *text = r->buffer + r->next;
	size_t end = r->next_end, known = left;

	while (end < r->ends && r->end[end] - r->next <= r->stretch)
		end++;
	if (end > r->next_end)
		return r->end[end - 1] - r->next;
	if (end < r->ends)
		known = r->end[end] - r->next; /* the document at hand */
	bool whole = complete || end < r->ends;
	for (size_t at = r->stretch;; at *= 2) {
		if (at >= known || (!whole && at > known - LK_READER_AHEAD))
			return whole ? known : 0;
		size_t n = r->cut(r->cut_context, text, known, at);
		if (n)
			return n;
	}
}

/* Cut what is ready into stretches. */
static lk_status cut_stretches(lk_reader *r, bool complete, lk_error *error)
{
	int64_t settled = (int64_t)lk_document_scanner_settled(r->scanner);
	size_t ready = complete ? r->used : (size_t)(settled - r->before);
	lk_status status = LK_OK;

	while (!status && r->next < ready) {
		size_t left = ready - r->next, nbytes = left;

		if (!complete && left <= r->stretch + LK_READER_AHEAD)
			break;
		if (left > r->stretch)
			nbytes = next_stretch(r, left, complete);
		if (!nbytes)
			break;
		status = add_stretch(r, nbytes, error);
	}
	if (!status && complete && r->next_end < r->ends)
		status = add_stretch(r, 0, error); /* an empty document */
	return status;
}

/* Read on, and cut what was read. */
static lk_status read_document(lk_reader *r, bool *complete, lk_error *error)
{
	size_t read = r->used;
	lk_status status = r->scanner ? LK_OK : begin_document(r, error);

	if (!status)
		status = fill(r, error);
	if (!status)
		status = lk_document_scanner_scan(r->scanner, r->buffer + read,
				r->used - read, on_end, r, error);
	if (status)
		return status;
	*complete = r->taken == document_of(r)->nbytes;
	if (*complete)
		status = finish_document(r, error);
	if (!status)
		status = cut_stretches(r, *complete, error);
	if (!status && *complete) {
		leave_document(r);
		r->document++;
	}
	return status;
}

static lk_status grow(lk_reader *r, lk_error *error)
{
	unsigned char *grown;

	if (r->capacity > LONGEST / 2)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: from byte %llu on the tokenizer finds no place "
				"where the text may be cut within a gigabyte",
				shown(document_of(r)),
				(unsigned long long)(document_of(r)->offset +
						     (uint64_t)((int64_t)r->next +
								     r->before)));
	grown = realloc(r->buffer, 2 * r->capacity);
	if (!grown)
		return no_memory(error);
	r->buffer = grown;
	r->capacity *= 2;
	return LK_OK;
}

/* What no stretch has held yet comes first in the buffer. */
static void move_up(lk_reader *r)
{
	memmove(r->buffer, r->buffer + r->next, r->used - r->next);
	for (size_t i = r->next_end; i < r->ends; i++)
		r->end[i - r->next_end] = r->end[i] - (uint32_t)r->next;
	r->ends -= r->next_end;
	r->next_end = 0;
	r->before += (int64_t)r->next;
	r->used -= r->next;
	r->next = 0;
	r->drafts = 0;
}

/* The buffer moves no more: stretches point into it, their ends count from their
 * beginnings. */
static lk_status hand_out(lk_reader *r, lk_error *error)
{
	if (r->drafts > r->out_capacity) {
		free(r->out);
		r->out_capacity = r->draft_capacity;
		r->out = malloc(r->out_capacity * sizeof *r->out);
		if (!r->out) {
			r->out_capacity = 0;
			return no_memory(error);
		}
	}
	for (size_t i = 0; i < r->drafts; i++) {
		const draft *d = &r->draft[i];
		uint32_t *end = r->end + d->first_end;

		for (size_t k = 0; k < d->ends; k++)
			end[k] -= (uint32_t)d->first;
		r->out[i] = (lk_stretch){
			.path = r->documents->document[d->document].path,
			.offset = d->offset,
			.text = r->buffer + d->first,
			.nbytes = d->nbytes,
			.end = end,
			.ends = d->ends,
		};
	}
	return LK_OK;
}

lk_status lk_reader_next(lk_reader *r, const lk_stretch **stretches, size_t *count,
		lk_error *error)
{
	lk_status status = LK_OK;
	bool complete;

	move_up(r);
	while (!status && r->document < r->documents->count) {
		status = read_document(r, &complete, error);
		if (status || complete)
			continue;
		if (r->drafts) /* the buffer is full */
			break;
		status = grow(r, error);
	}
	if (!status)
		status = hand_out(r, error);
	*stretches = r->out;
	*count = status ? 0 : r->drafts;
	return status;
}
