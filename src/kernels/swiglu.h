/* kernels/swiglu.h
 * Gated linear unit with SiLU [Shazeer 2020, arXiv:2002.05202]
 *     y[r][h] = silu(gate[r][h]) up[r][h],  silu(z) = z / (1 + exp(-z))
 * where row r of x is gate (H), then up (H). Row-major lk_real; outputs never
 * alias inputs.
 *   y dy (R,H)   x dx (R,2H)
 * Errors: none. Allocates nothing. Team functions, ending with a barrier; same
 * bits for any thread count. */
#ifndef LK_KERNELS_SWIGLU_H
#define LK_KERNELS_SWIGLU_H

#include "base/real.h"

#include <stddef.h>

#define lk_swiglu_forward LK_VARIANT(swiglu_forward)
#define lk_swiglu_backward LK_VARIANT(swiglu_backward)

void lk_swiglu_forward(lk_real *y, const lk_real *x, size_t R, size_t H);

/* dx is written. y, unless NULL, may be dy and receives the forward pass's output again. */
void lk_swiglu_backward(lk_real *dx, lk_real *y, const lk_real *dy,
		const lk_real *x, size_t R, size_t H);

#endif
