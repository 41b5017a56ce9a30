#include "text/corpus_hash.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
	const lk_text_watch *watch;
	uint64_t seen, total; /* bytes looked through, of so many */
	/* the first source that failed, of those looked through */
	size_t failed;
	lk_status status;
	lk_error *error;
} progress;

/* One source: its bytes up to the cut are a document, the others another one. */
typedef struct {
	const lk_source *source;
	lk_document *head, *tail; /* tail NULL: no cut */
	lk_hasher *whole, *part;  /* part: of one document; NULL where that is all */
} survey;

static void show(progress *p, size_t nbytes)
{
	#pragma omp critical(lk_corpus_hash)
	{
		p->seen += nbytes;
		lk_text_watch_show(p->watch, "read", p->seen, p->total);
	}
}

static void fail(progress *p, size_t i, lk_status status, const lk_error *error)
{
	#pragma omp critical(lk_corpus_hash)
	if (!p->status || i < p->failed) {
		p->failed = i;
		p->status = status;
		lk_fail(p->error, status, "%s", error->text);
	}
}

static void hash_piece(survey *s, const unsigned char *piece, size_t nbytes)
{
	lk_hasher_add(s->whole, piece, nbytes);
	if (s->part)
		lk_hasher_add(s->part, piece, nbytes);
}

/* The hash of what has been read since the last cut. */
static lk_status end_part(survey *s, lk_document *document, lk_error *error)
{
	lk_hasher_text(s->part ? s->part : s->whole, document->part);
	lk_hasher_free(s->part);
	s->part = s->tail ? lk_hasher_new() : NULL;
	return s->tail && !s->part ? lk_fail(error, LK_NOMEM, "out of memory for a corpus")
				   : LK_OK;
}

static lk_status look_through(survey *s, int fd, progress *p, lk_error *error)
{
	enum { PIECE = 1 << 20 };
	uint64_t nbytes = s->source->nbytes, cut = s->head->nbytes;
	unsigned char *piece = malloc(nbytes < PIECE ? nbytes + 1 : PIECE);
	lk_status status = LK_OK;

	if (!piece)
		return lk_fail(error, LK_NOMEM, "out of memory for a corpus");
	for (uint64_t at = 0; at < nbytes && !status;) {
		uint64_t end = at < cut ? cut : nbytes;
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;

		status = lk_source_read(s->source, fd, piece, n, at, error);
		if (status)
			break;
		hash_piece(s, piece, n);
		at += n;
		if (at == end)
			status = end_part(s, end == cut ? s->head : s->tail, error);
		show(p, n);
	}
	if (!status && fd >= 0 && pread(fd, piece, 1, (off_t)nbytes) > 0)
		status = lk_fail(error, LK_IO,
				"%s: has become longer while it was read; use a text at "
				"rest",
				s->source->path);
	free(piece);
	return status;
}

static lk_status hash_source(survey *s, progress *p, lk_error *error)
{
	int fd = -1;
	lk_status status = LK_OK;

	s->whole = lk_hasher_new();
	s->part = s->tail ? lk_hasher_new() : NULL;
	if (!s->whole || (s->tail && !s->part))
		status = lk_fail(error, LK_NOMEM, "out of memory for a corpus");
	if (!status)
		status = lk_source_open(&fd, s->source, error);
	if (!status)
		status = look_through(s, fd, p, error);
	if (!status) {
		lk_hasher_text(s->whole, s->head->hash);
		if (s->tail)
			memcpy(s->tail->hash, s->head->hash, sizeof s->tail->hash);
	}
	lk_source_close(fd);
	lk_hasher_free(s->whole);
	lk_hasher_free(s->part);
	return status;
}

lk_status lk_corpus_hash(lk_documents *training, lk_documents *validation,
		const lk_sources *sources, const lk_text_work *work, lk_error *error)
{
	const lk_source *source = sources->source;
	size_t count = sources->count, trains = training->count;
	bool cut = trains && training->document[trains - 1].nbytes <
						source[trains - 1].nbytes;
	lk_error first = { 0 };
	progress p = { .watch = &work->watch, .error = &first };

	for (size_t i = 0; i < count; i++)
		p.total += source[i].nbytes;
	#pragma omp parallel for schedule(dynamic) num_threads(work->threads)
	for (size_t i = 0; i < count; i++) {
		survey s = { .source = &source[i],
			.head = i < trains ? &training->document[i]
					   : &validation->document[i - trains + cut],
			.tail = cut && i + 1 == trains ? validation->document : NULL };
		lk_error why = { 0 };
		lk_status status = hash_source(&s, &p, &why);

		if (status)
			fail(&p, i, status, &why);
	}
	return p.status ? lk_fail(error, p.status, "%s", first.text) : LK_OK;
}
