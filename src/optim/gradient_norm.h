/* optim/gradient_norm.h
 * Sums of squares of the gradient, one in double per block:
 *     squares[i] = sum over block i of (g + l2 w)^2
 * l2 applies where the slot decays. Not finite where a gradient is not.
 * Team function, ends with a barrier. One function per build, lk_isa order. */
#ifndef LK_OPTIM_GRADIENT_NORM_H
#define LK_OPTIM_GRADIENT_NORM_H

#include "base/cpu.h"
#include "base/real.h"
#include "optim/blocks.h"

typedef void lk_gradient_squares_function(double *squares, const lk_slot *slots,
		const lk_block *blocks, size_t count, double l2);

#define lk_gradient_squares LK_VARIANT(gradient_squares)

#define X(name, suffix, text) \
	lk_gradient_squares_function LK_PASTE(gradient_squares, suffix);
LK_ISAS(X)
#undef X

#endif
