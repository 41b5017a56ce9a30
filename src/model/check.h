/* model/check.h
 * Are the gradients right? Backpropagation against finite differences of the
 * whole model, in double.
 *
 * For each parameter tensor: the derivative of the mean NLL along one random
 * direction through all its elements, and along `samples` single elements (the
 * one of largest gradient first, the others drawn), by the five-point central
 * difference
 *     (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / (12 h),   error O(h^4). */
#ifndef LK_MODEL_CHECK_H
#define LK_MODEL_CHECK_H

#include "model/model.h"

typedef struct {
	double worst;     /* largest relative error of this tensor:
			     |backprop - difference| over the larger of the two, of
			     the tensor's root mean square gradient, and of 1e-6 */
	double norm;      /* of the tensor's gradient */
	size_t checked;   /* derivatives compared */
} lk_gradient_check;

/* Called after each tensor; may be NULL. */
typedef void lk_check_progress(void *context, size_t tensor,
		const lk_gradient_check *check);

/* Check every tensor of a double model reserved for the batch with gradients;
 * check[] has one entry for each. With dropout the masks of the batch's step
 * are held fixed. Parameters are as before afterwards; the gradients are those
 * of the mean NLL. Uses its own parallel regions of `threads`. */
lk_status lk_check_gradients(lk_gradient_check *check, lk_model *model,
		const lk_batch *batch, size_t samples, uint64_t seed, int threads,
		lk_check_progress *progress, void *context, lk_error *error);

/* Gradient of the mean NLL into the model's gradients, and that mean; of any
 * build. Uses its own parallel region. */
double lk_check_backward(lk_model *model, const lk_batch *batch, int threads);

#endif
