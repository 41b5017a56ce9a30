/* train/watch.h
 * Does a run get anywhere? A rate of learning that is too high shows in the loss
 * long before it shows in numbers that are not finite:
 *
 *   diverging  the loss, smoothed, has risen from its lowest (the first step's counts)
 *              by half of what lay between that and knowing nothing (log V), half a
 *              nat at least
 *   stuck      after a twentieth of the run (200 steps, 200,000 tokens, 40 V tokens
 *              at least) the loss is still that of a model which knows how frequent
 *              tokens are, while counting pairs of them shows that there is more to
 *              learn. Not asked of rates that are well below what is usual: those
 *              are slow.
 *
 * What it remembers is in the training state, so that a run that was interrupted is
 * judged as an unbroken one is. */
#ifndef LK_TRAIN_WATCH_H
#define LK_TRAIN_WATCH_H

#include "train/train.h"

/* Hear of a step (state->step counts it already) of `tokens` targets with this loss.
 * LK_DIVERGED says what is wrong; other failures are those of counting. */
lk_status lk_watch_step(const lk_trainer *trainer, const lk_train_config *config,
		lk_training_state *state, uint64_t tokens, double loss,
		lk_error *error);

/* The weights are new from here on, and the rates lower than before. */
void lk_watch_begin_again(const lk_train_config *config, lk_training_state *state);

/* The learning rate of the step to come: the schedule's over the steps since the
 * weights were new, times what it has been lowered by. */
double lk_watch_rate(const lk_train_config *config, const lk_training_state *state);

#endif
