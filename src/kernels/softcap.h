/* kernels/softcap.h
 * Logits that cannot leave (-cap, cap) [Bello et al. 2017, arXiv:1611.09940;
 * Gemma Team 2024, arXiv:2408.00118]:
 *     z <- cap tanh(z / cap),  slope = dz'/dz = 1 - tanh(z / cap)^2
 * In place; R rows of V logits, ld elements apart; cap > 0.
 *
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending with
 * a barrier. */
#ifndef LK_KERNELS_SOFTCAP_H
#define LK_KERNELS_SOFTCAP_H

#include "base/real.h"

#include <stddef.h>

#define lk_softcap_forward LK_VARIANT(softcap_forward)
#define lk_softcap_backward LK_VARIANT(softcap_backward)

/* slope (R rows of ld), unless NULL, is what backward needs. */
void lk_softcap_forward(lk_real *z, lk_real *slope, size_t R, size_t V, size_t ld,
		lk_real cap);

/* dz *= slope. */
void lk_softcap_backward(lk_real *dz, const lk_real *slope, size_t R, size_t V,
		size_t ld);

#endif
