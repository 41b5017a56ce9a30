/* cli/train_output.h
 * What `likely train` says: what it is about to do and how it goes on stderr, how
 * it ended, or with --json every event, on stdout. */
#ifndef LK_CLI_TRAIN_OUTPUT_H
#define LK_CLI_TRAIN_OUTPUT_H

#include "cli/train_run.h"
#include "report/progress.h"

#include <stdio.h>

typedef struct {
	const lk_train_run *run;
	lk_progress *progress; /* NULL: --quiet */
	double start;          /* clock time of this session's first steps */
	double step_s;         /* time of a step, smoothed; 0: not known */
	uint64_t first_step;   /* of this session */
	uint64_t said_steps;   /* in all, as they were last told */
	double validation;     /* latest, nats per token; NAN: none */
} lk_train_output;

/* train_header.c: what a run is, as a table, and as JSON (a new reference; NULL when
 * out of memory); a dry run's is all there is. */
lk_status lk_train_print_header(const lk_train_run *run, FILE *file, lk_error *error);
json_t *lk_train_header_json(const lk_train_run *run, const char *event);
lk_status lk_train_print_plan(const lk_train_run *run, lk_error *error);

lk_status lk_train_output_begin(lk_train_output *output, const lk_train_run *run,
		lk_error *error);
void lk_train_output_end(lk_train_output *output);

/* An lk_event_handler; context is the output. */
lk_status lk_train_output_event(void *context, const lk_event *event,
		lk_error *error);

/* The number of steps has changed, after so many of them. */
lk_status lk_train_output_plan(lk_train_output *output, uint64_t step, lk_error *error);

/* After a signal: where the run stands and how to go on. */
lk_status lk_train_output_stopped(lk_train_output *output, int signal_number,
		lk_error *error);

#endif
