/* kernels/layernorm.h
 * Layer normalisation [Ba, Kiros & Hinton 2016, arXiv:1607.06450]
 *     y[r][c] = gain[c] (x[r][c] - mean[r]) rstd[r] + bias[c]
 *     mean[r] = mean_c x[r][c],  rstd[r] = 1/sqrt(mean_c (x - mean)^2 + eps)
 * Row-major lk_real; R rows, C channels; outputs never alias inputs.
 *   y dy x dx (R,C)   gain bias dgain dbias (C)
 *   mean rstd (R): forward writes, backward reads
 *   eps > 0, units of x^2, usually 1e-5
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_LAYERNORM_H
#define LK_KERNELS_LAYERNORM_H

#include "base/real.h"
#include "kernels/partials.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_layernorm_forward LK_VARIANT(layernorm_forward)
#define lk_layernorm_again LK_VARIANT(layernorm_again)
#define lk_layernorm_backward LK_VARIANT(layernorm_backward)

/* bias may be NULL. */
void lk_layernorm_forward(lk_real *y, lk_real *mean, lk_real *rstd,
		const lk_real *x, const lk_real *gain, const lk_real *bias, size_t R,
		size_t C, lk_real eps);

/* The same y again, to the bit, from mean and rstd. */
void lk_layernorm_again(lk_real *y, const lk_real *x, const lk_real *gain,
		const lk_real *bias, const lk_real *mean, const lk_real *rstd,
		size_t R, size_t C);

/* dbias may be NULL. add: dx += instead of =, which joins the residual stream.
 * partial: scratch of LK_NORM_PARTIALS x 2 x C. */
void lk_layernorm_backward(lk_real *dx, lk_real *dgain, lk_real *dbias,
		const lk_real *dy, const lk_real *x, const lk_real *gain,
		const lk_real *mean, const lk_real *rstd, size_t R, size_t C,
		bool add, bool accumulate, lk_real *partial);

#endif
