/* kernels/matvec.h
 * One row times a packed matrix: y (N) = x (C) W^T [+ b] [+ residual], where W^T
 * is in panels (kernels/product.h). A token that is decoded alone reads every
 * weight once and uses it once: memory decides how fast. Panels are read from
 * beginning to end, several at a time, ahead of their use.
 *
 * Every element has the bits that lk_product_packed gives it: one sum in the order
 * of k that begins with the residual; then the bias.
 *
 *   x (C), y (N); bias, residual (N) or NULL; residual may be y
 *   panels  lk_product_panels_count(C, N) elements
 *
 * Errors: none (sizes asserted). Allocates nothing. Team function, ends with a
 * barrier; bits do not depend on the number of threads. */
#ifndef LK_KERNELS_MATVEC_H
#define LK_KERNELS_MATVEC_H

#include "base/real.h"

#include <stddef.h>

#define lk_matvec LK_VARIANT(matvec)

void lk_matvec(lk_real *y, const lk_real *x, const lk_real *panels,
		const lk_real *bias, const lk_real *residual, size_t N, size_t C);

#endif
