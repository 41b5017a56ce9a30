/* kernels/tile.h
 * Products of small matrices that stay in the cache: the inner loops of
 * attention. BLAS packs its operands anew for every call, which costs more
 * than these products themselves.
 *
 *   lk_tile_multiply   c (M,N) = [c +] a (M,K) b (K,N)
 *
 * c and b have unit column stride; a is read by two strides, so that a
 * transposed operand needs no copy. Written with the compiler's vector types:
 * one source for every instruction set and for double. Each element of c is
 * one chain of multiply-adds in order of k, whatever the blocking, except that
 * the sum starts from c when adding. Runs on the calling thread. */
#ifndef LK_KERNELS_TILE_H
#define LK_KERNELS_TILE_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_tile_multiply LK_VARIANT(tile_multiply)

void lk_tile_multiply(lk_real *c, size_t ld_c, const lk_real *a,
		size_t row_stride_a, size_t column_stride_a, const lk_real *b,
		size_t ld_b, size_t M, size_t N, size_t K, bool add);

#endif
