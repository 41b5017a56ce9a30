/* kernels/attention_row.h
 * Attention of one query, as a token that is decoded needs it: all its scores,
 * their softmax, and the sum of values.
 *
 *   out[d] = sum over u < T of p[u] v[u][d],  p = softmax over u of scale q . k[u]
 *
 *   q out (D); k v (T, D), rows `stride` elements apart
 *   score  scratch of T elements, rounded up to LK_ATTENTION_ROW_UNIT
 *   next   the keys that come after these, (T, D) too: they are asked for while these
 *          are read; anything that is not there does no harm
 *
 * kernels/attention.h is for many queries. Errors: none (sizes asserted).
 * Allocates nothing. Runs on the calling thread. */
#ifndef LK_KERNELS_ATTENTION_ROW_H
#define LK_KERNELS_ATTENTION_ROW_H

#include "base/real.h"

#include <stddef.h>

enum { LK_ATTENTION_ROW_UNIT = 16 };

#define lk_attention_row LK_VARIANT(attention_row)

void lk_attention_row(lk_real *out, lk_real *score, const lk_real *q,
		const lk_real *k, const lk_real *v, const lk_real *next, size_t T,
		size_t D, size_t stride, lk_real scale);

#endif
