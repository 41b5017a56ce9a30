/* kernels/partials.h
 * Sums over rows, such as the gradient of a bias or a gain: rows are cut into
 * at most LK_NORM_PARTIALS blocks whose boundaries depend on their number
 * alone, each block sums into its own row of `partial`, and those rows are
 * added in index order. The result is the same for any number of threads. */
#ifndef LK_KERNELS_PARTIALS_H
#define LK_KERNELS_PARTIALS_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

enum { LK_NORM_PARTIALS = 32, LK_NORM_PARTIAL_ROWS = 8 };

/* Blocks that R rows are cut into: at least 8 rows each where there are so many. */
static inline size_t lk_partials_count(size_t R)
{
	size_t blocks = (R + LK_NORM_PARTIAL_ROWS - 1) / LK_NORM_PARTIAL_ROWS;

	return blocks < LK_NORM_PARTIALS ? blocks : LK_NORM_PARTIALS;
}

/* First row of a block; that of block `blocks` is R. */
static inline size_t lk_partials_first(size_t block, size_t blocks, size_t R)
{
	return R / blocks * block + R % blocks * block / blocks;
}

#define lk_partials_combine LK_VARIANT(partials_combine)

/* sum (C) = [sum +] row 0 + row 1 + ... of `blocks` rows of partial, `ld`
 * elements apart. Team function, ends with a barrier. */
void lk_partials_combine(lk_real *sum, const lk_real *partial, size_t blocks,
		size_t C, size_t ld, bool accumulate);

#endif
