/* kernels/cross_entropy.h
 * Softmax and cross-entropy in one: the negative log-likelihood of targets
 *     nll[r] = log sum_v exp(logits[r][v]) - logits[r][target[r]]
 * in nats, and its gradient, where the backward pass begins:
 *     d[r][v] = scale (softmax(logits[r])[v] - [v == target[r]])
 * Row-major; R rows of V logits, ld >= V elements apart (columns from V on are
 * padding). A target of UINT32_MAX is ignored: nll 0, gradient 0. Where a logit
 * of a scored row is not finite, neither is its nll. Sums of exponentials run in
 * double, over blocks.
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_CROSS_ENTROPY_H
#define LK_KERNELS_CROSS_ENTROPY_H

#include "base/real.h"

#include <stddef.h>
#include <stdint.h>

#define lk_cross_entropy_forward LK_VARIANT(cross_entropy_forward)
#define lk_cross_entropy_forward_backward LK_VARIANT(cross_entropy_forward_backward)

void lk_cross_entropy_forward(double *nll, const lk_real *logits,
		const uint32_t *target, size_t R, size_t V, size_t ld);

/* logits become their gradient, 0 in the padding. */
void lk_cross_entropy_forward_backward(double *nll, lk_real *logits,
		const uint32_t *target, size_t R, size_t V, size_t ld,
		lk_real scale);

#endif
