/* kernels/gelu.h
 * Gaussian error linear unit, tanh form [Hendrycks & Gimpel 2016,
 * arXiv:1606.08415]
 *     y = x/2 (1 + tanh u) = x / (1 + exp(-2u)),
 *     u = sqrt(2/pi) (x + 0.044715 x^3)
 * Elementwise on (R,C), row-major lk_real.
 * Errors: none. Allocates nothing. Team functions, ending with a barrier; same
 * bits for any thread count. */
#ifndef LK_KERNELS_GELU_H
#define LK_KERNELS_GELU_H

#include "base/real.h"

#include <stddef.h>

#define lk_gelu_forward LK_VARIANT(gelu_forward)
#define lk_gelu_backward LK_VARIANT(gelu_backward)

/* y may be x. */
void lk_gelu_forward(lk_real *y, const lk_real *x, size_t R, size_t C);

/* dx is written and may be dy. y, unless NULL, may be dy and receives the forward pass's output
 * again, so that nobody has to keep it. */
void lk_gelu_backward(lk_real *dx, lk_real *y, const lk_real *dy, const lk_real *x,
		size_t R, size_t C);

#endif
