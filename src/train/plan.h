/* train/plan.h
 * How long a run is. Passes over the text and minutes are turned into a number of
 * steps before the first one, so that the learning rate follows a schedule that
 * is known, and a resumed run keeps it. */
#ifndef LK_TRAIN_PLAN_H
#define LK_TRAIN_PLAN_H

#include "train/train.h"

/* Seconds of one step, and of one evaluation of the validation text. */
typedef struct {
	double step_s, eval_s;
} lk_pace;

/* Measure for about so many seconds, on a new run's trainer (run, stop and handler
 * are not used). The weights do not change (the learning rate is 0) and the
 * optimiser's moments are zero afterwards: as if it had not happened. */
lk_status lk_pace_measure(lk_pace *pace, const lk_trainer *trainer,
		const lk_train_config *config, double seconds, lk_error *error);

/* Steps of so many sequences for `epochs` passes over `windows` sequences, at
 * least 1. */
uint64_t lk_plan_epochs(double epochs, uint64_t windows, uint64_t sequences);

/* Steps that fit into so many seconds together with the evaluations, of which one comes
 * after the last step, at least 1.
 * eval_every 0: evaluations as lk_plan_eval_every has them, but fewer where they
 * would take more than a twelfth of the time; *chosen is then their cadence. */
uint64_t lk_plan_seconds(uint64_t *chosen, double seconds, const lk_pace *pace,
		uint64_t eval_every);

/* The usual cadence: 20 evaluations in all. */
uint64_t lk_plan_eval_every(uint64_t steps);

/* The usual warm-up: a tenth of the steps, a fiftieth with Muon, at most 100. */
uint64_t lk_plan_warmup(uint64_t steps, bool muon);

#endif
