/* formats/run_directory.h
 * A run on disk (DESIGN.md section 7):
 *
 *   checkpoints/NAME/
 *     lock         held (flock) by the one process that writes
 *     log.jsonl    one JSON object per line, append-only
 *     run.json     format version, options, corpus hashes, versions, numeric path
 *     step-000500/ config.json model.safetensors tokenizer.json
 *                  tokenizer_config.json training/state.safetensors
 *     last -> step-000500      replaced atomically
 *     best -> step-000450      lowest validation loss so far
 *     ngram/       where n-grams of the same text did better: best points here
 *
 * A checkpoint is written into a temporary directory beside its final place;
 * files and directory are fsynced, the directory renamed, then the link
 * swapped by rename. Kept are `last`, the one before it, and `best` (weights
 * only once it is neither). Left-overs of an interrupted save are removed when
 * the run is opened. */
#ifndef LK_FORMATS_RUN_DIRECTORY_H
#define LK_FORMATS_RUN_DIRECTORY_H

#include "model/model.h"
#include "ngram/ngram.h"
#include "optim/optimizer.h"
#include "text/tokenizer.h"

#include <jansson.h>

typedef struct lk_run lk_run;

/* A free name for a run on this corpus below parent: "checkpoints/book", then
 * "checkpoints/book-2", ... from "data/book.txt". malloc'd. */
lk_status lk_run_new_name(char **path, const char *parent, const char *corpus_path,
		lk_error *error);

/* The newest run below parent (by run.json's modification time), malloc'd;
 * fails, naming parent, where there is none. */
lk_status lk_run_newest(char **path, const char *parent, lk_error *error);

bool lk_run_is_run(const char *path); /* holds a run.json */

/* Make path a run and lock it: write run.json, an empty log. A path that
 * already holds a run fails with LK_EXISTS, pointing at --resume; one that is
 * no empty directory fails too. */
lk_status lk_run_create(lk_run **run, const char *path, const json_t *description,
		lk_error *error);

/* Open a run to continue it: lock it, remove left-overs. *description is
 * run.json (a new reference). Fails where another process holds the lock. */
lk_status lk_run_open(lk_run **run, const char *path, json_t **description,
		lk_error *error);

/* Replace run.json (when a resumed run extends its steps). */
lk_status lk_run_describe(lk_run *run, const json_t *description, lk_error *error);

void lk_run_close(lk_run *run); /* unlocks; accepts NULL */

const char *lk_run_path(const lk_run *run);

/* Append one line to log.jsonl (object encoded compactly, reals with 17
 * significant digits, non-finite ones as the strings "inf", "-inf", "nan"). */
lk_status lk_run_log(lk_run *run, const json_t *object, lk_error *error);
uint64_t lk_run_log_nbytes(const lk_run *run);
/* Cut the log back to its first nbytes; fails where it is shorter. */
lk_status lk_run_log_cut(lk_run *run, uint64_t nbytes, lk_error *error);

/* What a checkpoint holds besides the model and the moments: everything that
 * makes a resumed run the unbroken one. */
typedef struct {
	uint64_t step;       /* updates done */
	uint64_t sequences;  /* training sequences consumed */
	uint64_t tokens;     /* targets trained on */
	uint64_t log_nbytes; /* length of log.jsonl at this point */
	uint64_t best_step;  /* 0: none yet */
	double best_nll;     /* validation NLL per token at best_step */
	uint64_t evals_since_best;
	uint64_t evaluated_step; /* of the last evaluation; 0: none yet */
	double elapsed_s;    /* wall-clock of training so far */
	/* train/watch.h */
	uint64_t begun;      /* step at which the weights were new */
	uint64_t restarts;   /* times that they were drawn anew */
	double rate_scale;   /* that learning rates were lowered by; 0: never */
	double loss_sum, loss_weight, loss_lowest; /* the loss, smoothed */
	char tokenizer_hash[33];
	char numeric_path[256];
} lk_training_state;

/* Save a checkpoint as step-%06llu, make it `last`, and `best` too where asked;
 * then prune. log.jsonl is fsynced first. On failure the checkpoints before are
 * intact and no temporary directory is left. */
lk_status lk_run_save(lk_run *run, const lk_model *model,
		const lk_tokenizer *tokenizer, const lk_optimizer *optimizer,
		const lk_training_state *state, bool best, lk_error *error);

/* Save an n-gram model (formats/ngram_directory.h), which is estimated in one step,
 * in the same way: as step-000001, `last` and `best`. */
lk_status lk_run_save_ngram(lk_run *run, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error);

/* Save an n-gram model beside what is being trained, as ngram, and make it `best`
 * until a checkpoint is saved that is better. */
lk_status lk_run_save_counted(lk_run *run, const lk_ngram *ngram,
		const lk_tokenizer *tokenizer, lk_error *error);

/* Restore `last`: weights into model, moments into optimizer, and the state.
 * Checksums recorded at saving are verified; a checkpoint that fails them, or
 * whose tensors do not fit, is refused by name. */
lk_status lk_run_restore(lk_run *run, lk_model *model, lk_optimizer *optimizer,
		lk_training_state *state, lk_error *error);

/* The directory that last or best points to, malloc'd; NULL where there is
 * none. */
char *lk_run_last(const lk_run *run);
char *lk_run_best(const lk_run *run);

#endif
