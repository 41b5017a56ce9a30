/* tests/train/sessions.h
 * A training so small that a test can run it hundreds of times: sessions on one
 * run, each with a model, an optimiser and a state of its own, as separate
 * processes would have them. */
#ifndef LK_TESTS_TRAIN_SESSIONS_H
#define LK_TESTS_TRAIN_SESSIONS_H

#include "train/step.h"

typedef struct {
	lk_model_config model;
	lk_optimizer_config optimizer;
	lk_train_config train;
} session_config;

/* 16 steps over a text of two documents: dropout, warm-up, accumulation, more
 * than one epoch, evaluations and saves that do not coincide. */
session_config session_config_default(void);

typedef struct {
	session_config config;
	lk_isa isa;
	lk_model *model;
	lk_optimizer *optimizer;
	lk_tokenizer *tokenizer;
	lk_tokens *training, *validation;
	lk_training_state state;
	lk_run *run;
	lk_trainer trainer;
	/* what happens: a stop after step stop_at, or a failure after fail_at
	 * (SIZE_MAX: none) */
	volatile sig_atomic_t stop;
	size_t stop_at, fail_at;
	size_t saves, evaluations, steps, restarts; /* events seen */
	bool any_rate; /* rates are not those of the schedule */
	lk_event done;
} session;

/* Everything but the run, new: weights drawn, state zero. */
void session_new(session *s, const session_config *config);
void session_free(session *s);

/* Create the run (in the test's scratch directory), or open and restore it. */
void session_create(session *s, const char *name);
void session_resume(session *s, const char *name);

/* Remove a run. */
void session_remove(const char *name);

lk_status session_train(session *s, lk_error *error);

/* All that a run leaves, as one text: the log without its times, the weights, the
 * moments, the state without its times. malloc'd. */
char *session_trace(const session *s);

/* A whole run in one session; its trace. */
char *session_unbroken(const session_config *config, const char *name);

#endif
