/* train/train.h
 * The training loop: batches, gradients, updates, evaluation, checkpoints.
 * It reports what happens through events and never prints. */
#ifndef LK_TRAIN_TRAIN_H
#define LK_TRAIN_TRAIN_H

#include "formats/run_directory.h"
#include "optim/schedule.h"
#include "text/tokens.h"

typedef struct {
	lk_optimizer_config optimizer;
	lk_schedule_kind schedule;
	double learning_rate, min_learning_rate;
	uint64_t warmup;     /* steps */
	double cooldown;     /* wsd: share of the steps */
	size_t batch;        /* sequences per micro-batch */
	size_t accumulate;   /* micro-batches per step */
	uint64_t steps;      /* updates in all */
	uint64_t eval_every; /* steps; 0: only at the end */
	uint64_t save_every; /* steps; 0: only with evaluations */
	uint64_t patience;   /* evaluations without a new best; 0: no early stop */
	bool mask_documents;
	uint64_t seed;
	int threads;
} lk_train_config;

typedef enum {
	LK_EVENT_STEP,
	LK_EVENT_EVAL,
	LK_EVENT_SAVE,
	LK_EVENT_DONE,
} lk_event_kind;

typedef struct {
	lk_event_kind kind;
	uint64_t step, tokens;
	double loss, learning_rate, gradient_norm; /* step */
	double tokens_per_s, elapsed_s;
	double nll, nll_per_token, perplexity, bits_per_byte; /* eval */
	double nll_with_ends;
	uint64_t eval_tokens, eval_nbytes;
	bool best;             /* eval: lowest validation loss so far */
	bool stopped_early;    /* done */
	uint64_t best_step;    /* done */
	double best_nll;       /* done: per token */
	const char *checkpoint; /* save, done */
} lk_event;

typedef void lk_event_handler(void *context, const lk_event *event);

/* What a loop works on; all owned by the caller. */
typedef struct {
	lk_model *model; /* reserved for (batch, context) with gradients */
	lk_optimizer *optimizer;
	const lk_tokenizer *tokenizer;
	const lk_tokens *training;
	const lk_tokens *validation;
	const char *corpus_name; /* for messages */
	lk_run *run;
	const volatile int *stop; /* becomes a signal's number: finish, save, stop */
	lk_event_handler *handler;
	void *handler_context;
} lk_trainer;

/* Train from state (zeroed for a new run) to config->steps, saving into the
 * run. Returns LK_OK when done or stopped early for lack of progress,
 * LK_STOPPED after *stop, LK_DIVERGED where a loss or gradient is not finite
 * (the last good checkpoint stays). */
lk_status lk_train(const lk_trainer *trainer, const lk_train_config *config,
		lk_training_state *state, lk_error *error);

#endif
