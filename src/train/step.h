/* train/step.h
 * One step of training: the gradient of the mean NLL over all targets of all its
 * micro-batches, then one update.
 *
 * A micro-batch's gradient is that of its sum of NLLs, scaled by one over the
 * number of targets of the whole step, and added to that of those before: so
 * accumulation is a mean over tokens, not a mean of means, and the gradient that
 * of one large batch.
 *
 * A step is one parallel region. */
#ifndef LK_TRAIN_STEP_H
#define LK_TRAIN_STEP_H

#include "train/train.h"

typedef struct lk_stepper lk_stepper;

/* Of a trainer, its model, optimizer and training stream are used, and must
 * outlive the stepper. Fails where the stream is shorter than a window. */
lk_status lk_stepper_new(lk_stepper **stepper, const lk_trainer *trainer,
		const lk_train_config *config, lk_error *error);
void lk_stepper_free(lk_stepper *stepper); /* accepts NULL */

/* Sequences and targets of a step. */
uint64_t lk_stepper_sequences(const lk_stepper *stepper);
uint64_t lk_stepper_targets(const lk_stepper *stepper);

/* Step number `step` (from 0), on the sequences from number `sequence` on; weights
 * and moments were new at step `begun`. Where
 * loss or gradient is not finite nothing is updated, and the failure names step
 * (from 1) and tensor. */
lk_status lk_stepper_run(lk_stepper *stepper, uint64_t step, uint64_t begun,
		uint64_t sequence, double learning_rate, lk_error *error);

/* Mean NLL of the last step's targets. */
double lk_stepper_loss(const lk_stepper *stepper);

#endif
