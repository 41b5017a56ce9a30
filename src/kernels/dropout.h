/* kernels/dropout.h
 * Inverted dropout [Srivastava et al. 2014]
 *     y = x scale,  scale = 0 with probability q, else 1/(1-q)
 * where q is p rounded to a multiple of 1/65536, so that the mean is exact.
 *
 * The scale of an element is a function of (rng, step, site, sequence,
 * element), so the backward pass computes it again instead of storing it, and
 * micro-batches and threads do not matter. Elements are numbered within a
 * sequence; 64 of them share eight Philox blocks, in an order that lets eight
 * lanes work side by side.
 *
 *   0 <= p < 1
 *   step      number of the update
 *   site      which dropout: layer*4 + which, < 65536
 *   sequence  global number of the sequence (dropout_forward: of the first one)
 *   element   < 2^51
 *
 * Errors: none (sizes asserted). Allocates nothing. Same bits for any thread
 * count. */
#ifndef LK_KERNELS_DROPOUT_H
#define LK_KERNELS_DROPOUT_H

#include "base/real.h"
#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>

#define lk_dropout_forward LK_VARIANT(dropout_forward)
#define lk_dropout_backward LK_VARIANT(dropout_backward)
#define lk_dropout_scales LK_VARIANT(dropout_scales)

/* x y (B,n): elements first .. first + n - 1 of each sequence. y may be x. Team
 * function, ends with a barrier. */
void lk_dropout_forward(lk_real *y, const lk_real *x, size_t B, size_t first,
		size_t n, double p, lk_rng rng, uint64_t step, uint32_t site,
		uint64_t sequence);

/* The same on gradients: dx = dy scale. dx may be dy. */
void lk_dropout_backward(lk_real *dx, const lk_real *dy, size_t B, size_t first,
		size_t n, double p, lk_rng rng, uint64_t step, uint32_t site,
		uint64_t sequence);

/* The scales of elements first .. first+count-1 of one sequence, on the calling
 * thread: for use inside another kernel's task. Cheapest where first and
 * first+count are multiples of 64. */
void lk_dropout_scales(lk_real *scale, size_t first, size_t count, double p,
		lk_rng rng, uint64_t step, uint32_t site, uint64_t sequence);

#endif
