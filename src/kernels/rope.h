/* kernels/rope.h
 * Rotary position embedding [Su et al. 2021, arXiv:2104.09864]: channels i and
 * i + D/2 of a head are a point in the plane, turned by an angle that grows
 * with the position t,
 *     angle[t][i] = t base^(-2i/D),  i < D/2
 * Halves are paired, not neighbours, as in Hugging Face's Llama.
 *   x (B,T) rows of ld elements, H heads of D channels at the beginning of each
 *   cosine sine (positions, D/2)
 *   D even; first: position of row 0 of every sequence
 * Errors: none (sizes asserted). Allocates nothing. Same bits for any thread
 * count. */
#ifndef LK_KERNELS_ROPE_H
#define LK_KERNELS_ROPE_H

#include "base/real.h"

#include <stddef.h>

#define lk_rope_tables LK_VARIANT(rope_tables)
#define lk_rope_forward LK_VARIANT(rope_forward)
#define lk_rope_backward LK_VARIANT(rope_backward)

/* Tables for positions 0 .. T-1. Frequencies and angles are rounded to float
 * in every build, as in the programs that trained published models: at position
 * 1000 that moves an angle by up to 3e-5. By one thread. */
void lk_rope_tables(lk_real *cosine, lk_real *sine, size_t T, size_t D, double base);

/* In place. Team function, ends with a barrier. */
void lk_rope_forward(lk_real *x, const lk_real *cosine, const lk_real *sine,
		size_t B, size_t T, size_t H, size_t D, size_t ld, size_t first);

/* dx holds the gradient of the turned x and receives that of x: turns back. */
void lk_rope_backward(lk_real *dx, const lk_real *cosine, const lk_real *sine,
		size_t B, size_t T, size_t H, size_t D, size_t ld, size_t first);

#endif
