/* kernels/gemm.h
 * Matrix products, and the three of a linear layer y = x W^T + b:
 *
 *   forward          y  (R,N) = x  (R,C) W (N,C)^T [+ b] [+ residual]
 *   input gradient   dx (R,C) = dy (R,N) W (N,C)
 *   weight gradient  dW (N,C) = dy (R,N)^T x (R,C)     [added where accumulate]
 *
 * Row-major lk_real; ld counts elements between rows.
 *
 * A team function cuts its output into tiles whose boundaries depend on the
 * shapes alone; each tile is one single-threaded cblas_?gemm over the whole
 * inner dimension. So no sums race, and a tile has the same bits whichever
 * thread computes it. Bias and residual are added to a tile while it is in the
 * cache. These functions are the only ones that know of BLAS: what multiplies
 * faster, or narrower, would enter here.
 *
 * Errors: none (sizes asserted). Allocates nothing. All but lk_gemm are team
 * functions and end with a barrier. */
#ifndef LK_KERNELS_GEMM_H
#define LK_KERNELS_GEMM_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_gemm LK_VARIANT(gemm)
#define lk_linear_forward LK_VARIANT(linear_forward)
#define lk_linear_backward_input LK_VARIANT(linear_backward_input)
#define lk_linear_backward_weight LK_VARIANT(linear_backward_weight)

/* c (M,N) = beta c + a b on the calling thread; a is (M,K), or (K,M) where
 * transpose_a; b is (K,N), or (N,K) where transpose_b. */
void lk_gemm(lk_real *c, const lk_real *a, const lk_real *b, size_t M, size_t N,
		size_t K, size_t ld_c, size_t ld_a, size_t ld_b, bool transpose_a,
		bool transpose_b, lk_real beta);

/* bias (N) and residual (R,N), with ld_y, may be NULL; residual may be y. */
void lk_linear_forward(lk_real *y, const lk_real *x, const lk_real *w,
		const lk_real *bias, const lk_real *residual, size_t R, size_t N,
		size_t C, size_t ld_y);

void lk_linear_backward_input(lk_real *dx, const lk_real *dy, const lk_real *w,
		size_t R, size_t N, size_t C, size_t ld_dy);

void lk_linear_backward_weight(lk_real *dw, const lk_real *dy, const lk_real *x,
		size_t R, size_t N, size_t C, size_t ld_dy, bool accumulate);

#endif
