/* kernels/residual.h
 *     y = a + b
 * Elementwise on n elements. Errors: none. Allocates nothing. Team functions,
 * ending with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_RESIDUAL_H
#define LK_KERNELS_RESIDUAL_H

#include "base/real.h"

#include <stddef.h>

#define lk_residual_forward LK_VARIANT(residual_forward)
#define lk_residual_backward LK_VARIANT(residual_backward)

/* y may be a or b. */
void lk_residual_forward(lk_real *y, const lk_real *a, const lk_real *b, size_t n);

/* dx += dy: dy is the gradient of both summands; this adds it to what one of
 * them has already received. */
void lk_residual_backward(lk_real *dx, const lk_real *dy, size_t n);

#endif
