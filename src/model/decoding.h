/* model/decoding.h
 * The numeric side of a decoder: the cache of keys and values, and the
 * activations of what goes through at once. */
#ifndef LK_MODEL_DECODING_H
#define LK_MODEL_DECODING_H

#include "model/network.h"

typedef struct {
	lk_real *keys, *values;     /* (L, streams, K, capacity, D) */
	lk_layer_activations layer; /* of most rows at once, shared by layers */
	lk_real *cosine, *sine;     /* (capacity, D/2) */
	lk_real *score;             /* (streams, H, ld_score): of single tokens */
	size_t ld_score;
	lk_real *embedded, *mean0, *rstd0; /* of the piece, before its norm */
	lk_real *last, *mean, *rstd, *h; /* (streams, C): the last rows */
	lk_real *logits;            /* (streams, V) */
} lk_decoding;

#define lk_decoding_bind LK_VARIANT(decoding_bind)
#define lk_decoding_feed LK_VARIANT(decoding_feed)
#define lk_decoding_share LK_VARIANT(decoding_share)

void lk_decoding_bind(lk_decoder *decoder, lk_arena *arena);

/* Team. Appends the ids (B, n) to the streams of the piece; where logits are wanted,
 * leaves those after the last one in decoder->logits. B = 1 or n = 1. */
void lk_decoding_feed(lk_decoder *decoder, const uint32_t *ids, lk_piece piece);

/* Team. What the first live stream holds, n tokens more than the decoder's length,
 * and its logits, become those of all live streams. */
void lk_decoding_share(lk_decoder *decoder, size_t n);

#endif
