/* optim/adamw.h
 * One AdamW update in a single pass over memory; formulas in
 * optim/optimizer.h. Team function, ends with a barrier. One function per
 * build. */
#ifndef LK_OPTIM_ADAMW_H
#define LK_OPTIM_ADAMW_H

#include "base/cpu.h"
#include "base/real.h"
#include "optim/blocks.h"

/* What one step has in common for all elements. */
typedef struct {
	double beta1, beta2, epsilon;
	double scale;  /* of the gradient, by clipping */
	double l2;
	double decay;  /* rate weight_decay */
	double rate;   /* rate / (1 - beta1^t) */
	double root;   /* 1 / sqrt(1 - beta2^t) */
} lk_adamw_step;

typedef void lk_adamw_function(const lk_slot *slots, const lk_block *blocks,
		size_t count, const lk_adamw_step *step);

#define lk_adamw_update LK_VARIANT(adamw_update)

#define X(name, suffix, text) lk_adamw_function LK_PASTE(adamw_update, suffix);
LK_ISAS(X)
#undef X

#endif
