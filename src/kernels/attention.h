/* kernels/attention.h
 * Causal scaled dot-product attention [Vaswani et al. 2017], with grouped
 * key/value heads [Ainslie et al. 2023, arXiv:2305.13245], in tiles with a
 * running softmax, so that memory is linear in the length [Milakov & Gimelshein
 * 2018, arXiv:1805.02867; Dao et al. 2022, arXiv:2205.14135]:
 *
 *   p[t][u] = softmax over u of scale q[t] . k[u],  first(t) <= u <= t
 *   out[t]  = sum over u of m[t][u] p[t][u] v[u]
 *
 * where m is the dropout mask (1 without dropout). The backward pass computes
 * p again from lse[t] = log sum over u of exp(scale q[t] . k[u]).
 *
 *   H query heads, K key/value heads (H a multiple of K; head h reads
 *   h / (H/K)), D channels of a head, B sequences
 *   Tq queries, Tk >= Tq keys of each sequence; query i stands at position
 *   Tk - Tq + i
 *   first (B, Tq) first visible key of each query, or NULL: 0
 *   lse (B, H, Tq)
 *
 * Errors: none (sizes asserted). Allocates nothing; needs about 550 KB of
 * stack, of which D channels touch 128 D + 6200 numbers. Team functions, ending
 * with a barrier. */
#ifndef LK_KERNELS_ATTENTION_H
#define LK_KERNELS_ATTENTION_H

#include "base/real.h"
#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>

enum { LK_ATTENTION_HEAD_MOST = 1024 }; /* greatest D */

/* Vectors of D channels, by sequence, head and position. */
typedef struct {
	lk_real *data;
	size_t sequence, head, position; /* elements from one to the next */
} lk_heads;

/* Dropout of attention probabilities; p == 0: none. */
typedef struct {
	double p;
	lk_rng rng;
	uint64_t step, sequence; /* as lk_dropout_scales */
	uint32_t site;
} lk_attention_dropout;

#define lk_attention_forward LK_VARIANT(attention_forward)
#define lk_attention_backward LK_VARIANT(attention_backward)

void lk_attention_forward(lk_heads out, lk_real *lse, lk_heads q, lk_heads k,
		lk_heads v, const uint32_t *first, size_t B, size_t Tq, size_t Tk,
		size_t H, size_t K, size_t D, lk_real scale,
		const lk_attention_dropout *dropout);

/* dq, dk, dv are written; T queries and keys. delta (B, H, T) is scratch. */
void lk_attention_backward(lk_heads dq, lk_heads dk, lk_heads dv, lk_real *delta,
		lk_heads dout, lk_heads out, const lk_real *lse, lk_heads q,
		lk_heads k, lk_heads v, const uint32_t *first, size_t B, size_t T,
		size_t H, size_t K, size_t D, lk_real scale,
		const lk_attention_dropout *dropout);

#endif
