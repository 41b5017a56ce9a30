/* kernels/relu2.h
 * Squared rectifier [So et al. 2021, arXiv:2109.08668]
 *     y = max(0, x)^2
 * Elementwise on (R,C), row-major lk_real. NaN stays NaN.
 * Errors: none. Allocates nothing. Team functions, ending with a barrier; same
 * bits for any thread count. */
#ifndef LK_KERNELS_RELU2_H
#define LK_KERNELS_RELU2_H

#include "base/real.h"

#include <stddef.h>

#define lk_relu2_forward LK_VARIANT(relu2_forward)
#define lk_relu2_backward LK_VARIANT(relu2_backward)

/* y may be x. */
void lk_relu2_forward(lk_real *y, const lk_real *x, size_t R, size_t C);

/* dx is written and may be dy. y, unless NULL, may be dy and receives the forward pass's output
 * again. */
void lk_relu2_backward(lk_real *dx, lk_real *y, const lk_real *dy,
		const lk_real *x, size_t R, size_t C);

#endif
