/* kernels/bias.h
 *     y[r][c] += bias[c]
 * Row-major lk_real; R rows, C channels; outputs never alias inputs.
 *   y dy (R,C)   bias dbias (C)
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_BIAS_H
#define LK_KERNELS_BIAS_H

#include "base/real.h"
#include "kernels/partials.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_bias_forward LK_VARIANT(bias_forward)
#define lk_bias_backward LK_VARIANT(bias_backward)

void lk_bias_forward(lk_real *y, const lk_real *bias, size_t R, size_t C);

/* The gradient of y is dy itself. partial: scratch of LK_NORM_PARTIALS x C. */
void lk_bias_backward(lk_real *dbias, const lk_real *dy, size_t R, size_t C,
		bool accumulate, lk_real *partial);

#endif
