/* kernels/embedding.h
 * Token embedding, with learned positions [Vaswani et al. 2017] where there
 * are any:
 *     y[b][t][c] = token[ids[b][t]][c] [+ position[t][c]]
 * Row-major lk_real; outputs never alias inputs.
 *   y dy (B,T,C)   ids (B,T), each < V
 *   token dtoken (V,C)   position dposition (P,C), P >= T
 * Errors: none (sizes asserted). Allocates nothing. Team functions, ending
 * with a barrier; same bits for any thread count. */
#ifndef LK_KERNELS_EMBEDDING_H
#define LK_KERNELS_EMBEDDING_H

#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define lk_embedding_forward LK_VARIANT(embedding_forward)
#define lk_embedding_backward_token LK_VARIANT(embedding_backward_token)
#define lk_embedding_backward_position LK_VARIANT(embedding_backward_position)

/* position may be NULL. */
void lk_embedding_forward(lk_real *y, const uint32_t *ids, const lk_real *token,
		const lk_real *position, size_t B, size_t T, size_t C);

/* The gradients are apart because with a tied head dtoken already holds the
 * head's gradient: it is accumulated where dposition may have to be written.
 * Accumulating touches only the rows that occur; writing sets all V rows. */
void lk_embedding_backward_token(lk_real *dtoken, const lk_real *dy,
		const uint32_t *ids, size_t B, size_t T, size_t V, size_t C,
		bool accumulate);

/* P rows in the table; those from T on receive nothing (0 where written). */
void lk_embedding_backward_position(lk_real *dposition, const lk_real *dy,
		size_t B, size_t T, size_t P, size_t C, bool accumulate);

#endif
