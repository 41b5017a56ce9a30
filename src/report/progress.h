/* report/progress.h
 * How training goes, for whoever watches.
 *
 *     step 1,200/2,000  loss 1.8321  val 1.9021  118K tok/s  ETA 1m 20s
 *
 * On a terminal it is one line, rewritten in place a few times a second, cut to
 * the width that the terminal has at that moment, least important parts first.
 * Elsewhere, and where TERM is dumb, it is a plain line now and then.
 *
 * Not thread-safe: one thread at a time. Errors of writing stay in the stream. */
#ifndef LK_REPORT_PROGRESS_H
#define LK_REPORT_PROGRESS_H

#include "base/status.h"

#include <stdint.h>
#include <stdio.h>

typedef struct lk_progress lk_progress;

/* What is known. A number that is not is NAN; steps 0: unknown. */
typedef struct {
	const char *label; /* what is counted; NULL: "step" */
	uint64_t step, steps;
	double loss;       /* of training, nats per token */
	double validation; /* the latest, nats per token */
	double tokens_per_s;
	double seconds_left;
} lk_progress_state;

/* out must outlive it. */
lk_status lk_progress_new(lk_progress **progress, FILE *out, lk_error *error);

/* Erases the line and frees; accepts NULL. */
void lk_progress_free(lk_progress *progress);

/* Show the state, if it is time for it. */
void lk_progress_show(lk_progress *progress, const lk_progress_state *state);

/* Show it whatever the time. */
void lk_progress_show_now(lk_progress *progress, const lk_progress_state *state);

/* A line of its own that stays, above the progress line. */
void lk_progress_say(lk_progress *progress, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* Erase the line until the next lk_progress_show, so that something else may
 * write to the terminal. */
void lk_progress_hide(lk_progress *progress);

/* The state as text of at most `columns` columns; returns text. */
char *lk_progress_text(const lk_progress_state *state, size_t columns, char *text,
		size_t size);

#endif
