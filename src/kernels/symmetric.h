/* kernels/symmetric.h
 * Products that are known to be symmetric: c (N,N) = a b, where b is the
 * transpose of a, or both are symmetric and commute. The part on and below the
 * diagonal is multiplied, and mirrored.
 *
 *   a (N,K), or (K,N) where transpose_a; b (K,N), or (N,K) where transpose_b;
 *   row-major without padding; c overlaps neither
 *
 * Team function, ends with a barrier. Errors: none (sizes asserted). Allocates
 * nothing. */
#ifndef LK_KERNELS_SYMMETRIC_H
#define LK_KERNELS_SYMMETRIC_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_symmetric_product LK_VARIANT(symmetric_product)

void lk_symmetric_product(lk_real *c, const lk_real *a, const lk_real *b, size_t N,
		size_t K, bool transpose_a, bool transpose_b);

#endif
