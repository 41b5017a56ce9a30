#include "text/round.h"

#include "text/document_reader.h"
#include "text/sources.h"
#include "text/utf8.h"

#include <stdlib.h>

/* The longest text that has to stay in one piece: ends are 32 bits. */
enum { LONGEST = 1 << 30 };

struct lk_reader {
	const lk_documents *documents;
	lk_reader_cut *cut;
	const void *cut_context;
	size_t stretch;
	size_t capacity; /* of a round */
	/* the document being read */
	size_t document;
	lk_document_scanner *scanner; /* NULL: it has not been begun */
	lk_document_reader *bytes;
	int64_t before; /* the place in it of the buffer's first byte; negative
			   where it begins further on */
	/* what is being read, and what was handed out */
	lk_round round[2];
	lk_round *now;
};

size_t lk_reader_cut_characters(const void *context, const unsigned char *text,
		size_t nbytes, size_t at)
{
	(void)context;
	return lk_utf8_boundary(text, nbytes, at);
}

lk_status lk_reader_new(lk_reader **reader, const lk_documents *documents,
		lk_reader_cut *cut, const void *cut_context, size_t stretch,
		lk_error *error)
{
	lk_reader *r = malloc(sizeof *r);

	if (!r)
		return lk_fail(error, LK_NOMEM, "out of memory for reading text");
	*r = (lk_reader){ .documents = documents,
		.cut = cut,
		.cut_context = cut_context,
		.stretch = stretch ? stretch : LK_READER_STRETCH };
	r->now = &r->round[0];
	r->capacity = LK_READER_ROUND * r->stretch + LK_READER_AHEAD;
	if (documents->nbytes && documents->nbytes < r->capacity)
		r->capacity = (size_t)documents->nbytes;
	*reader = r;
	return LK_OK;
}

static void leave_document(lk_reader *r)
{
	lk_document_scanner_free(r->scanner);
	r->scanner = NULL;
	lk_document_reader_free(r->bytes);
	r->bytes = NULL;
}

void lk_reader_free(lk_reader *r)
{
	if (!r)
		return;
	leave_document(r);
	lk_round_free(&r->round[0]);
	lk_round_free(&r->round[1]);
	free(r);
}

static const lk_document *document_of(const lk_reader *r)
{
	return &r->documents->document[r->document];
}

static lk_status begin_document(lk_reader *r, lk_error *error)
{
	const lk_document *d = document_of(r);
	lk_status status = lk_document_reader_new(&r->bytes, d, error);

	r->before = -(int64_t)r->now->used;
	return status ? status : lk_document_scanner_new(&r->scanner, d->rule, error);
}

static lk_status on_end(void *context, uint64_t end, lk_error *error)
{
	lk_reader *r = context;

	return lk_round_add_end(r->now, (size_t)((int64_t)end - r->before), error);
}

/* As much of the document as the buffer takes. */
static lk_status fill(lk_reader *r, lk_error *error)
{
	lk_round *now = r->now;
	uint64_t left = lk_document_reader_left(r->bytes);
	size_t room = now->capacity - now->used, n = left < room ? (size_t)left : room;
	unsigned char *to = now->buffer + now->used;
	lk_status status = lk_document_reader_read(r->bytes, to, n, error);

	if (status)
		return status;
	now->used += n;
	return lk_document_scanner_scan(r->scanner, to, n, on_end, r, error);
}

/* All of the document is in the buffer. */
static lk_status finish_document(lk_reader *r, lk_error *error)
{
	lk_status status = lk_document_reader_check(r->bytes, error);

	/* Documents are set apart even where a file does not end. */
	if (!status && (document_of(r)->ends || r->document + 1 < r->documents->count))
		status = lk_round_add_end(r->now, r->now->used, error);
	return status;
}

/* Where what no stretch holds yet lies in its file. */
static uint64_t next_offset(const lk_reader *r)
{
	return document_of(r)->offset + (uint64_t)((int64_t)r->now->next + r->before);
}

static lk_status add_stretch(lk_reader *r, size_t nbytes, lk_error *error)
{
	return lk_round_add_stretch(
			r->now, nbytes, document_of(r)->path, next_offset(r), error);
}

/* Bytes of the next stretch, of `left` that are ready; 0: more text is needed. */
static size_t next_stretch(const lk_reader *r, size_t left, bool complete)
{
	const lk_round *now = r->now;
	const unsigned char *text = now->buffer + now->next;
	size_t end = now->next_end, known = left;

	while (end < now->ends && now->end[end] - now->next <= r->stretch)
		end++;
	if (end > now->next_end)
		return now->end[end - 1] - now->next;
	if (end < now->ends)
		known = now->end[end] - now->next; /* the document at hand */
	bool whole = complete || end < now->ends;
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
	const lk_round *now = r->now;
	int64_t settled = (int64_t)lk_document_scanner_settled(r->scanner);
	size_t ready = complete ? now->used : (size_t)(settled - r->before);
	lk_status status = LK_OK;

	while (!status && now->next < ready) {
		size_t left = ready - now->next, nbytes = left;

		if (!complete && left <= r->stretch + LK_READER_AHEAD)
			break;
		if (left > r->stretch)
			nbytes = next_stretch(r, left, complete);
		if (!nbytes)
			break;
		status = add_stretch(r, nbytes, error);
	}
	if (!status && complete && now->next_end < now->ends)
		status = add_stretch(r, 0, error); /* an empty document */
	return status;
}

/* Read on, and cut what was read. */
static lk_status read_document(lk_reader *r, bool *complete, lk_error *error)
{
	lk_status status = r->scanner ? LK_OK : begin_document(r, error);

	if (!status)
		status = fill(r, error);
	if (status)
		return status;
	*complete = !lk_document_reader_left(r->bytes);
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
	if (r->now->capacity > LONGEST / 2)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: from byte %llu on the tokenizer finds no place "
				"where the text may be cut within a gigabyte",
				lk_source_name(document_of(r)->path),
				(unsigned long long)next_offset(r));
	return lk_round_reserve(r->now, 2 * r->now->capacity, error);
}

/* The other round takes over; the one before it stays as it is. */
static lk_status begin_round(lk_reader *r, lk_error *error)
{
	lk_round *before = r->now;
	lk_status status;

	r->now = &r->round[before == r->round];
	r->before += (int64_t)before->next;
	status = lk_round_carry(r->now, before, error);
	return status || r->document == r->documents->count
			       ? status
			       : lk_round_reserve(r->now, r->capacity, error);
}

lk_status lk_reader_next(lk_reader *r, const lk_stretch **stretches, size_t *count,
		lk_error *error)
{
	lk_status status = begin_round(r, error);
	bool complete;

	while (!status && r->document < r->documents->count) {
		status = read_document(r, &complete, error);
		if (status || complete)
			continue;
		if (r->now->count) /* the buffer is full */
			break;
		status = grow(r, error);
	}
	if (!status)
		lk_round_finish(r->now);
	*stretches = r->now->stretch;
	*count = status ? 0 : r->now->count;
	return status;
}
