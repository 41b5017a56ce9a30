#include "text/tokenise.h"

#include "base/array.h"
#include "text/reader.h"
#include "text/sources.h"

#include <assert.h>
#include <stdlib.h>

/* Stretches that one thread encodes at a time, and what becomes of them. */
typedef struct {
	const lk_stretch *stretch;
	size_t count;
	lk_ids ids;
	lk_status status;
	lk_error error;
} piece;

/* A round in pieces whose sizes follow from the text alone. */
typedef struct {
	piece *piece;
	size_t count, capacity;
	uint64_t nbytes; /* of text */
} pieces;

/* What is at work at the same time: a round is read while the one before it is
 * encoded and the ids of the one before that are passed on. */
typedef struct {
	const lk_tokenizer *tokenizer;
	lk_reader *reader;
	lk_ids_sink *sink;
	void *context;
	const lk_stretch *stretch; /* of the round that was read */
	size_t stretches;
	pieces round[2];
	pieces *encoded, *passed_on;
	lk_status read_status, sink_status;
	lk_error read_error, sink_error;
} pipeline;

static size_t cut(const void *context, const unsigned char *text, size_t nbytes,
		size_t at)
{
	return lk_tokenizer_cut(context, text, nbytes, at);
}

/* Documents and parts of such, with an end of text behind those that end. */
static lk_status encode_stretch(piece *p, const lk_stretch *s,
		const lk_tokenizer *tokenizer)
{
	size_t at = 0;
	lk_status status = LK_OK;

	for (size_t i = 0; i <= s->ends && !status; i++) {
		size_t end = i < s->ends ? s->end[i] : s->nbytes;

		if (end > at)
			status = lk_tokenizer_encode_at(tokenizer, s->text + at, end - at,
					s->offset + at, &p->ids, &p->error);
		if (!status && i < s->ends)
			status = lk_ids_push(&p->ids, tokenizer->end, &p->error);
		at = end;
	}
	return status ? lk_fail_in(&p->error, status, "%s", lk_source_name(s->path))
		      : LK_OK;
}

static void encode(piece *p, const lk_tokenizer *tokenizer)
{
	p->ids.count = 0;
	p->status = LK_OK;
	for (size_t i = 0; i < p->count && !p->status; i++)
		p->status = encode_stretch(p, &p->stretch[i], tokenizer);
}

static void read_on(pipeline *p)
{
	p->read_status = lk_reader_next(
			p->reader, &p->stretch, &p->stretches, &p->read_error);
}

static void pass_on(pipeline *p)
{
	const pieces *round = p->passed_on;

	p->sink_status = LK_OK;
	for (size_t i = 0; i < round->count && !p->sink_status; i++)
		p->sink_status = p->sink(p->context, round->piece[i].ids.data,
				round->piece[i].ids.count, &p->sink_error);
}

static lk_status reserve(pieces *round, size_t count, lk_error *error)
{
	size_t before = round->capacity;

	if (!lk_array_reserve(&round->piece, &round->capacity, count,
			    sizeof *round->piece))
		return lk_fail(error, LK_NOMEM, "out of memory for encoding text");
	for (size_t i = before; i < round->capacity; i++)
		round->piece[i] = (piece){ 0 };
	return LK_OK;
}

/* Small stretches, of small files say, go together. */
static lk_status divide(pieces *round, const lk_stretch *stretch, size_t count,
		lk_error *error)
{
	size_t nbytes = 0;
	lk_status status = LK_OK;

	round->count = 0;
	round->nbytes = 0;
	for (size_t i = 0; i < count && !status; i++) {
		nbytes += stretch[i].nbytes;
		round->nbytes += stretch[i].nbytes;
		if (i && nbytes <= LK_READER_STRETCH) {
			round->piece[round->count - 1].count++;
			continue;
		}
		nbytes = stretch[i].nbytes;
		status = reserve(round, round->count + 1, error);
		if (status)
			break;
		round->piece[round->count].stretch = &stretch[i];
		round->piece[round->count++].count = 1;
	}
	return status;
}

/* The earliest in the text counts. */
static lk_status first_failure(const pipeline *p, lk_error *error)
{
	if (p->sink_status)
		return lk_fail(error, p->sink_status, "%s", p->sink_error.text);
	for (size_t i = 0; i < p->encoded->count; i++)
		if (p->encoded->piece[i].status)
			return lk_fail(error, p->encoded->piece[i].status, "%s",
					p->encoded->piece[i].error.text);
	return p->read_status ? lk_fail(error, p->read_status, "%s", p->read_error.text)
			      : LK_OK;
}

/* Take the round that was read up, and pass on the one that was encoded. */
static lk_status advance(pipeline *p, int threads, lk_error *error)
{
	pieces *free_again = p->passed_on;
	lk_status status;

	p->passed_on = p->encoded;
	p->encoded = free_again;
	status = divide(p->encoded, p->stretch, p->stretches, error);
	if (status)
		return status;
	#pragma omp parallel for schedule(dynamic) num_threads(threads)
	for (size_t i = 0; i < 2 + p->encoded->count; i++)
		if (i == 0)
			read_on(p);
		else if (i == 1)
			pass_on(p);
		else
			encode(&p->encoded->piece[i - 2], p->tokenizer);
	return first_failure(p, error);
}

static void release(pipeline *p)
{
	for (int r = 0; r < 2; r++) {
		for (size_t i = 0; i < p->round[r].capacity; i++)
			lk_ids_free(&p->round[r].piece[i].ids);
		free(p->round[r].piece);
	}
	lk_reader_free(p->reader);
}

lk_status lk_tokenise(const lk_documents *documents, const lk_tokenizer *tokenizer,
		const lk_text_work *work, lk_ids_sink *sink, void *context,
		lk_error *error)
{
	pipeline p = { .tokenizer = tokenizer, .sink = sink, .context = context };
	uint64_t done = 0;
	lk_status status = lk_reader_new(&p.reader, documents, cut, tokenizer, 0, error);

	assert(work->threads > 0);
	p.encoded = &p.round[0];
	p.passed_on = &p.round[1];
	if (!status)
		status = sink(context, &tokenizer->end, 1, error);
	if (!status)
		status = lk_reader_next(p.reader, &p.stretch, &p.stretches, error);
	while (!status && (p.stretches || p.encoded->count)) {
		status = advance(&p, work->threads, error);
		done += p.encoded->nbytes;
		if (!status)
			lk_text_watch_show(&work->watch, "tokenised", done,
					documents->nbytes);
	}
	release(&p);
	return status;
}
