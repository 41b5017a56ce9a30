/* train/train.h
 * The training loop: steps, evaluation, early stopping, checkpoints.
 *
 * What a run does is a function of its configuration, its state and the numeric
 * path alone. Stopped anywhere and continued from the state that was saved last,
 * it ends with the same weights and the same log, times aside.
 *
 * It reports through events and never prints. */
#ifndef LK_TRAIN_TRAIN_H
#define LK_TRAIN_TRAIN_H

#include "formats/run_directory.h"
#include "optim/schedule.h"
#include "text/tokens.h"
#include "train/event.h"

#include <signal.h>

typedef struct {
	lk_schedule schedule; /* learning rate; schedule.steps: updates in all */
	size_t batch;         /* sequences of a micro-batch */
	size_t accumulate;    /* micro-batches of a step */
	uint64_t eval_every;  /* steps; 0: only after the last */
	uint64_t save_every;  /* steps; 0: only with evaluations */
	uint64_t patience;    /* evaluations without a new best; 0: no early stop */
	bool mask_documents;
	double bpe_dropout;   /* of the training text (text/subwords.h); 0: none */
	uint64_t recover;     /* times that a run which diverges or is stuck
				 (train/watch.h) is begun again; 0: it fails */
	double rate_excess;   /* peak rates over what is usual; 0: not known */
	uint64_t seed;        /* of the order of the text; dropout has the model's */
	int threads;
} lk_train_config;

/* Puts the weights in place that training begins with. */
typedef lk_status lk_renew(void *context, lk_model *model, lk_error *error);

/* What a loop works on; all owned by the caller. */
typedef struct {
	lk_model *model; /* reserved for (batch, context) with gradients */
	lk_optimizer *optimizer;
	const lk_tokenizer *tokenizer;
	const lk_tokens *training;
	const lk_tokens *validation;
	const char *training_name, *validation_name; /* in messages and events */
	lk_run *run;
	const volatile sig_atomic_t *stop; /* becomes a signal's number: finish the
					      step, save, return */
	lk_event_handler *handler;
	void *handler_context;
	lk_renew *renew; /* asked for where config->recover is not 0 */
	void *renew_context;
} lk_trainer;

/* The handler may change config->schedule, its steps to a number beyond those done.
 * What it changes when it hears of an evaluation, the checkpoint that follows goes by.
 *
 * Train from state (zeroed for a new run, else from lk_run_restore) to
 * config->schedule.steps updates, saving into the run: first of all, after every
 * evaluation, every save_every steps, when stopped, and at the end. The whole
 * validation stream is evaluated every eval_every steps and at the end, in
 * disjoint windows of the context's length.
 *
 * Returns LK_OK when done or stopped early for lack of progress; LK_STOPPED after
 * *stop, everything saved; LK_DIVERGED where a loss, gradient or weight is not
 * finite, which no checkpoint ever holds: the last one stays as it was. So it
 * does after any other failure. The step of a failure is never counted.
 *
 * With config->recover a run that diverges or is stuck is begun again instead: new
 * weights, moments zero, a lower rate, the schedule squeezed into the steps that are
 * left. Steps go on being counted, and the best checkpoint stays until a better one
 * comes. */
lk_status lk_train(const lk_trainer *trainer, const lk_train_config *config,
		lk_training_state *state, lk_error *error);

#endif
