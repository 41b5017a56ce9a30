/* optim/sgd.h
 * One SGD update, with momentum where slots have an m, in a single pass over
 * memory; formulas in optim/optimizer.h. Team function, ends with a barrier.
 * One function per build. */
#ifndef LK_OPTIM_SGD_H
#define LK_OPTIM_SGD_H

#include "base/cpu.h"
#include "base/real.h"
#include "optim/blocks.h"

/* What one step has in common for all elements. */
typedef struct {
	double momentum;
	bool nesterov;
	double scale;  /* of the gradient, by clipping */
	double l2;
	double decay;  /* rate weight_decay */
	double rate;
} lk_sgd_step;

typedef void lk_sgd_function(const lk_slot *slots, const lk_block *blocks,
		size_t count, const lk_sgd_step *step);

#define lk_sgd_update LK_VARIANT(sgd_update)

#define X(name, suffix, text) lk_sgd_function LK_PASTE(sgd_update, suffix);
LK_ISAS(X)
#undef X

#endif
