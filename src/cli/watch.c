#include "cli/watch.h"

#include "base/clock.h"
#include "report/progress.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What is over sooner needs no progress line. */
#define PATIENCE_SECONDS 0.5

typedef struct {
	lk_predictor base;
	lk_predictor *inner;
	lk_progress *progress;
	size_t done, total; /* tokens of this text */
	double nll, start;
	lk_nll_sink *sink; /* the scorer's */
	void *context;
} watch;

static void show(watch *w)
{
	double seconds = lk_clock_seconds() - w->start;
	double rate = (double)w->done / seconds;
	lk_progress_state state = { .label = "token",
		.step = w->done,
		.steps = w->total,
		.loss = w->nll / (double)w->done,
		.validation = NAN,
		.tokens_per_s = rate,
		.seconds_left = (double)(w->total - w->done) / rate };

	if (seconds > PATIENCE_SECONDS)
		lk_progress_show(w->progress, &state);
}

static lk_status take(void *context, size_t first, size_t count, const double *nll)
{
	watch *w = context;

	for (size_t i = 0; i < count; i++)
		w->nll += nll[i];
	w->done += count;
	show(w);
	return w->sink(w->context, first, count, nll);
}

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens, size_t first,
		size_t count, lk_nll_sink *sink, void *context, lk_error *error)
{
	watch *w = (watch *)predictor;

	w->sink = sink;
	w->context = context;
	return w->inner->score(w->inner, tokens, first, count, take, w, error);
}

static lk_status begin(lk_predictor *predictor, lk_session **session, uint32_t end,
		size_t streams, lk_error *error)
{
	lk_predictor *inner = ((watch *)predictor)->inner;

	return inner->begin(inner, session, end, streams, error);
}

static void release(lk_predictor *predictor)
{
	watch *w = (watch *)predictor;

	lk_progress_free(w->progress);
	lk_predictor_free(w->inner);
	free(w);
}

lk_status lk_watch_new(lk_predictor **out, lk_predictor *inner, lk_error *error)
{
	watch *w;
	lk_status status;

	if (!lk_terminal_is_live(stderr)) {
		*out = inner;
		return LK_OK;
	}
	w = calloc(1, sizeof *w);
	status = w ? lk_progress_new(&w->progress, stderr, error)
		   : lk_fail(error, LK_NOMEM, "out of memory for the progress line");
	if (status) {
		free(w);
		lk_predictor_free(inner);
		*out = NULL;
		return status;
	}
	w->base = (lk_predictor){ .kind = inner->kind,
		.vocabulary = inner->vocabulary,
		.score = score,
		.begin = inner->begin ? begin : NULL,
		.free = release };
	w->inner = inner;
	*out = &w->base;
	return LK_OK;
}

void lk_watch_begin(lk_predictor *predictor, size_t tokens)
{
	watch *w = (watch *)predictor;

	if (predictor->score != score)
		return; /* nobody watches */
	lk_progress_hide(w->progress);
	w->done = 0;
	w->total = tokens;
	w->nll = 0;
	w->start = lk_clock_seconds();
}
