/* train/event.h
 * What happens in training, for whoever wants to know: the run's log and the
 * command line's --json are made of these.
 *
 *   step  one update            eval  the validation text was scored
 *   save  a checkpoint is on disk   done  training ended by itself
 *   restart  it did not go well, and begins again with a lower rate */
#ifndef LK_TRAIN_EVENT_H
#define LK_TRAIN_EVENT_H

#include "evaluate/score.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
	LK_EVENT_STEP,
	LK_EVENT_EVAL,
	LK_EVENT_SAVE,
	LK_EVENT_RESTART,
	LK_EVENT_DONE,
} lk_event_kind;

typedef struct {
	lk_event_kind kind;
	uint64_t step;         /* updates done */
	uint64_t tokens;       /* targets trained on */
	double elapsed_s;      /* of training, earlier sessions of the run included */
	/* restart */
	const char *reason;
	/* step; the rate of restart is the new peak */
	double loss;           /* mean NLL of the step's targets, dropout on */
	double learning_rate;
	double gradient_norm;  /* before clipping; L2 included */
	double tokens_per_s;
	/* eval */
	const char *file;      /* name of the validation text */
	size_t context;        /* windows of so many tokens, end to end */
	bool all_context;      /* no windows: each token has all that context */
	lk_score score;
	bool best;             /* lowest NLL per token so far */
	/* save */
	const char *checkpoint;
	/* eval, done */
	uint64_t best_step;    /* 0: none yet */
	double best_nll;       /* per token */
	bool stopped_early;    /* done */
} lk_event;

/* Other than LK_OK, with error filled in, ends the training. */
typedef lk_status lk_event_handler(void *context, const lk_event *event,
		lk_error *error);

/* As a line of a log or of --json: "event" first, what depends on time
 * ("tokens_per_s", "elapsed_s") last. A new reference; NULL when out of memory. */
json_t *lk_event_json(const lk_event *event);

#endif
