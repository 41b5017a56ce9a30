/* formats/run_internal.h
 * What the files of the run directory share; formats/run_directory.h is the
 * interface. */
#ifndef LK_FORMATS_RUN_INTERNAL_H
#define LK_FORMATS_RUN_INTERNAL_H

#include "formats/run_directory.h"

struct lk_run {
	char *path;
	int lock;            /* descriptor that holds the flock */
	int log;             /* log.jsonl, for appending */
	uint64_t log_nbytes; /* of whole lines */
};

/* Names of what is being written or removed begin with this; base/file.h's
 * temporary files do too. The holder of the lock may remove all of them. */
#define LK_RUN_TEMPORARY ".likely-"

/* A step directory on its way out, while another takes its name; "STEP" follows. */
#define LK_RUN_ASIDE LK_RUN_TEMPORARY "aside-"

/* The name of an n-gram model beside the checkpoints. */
#define LK_RUN_COUNTED "ngram"

/* step-000500 -> 500; false for other names. */
bool lk_run_step_of(const char *name, uint64_t *step);

/* Finish or undo what an interrupted save left. */
lk_status lk_run_clean(const lk_run *run, lk_error *error);

/* Remove the checkpoints that need not be kept. What cannot be removed now is
 * tried again by the next save. */
void lk_run_prune(const lk_run *run);

/* Where the link `name` in the run points: the name of a directory in the run,
 * malloc'd; NULL where there is no such link. */
char *lk_run_link(const lk_run *run, const char *name);

#endif
