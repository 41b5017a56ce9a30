/* kernels/product.h
 * A matrix product on the calling thread: c (M,N) = [c +] a b.
 *
 * OpenBLAS packs both operands anew for every call, which costs a sixth of the
 * time at the sizes of a small model's layers. Here only a panel of b that fits
 * the first-level cache is packed (transposed in registers where b is stored
 * transposed), and a only where it is read across its rows
 * [Goto & van de Geijn 2008, ACM TOMS 34(3); Van Zee & van de Geijn 2015].
 * Written with the compiler's vector types: one source for every instruction
 * set and for double.
 *
 * Every element of c is a sum in the order of k, cut at places that depend on K
 * alone, so it has the same bits whatever M and N are and wherever it stands.
 *
 * Errors: none (sizes asserted). Needs some 300 KB of stack. */
#ifndef LK_KERNELS_PRODUCT_H
#define LK_KERNELS_PRODUCT_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_product LK_VARIANT(product)
#define lk_product_packed LK_VARIANT(product_packed)

#define lk_product_panels_count LK_VARIANT(product_panels_count)
#define lk_product_pack LK_VARIANT(product_pack)
#define lk_product_blocks_count LK_VARIANT(product_blocks_count)
#define lk_product_keep_a LK_VARIANT(product_keep_a)
#define lk_product_keep_b LK_VARIANT(product_keep_b)
#define lk_product_kept LK_VARIANT(product_kept)

/* Columns of c that one panel of b makes: products are best cut at multiples. */
#define lk_product_columns LK_VARIANT(product_columns)
extern const size_t lk_product_columns;
/* Rows of c that one block of a makes. */
#define lk_product_rows LK_VARIANT(product_rows)
extern const size_t lk_product_rows;

/* a is (M,K), or (K,M) where transpose_a; b is (K,N), or (N,K) where
 * transpose_b; row-major, ld elements between rows. */
void lk_product(lk_real *c, const lk_real *a, const lk_real *b, size_t M, size_t N,
		size_t K, size_t ld_c, size_t ld_a, size_t ld_b, bool transpose_a,
		bool transpose_b, bool add);

/* Where one b multiplies many a, it can be packed once: its panels have
 * lk_product_panels_count(K, N) elements, and lk_product_pack fills panels
 * first .. end - 1 of them, each lk_product_columns wide. */
size_t lk_product_panels_count(size_t K, size_t N);
void lk_product_pack(lk_real *panels, const lk_real *b, size_t N, size_t K,
		size_t ld_b, bool transpose_b, size_t first, size_t end);

/* As lk_product with a not transposed and b packed; columns n .. n + N - 1 of b,
 * n a multiple of lk_product_columns. */
void lk_product_packed(lk_real *c, const lk_real *a, const lk_real *panels,
		size_t n, size_t M, size_t N, size_t K, size_t ld_c, size_t ld_a,
		bool add);

/* Both operands of c (M,N) = [c +] a^T b may be packed as they come into being,
 * rows k .. k + count - 1 of a (K,M) and b (K,N) at a time. */
size_t lk_product_blocks_count(size_t K, size_t M); /* elements, of a */
void lk_product_keep_a(lk_real *blocks, const lk_real *a, size_t M, size_t K,
		size_t k, size_t count, size_t ld_a);
void lk_product_keep_b(lk_real *panels, const lk_real *b, size_t N, size_t K,
		size_t k, size_t count, size_t ld_b);

/* Rows m .. m + M - 1 and columns n .. n + N - 1 of that product; m and n are
 * multiples of lk_product_rows and lk_product_columns. */
void lk_product_kept(lk_real *c, const lk_real *blocks, const lk_real *panels,
		size_t m, size_t n, size_t M, size_t N, size_t K, size_t ld_c,
		bool add);

#endif
