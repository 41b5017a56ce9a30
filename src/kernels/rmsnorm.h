/* kernels/rmsnorm.h
 * RMSNorm [Zhang & Sennrich 2019, arXiv:1910.07467; eps added]
 *     y[r][c] = gain[c] x[r][c] s[r],  s[r] = 1/sqrt(mean_c x[r][c]^2 + eps)
 * Row-major lk_real; R rows, C channels; outputs never alias inputs.
 *   y dy x dx (R,C)   gain dgain (C)
 *   s (R) 1/rms: forward writes, backward reads
 *   eps > 0, units of x^2, usually 1e-5
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_RMSNORM_H
#define LK_KERNELS_RMSNORM_H

#include "base/real.h"
#include "kernels/partials.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_rmsnorm_forward LK_VARIANT(rmsnorm_forward)
#define lk_rmsnorm_again LK_VARIANT(rmsnorm_again)
#define lk_rmsnorm_backward LK_VARIANT(rmsnorm_backward)

void lk_rmsnorm_forward(lk_real *y, lk_real *s, const lk_real *x,
		const lk_real *gain, size_t R, size_t C, lk_real eps);

/* The same y again, to the bit, from s. */
void lk_rmsnorm_again(lk_real *y, const lk_real *x, const lk_real *gain,
		const lk_real *s, size_t R, size_t C);

/* add: dx += instead of =, which joins the residual stream.
 * partial: scratch of LK_NORM_PARTIALS x C. */
void lk_rmsnorm_backward(lk_real *dx, lk_real *dgain, const lk_real *dy,
		const lk_real *x, const lk_real *gain, const lk_real *s, size_t R,
		size_t C, bool add, bool accumulate, lk_real *partial);

#endif
