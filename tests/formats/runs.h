/* tests/formats/runs.h
 * A small run: a model, its optimiser with moments that are not zero, and the
 * states that saving and restoring must keep. */
#ifndef LK_TESTS_FORMATS_RUNS_H
#define LK_TESTS_FORMATS_RUNS_H

#include "formats/run_directory.h"

typedef struct {
	lk_model *model;
	lk_tokenizer *tokenizer;
	lk_optimizer *optimizer;
	lk_training_state state;
} test_training;

/* At this step: every number follows from it. */
void test_training_new(test_training *t, uint64_t step);
void test_training_free(test_training *t);

/* Do they agree to the bit: weights, moments and state? */
bool test_training_same(const test_training *a, const test_training *b);

/* Save t into the run; fails the test where that fails. */
void test_save(lk_run *run, const test_training *t, bool best);

/* Restore `last` of the run, and say which step it is; fails the test unless it
 * is exactly what test_training_new makes of that step. */
uint64_t test_restore(lk_run *run);

/* A run "NAME" in the scratch directory. */
lk_run *test_run_new(const char *name);
lk_run *test_run_open(const char *path);

/* Number of entries of the run whose names begin with prefix. */
size_t test_run_count(const lk_run *run, const char *prefix);

#endif
