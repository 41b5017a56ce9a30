/* kernels/quantized.h
 * Matrices of 8-bit weights, for models that are only read from.
 *
 * Each row of W (N,C) is cut into blocks of LK_QUANTIZED_BLOCK weights, which share
 * a scale: w = scale q, q a whole number from -127 to 127, as GGML's Q8_0 has it. A
 * scale is the block's greatest magnitude over 127, rounded up to a number of 8 bits'
 * precision (the upper half of a float): 8.5 bits for a weight in all. Rows of x are
 * cut and rounded in the same way, on the fly, with scales in full precision, so that
 * a block's product is one of whole numbers and exact; the blocks' products are
 * scaled and added in order in lk_real.
 *
 * A weight is off by at most 0.504 of its scale (half a step, with a scale up to
 * 1/128 too large), an input by half of its own: y is off by at most
 *
 *     sum over blocks of  0.504 s_w |x|_1 + 0.5 s_x |w|_1 + 32 * 0.252 s_w s_x
 *
 * which for weights and inputs that look random is about 0.8 % of y's deviation.
 *
 * Bits depend on the numbers alone: not on R, nor on how the output is cut, nor on
 * the number of threads; and between instruction sets only as lk_real's own
 * additions do. Whole numbers are multiplied by AVX-512 VNNI where the processor has
 * it, by AVX2's maddubs, or by the compiler's vectors.
 *
 * What is not finite stays so: a block that holds NaN or infinity, in x or W, makes
 * NaN of all it touches.
 *
 * Errors: none (sizes asserted). Allocates nothing; needs some 100 KB of stack. */
#ifndef LK_KERNELS_QUANTIZED_H
#define LK_KERNELS_QUANTIZED_H

#include "base/arena.h"
#include "base/real.h"

#include <stddef.h>
#include <stdint.h>

/* PANEL rows of W stand side by side, so that a sum has a lane of its own. */
enum { LK_QUANTIZED_BLOCK = 32, LK_QUANTIZED_PANEL = 16 };

typedef struct {
	uint8_t *weight; /* q + 128: (panels, blocks, 8, PANEL, 4); NULL: none */
	uint16_t *scale; /* (panels, blocks, PANEL) */
	size_t N, C;
} lk_quantized;

#define lk_quantized_bind LK_VARIANT(quantized_bind)
#define lk_quantized_pack LK_VARIANT(quantized_pack)
#define lk_quantized_unpack LK_VARIANT(quantized_unpack)
#define lk_quantized_forward LK_VARIANT(quantized_forward)

/* Take memory for a matrix (N,C) (base/arena.h: measured first). */
void lk_quantized_bind(lk_quantized *q, lk_arena *arena, size_t N, size_t C);

/* Round w (N,C). Team function, ends without a barrier. */
void lk_quantized_pack(const lk_quantized *q, const lk_real *w);

/* The rounded matrix w (N,C). By one thread. */
void lk_quantized_unpack(lk_real *w, const lk_quantized *q);

/* y (R,N) = x (R,C) W^T [+ b] [+ residual], as kernels/gemm.h has it; rows of y and
 * residual are ld_y apart, bias and residual may be NULL, residual may be y. Team
 * function, ends with a barrier. */
void lk_quantized_forward(lk_real *y, const lk_real *x, const lk_quantized *q,
		const lk_real *bias, const lk_real *residual, size_t R, size_t ld_y);

#endif
