/* kernels/headnorm.h
 * RMSNorm of every head by itself, with one gain for all: query-key
 * normalisation [Henry et al. 2020, arXiv:2010.04245; with RMSNorm as Qwen3].
 *     y[r][h][d] = gain[d] x[r][h][d] s[r][h]
 *     s[r][h] = 1/sqrt(mean_d x[r][h][d]^2 + eps)
 * R rows, H heads of D channels, which stand side by side at the beginning of
 * rows of ld elements: x[r*ld_x + h*D + d]. Outputs never alias inputs: x is
 * what backward needs.
 *   s (R,H) 1/rms: forward writes, backward reads
 *   gain dgain (D)
 *   eps > 0, units of x^2
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_HEADNORM_H
#define LK_KERNELS_HEADNORM_H

#include "base/real.h"
#include "kernels/partials.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_headnorm_forward LK_VARIANT(headnorm_forward)
#define lk_headnorm_backward LK_VARIANT(headnorm_backward)

void lk_headnorm_forward(lk_real *y, lk_real *s, const lk_real *x,
		const lk_real *gain, size_t R, size_t H, size_t D, size_t ld_y,
		size_t ld_x, lk_real eps);

/* dx is written; dx may be dy (with the same ld). partial: scratch of
 * LK_NORM_PARTIALS x D. */
void lk_headnorm_backward(lk_real *dx, lk_real *dgain, const lk_real *dy,
		const lk_real *x, const lk_real *gain, const lk_real *s, size_t R,
		size_t H, size_t D, size_t ld_dx, size_t ld_dy, size_t ld_x,
		bool accumulate, lk_real *partial);

#endif
