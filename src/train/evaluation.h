/* train/evaluation.h
 * The validation text, scored while training goes on: a predictor that lets go
 * when it is told to stop. */
#ifndef LK_TRAIN_EVALUATION_H
#define LK_TRAIN_EVALUATION_H

#include "evaluate/score.h"

#include <signal.h>

/* Score a whole stream, as lk_score_tokens does. Once *stop is not 0 it ends with
 * LK_STOPPED before the next windows; stop may be NULL. */
lk_status lk_evaluation_run(lk_score *score, lk_predictor *predictor,
		const lk_tokens *tokens, const volatile sig_atomic_t *stop,
		lk_error *error);

#endif
