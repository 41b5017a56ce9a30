#include "evaluate/predictor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096 }; /* tokens scored at a time */

typedef struct {
	lk_predictor base;
	const lk_ngram *ngram;
	uint32_t id[LK_NGRAM_ORDER_MOST + PIECE];
	double nll[PIECE];
} predictor_ngram;

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens, size_t first,
		size_t count, lk_nll_sink *sink, void *context, lk_error *error)
{
	predictor_ngram *p = (predictor_ngram *)predictor;
	size_t most = lk_ngram_get_options(p->ngram)->order - 1;
	lk_status status = LK_OK;

	(void)error;
	assert(count >= 2);
	for (size_t at = 1; at < count && !status; at += PIECE) {
		size_t n = count - at < PIECE ? count - at : PIECE;
		size_t before = at < most ? at : most;

		lk_tokens_read(tokens, first + at - before, before + n, p->id);
		lk_ngram_score(p->ngram, p->id, before + n, before, p->nll);
		status = sink(context, first + at, n, p->nll);
	}
	return status;
}

typedef struct {
	lk_session base;
	const lk_ngram *ngram;
	lk_ngram_state state[]; /* [streams] */
} session_ngram;

static lk_status distribution(lk_session *session, size_t s, double *p, lk_error *error)
{
	session_ngram *n = (session_ngram *)session;

	(void)error;
	lk_ngram_distribution(n->ngram, &n->state[s], p);
	return LK_OK;
}

static lk_status advance(lk_session *session, const uint32_t *id, lk_error *error)
{
	session_ngram *n = (session_ngram *)session;

	(void)error;
	for (size_t s = 0; s < n->base.streams; s++)
		lk_ngram_next(n->ngram, &n->state[s], id[s]);
	return LK_OK;
}

static void end(lk_session *session)
{
	free(session);
}

static lk_status begin(lk_predictor *predictor, lk_session **session, uint32_t end_id,
		size_t streams, lk_error *error)
{
	const lk_ngram *ngram = ((predictor_ngram *)predictor)->ngram;
	session_ngram *n = calloc(1, sizeof *n + streams * sizeof *n->state);

	assert(end_id == lk_ngram_get_options(ngram)->end);
	(void)end_id;
	if (!n)
		return lk_fail(error, LK_NOMEM, "out of memory to read %zu texts",
				streams);
	n->base = (lk_session){ .streams = streams,
		.distribution = distribution,
		.advance = advance,
		.free = end };
	n->ngram = ngram;
	for (size_t s = 0; s < streams; s++)
		lk_ngram_begin(ngram, &n->state[s]);
	*session = &n->base;
	return LK_OK;
}

static void release(lk_predictor *predictor)
{
	free(predictor);
}

lk_status lk_predictor_new_ngram(
		lk_predictor **predictor, const lk_ngram *ngram, lk_error *error)
{
	predictor_ngram *p = calloc(1, sizeof *p);

	if (!p)
		return lk_fail(error, LK_NOMEM, "out of memory to score a text");
	p->base = (lk_predictor){ .kind = "ngram",
		.vocabulary = lk_ngram_get_options(ngram)->vocabulary,
		.score = score,
		.begin = begin,
		.free = release };
	p->ngram = ngram;
	*predictor = &p->base;
	return LK_OK;
}
