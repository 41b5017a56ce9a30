/* kernels/mix.h
 * A learned mix of two streams, as of a layer's input and the embedding
 * [Jordan et al. 2024, modded-nanogpt]:
 *     y = mix[0] x + mix[1] x0
 *   y x x0 dx dx0 (R,C)   mix dmix (2)
 *
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending with
 * a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_MIX_H
#define LK_KERNELS_MIX_H

#include "base/real.h"
#include "kernels/partials.h"

#include <stdbool.h>
#include <stddef.h>

#define lk_mix_forward LK_VARIANT(mix_forward)
#define lk_mix_backward LK_VARIANT(mix_backward)

/* y may be x. */
void lk_mix_forward(lk_real *y, const lk_real *x, const lk_real *x0,
		const lk_real *mix, size_t R, size_t C);

/* dx, the gradient of y, becomes that of x; that of x0 is written, or with add
 * added to. partial: scratch of LK_NORM_PARTIALS x 2. */
void lk_mix_backward(lk_real *dx, lk_real *dx0, lk_real *dmix, const lk_real *x,
		const lk_real *x0, const lk_real *mix, size_t R, size_t C, bool add,
		bool accumulate, lk_real *partial);

#endif
