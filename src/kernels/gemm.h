/* kernels/gemm.h
 * Matrix products, and the three of a linear layer y = x W^T + b:
 *
 *   forward          y  (R,N) = x  (R,C) W (N,C)^T [+ b] [+ residual]
 *   input gradient   dx (R,C) = dy (R,N) W (N,C)
 *   weight gradient  dW (N,C) = dy (R,N)^T x (R,C)     [added where accumulate]
 *
 * Row-major lk_real; ld counts elements between rows.
 *
 * A team function cuts its output into tiles, each of which one thread computes
 * over the whole inner dimension, so no sums race. Float products are ours
 * (product.h): an element has the same bits however the output is cut. Those
 * in double are BLAS's, on tiles whose boundaries depend on the shapes alone.
 * Bias and residual are added to a tile while it is in the cache. These
 * functions are the only ones that know who multiplies: what multiplies faster,
 * or narrower, would enter here.
 *
 * Errors: none (sizes asserted). Allocates nothing. Team functions; all but
 * lk_matrix_pack end with a barrier. */
#ifndef LK_KERNELS_GEMM_H
#define LK_KERNELS_GEMM_H

#include "base/arena.h"
#include "base/real.h"
#include "kernels/quantized.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_multiply LK_VARIANT(multiply)
#define lk_linear_forward LK_VARIANT(linear_forward)
#define lk_linear_backward_input LK_VARIANT(linear_backward_input)
#define lk_linear_backward_weight LK_VARIANT(linear_backward_weight)
#define lk_kept_bind LK_VARIANT(kept_bind)
#define lk_keep_dy LK_VARIANT(keep_dy)
#define lk_keep_x LK_VARIANT(keep_x)
#define lk_kept_gradients LK_VARIANT(kept_gradients)
#define lk_matrix_bind_panels LK_VARIANT(matrix_bind_panels)
#define lk_matrix_bind_forward LK_VARIANT(matrix_bind_forward)
#define lk_matrix_pack LK_VARIANT(matrix_pack)
#define lk_matrix_forward LK_VARIANT(matrix_forward)
#define lk_matrix_forward_apart LK_VARIANT(matrix_forward_apart)
#define lk_matrix_backward_input LK_VARIANT(matrix_backward_input)

/* c (M,N) = [c +] a b on the calling thread, as lk_product has it. */
void lk_multiply(lk_real *c, const lk_real *a, const lk_real *b, size_t M, size_t N,
		size_t K, size_t ld_c, size_t ld_a, size_t ld_b, bool transpose_a,
		bool transpose_b, bool add);

/* bias (N) and residual (R,N), with ld_y, may be NULL; residual may be y. */
void lk_linear_forward(lk_real *y, const lk_real *x, const lk_real *w,
		const lk_real *bias, const lk_real *residual, size_t R, size_t N,
		size_t C, size_t ld_y);

void lk_linear_backward_input(lk_real *dx, const lk_real *dy, const lk_real *w,
		size_t R, size_t N, size_t C, size_t ld_dy);

void lk_linear_backward_weight(lk_real *dw, const lk_real *dy, const lk_real *x,
		size_t R, size_t N, size_t C, size_t ld_dy, bool accumulate);

/* Both sides of a weight gradient as the slabs of a step leave them behind: dy
 * (R,N) and x (R,C), kept in the order in which the product reads them. */
typedef struct {
	lk_real *dy, *x; /* memory, lk_kept_bind */
	size_t N, C;
} lk_kept;

/* Take the memory for at most R rows. */
void lk_kept_bind(lk_kept *kept, lk_arena *arena, size_t R, size_t N, size_t C);

/* Keep rows row .. row + count - 1 of R. Team functions. */
void lk_keep_dy(const lk_kept *kept, const lk_real *dy, size_t row, size_t count,
		size_t R);
void lk_keep_x(const lk_kept *kept, const lk_real *x, size_t row, size_t count,
		size_t R);

/* dw[i] (N,C) = [dw[i] +] dy^T x for several at once, at most LK_KEPT_MOST: their
 * tiles are shared out together, so that no core waits for the last tile of
 * each. */
enum { LK_KEPT_MOST = 8 };
void lk_kept_gradients(lk_real *const *dw, const lk_kept *kept, size_t count,
		size_t R, bool accumulate);

/* A weight that multiplies many small groups of rows before it changes: its
 * panels may be packed once for all of them. */
typedef struct {
	const lk_real *w;  /* (N,C) */
	size_t N, C;
	lk_real *forward;  /* panels of W^T, or NULL */
	lk_real *backward; /* panels of W, or NULL */
	lk_quantized narrow; /* W in 8 bits: then forward products use it alone */
} lk_matrix;

/* W as it is. */
static inline lk_matrix lk_matrix_of(const lk_real *w, size_t N, size_t C)
{
	return (lk_matrix){ .w = w, .N = N, .C = C };
}

/* Point the panels at memory of the arena (base/arena.h: measured first), unless
 * nothing would read them (double). */
void lk_matrix_bind_panels(lk_matrix *matrix, lk_arena *arena);

/* Only what the forward product reads: panels, or W in 8 bits. */
void lk_matrix_bind_forward(lk_matrix *matrix, lk_arena *arena, bool narrow);

/* Fill the panels and what is in 8 bits, where there is any, from w. Ends without a
 * barrier. */
void lk_matrix_pack(const lk_matrix *matrix);

/* As lk_linear_forward and lk_linear_backward_input, rows without padding. */
void lk_matrix_forward(lk_real *y, const lk_real *x, const lk_matrix *matrix,
		const lk_real *bias, const lk_real *residual, size_t R);
/* Rows of y are ld_y apart. */
void lk_matrix_forward_apart(lk_real *y, const lk_real *x, const lk_matrix *matrix,
		size_t R, size_t ld_y);
void lk_matrix_backward_input(lk_real *dx, const lk_real *dy,
		const lk_matrix *matrix, size_t R);

#endif
