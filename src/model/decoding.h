/* model/decoding.h
 * The numeric side of a decoder: the cache of keys and values, and the
 * activations of one piece of tokens. */
#ifndef LK_MODEL_DECODING_H
#define LK_MODEL_DECODING_H

#include "model/network.h"

typedef struct {
	lk_real *keys, *values;     /* (L, streams, K, capacity, D) */
	lk_layer_activations layer; /* of streams x piece rows, shared by layers */
	lk_real *cosine, *sine;     /* (capacity, D/2) */
	lk_real *last, *mean, *rstd, *h; /* (streams, C): the last rows */
	lk_real *logits;            /* (streams, V) */
} lk_decoding;

#define lk_decoding_bind LK_VARIANT(decoding_bind)
#define lk_decoding_feed LK_VARIANT(decoding_feed)

void lk_decoding_bind(lk_decoder *decoder, lk_arena *arena);

/* Team. Appends n ids to each stream and leaves logits in decoder->logits. */
void lk_decoding_feed(lk_decoder *decoder, const uint32_t *ids, size_t n);

#endif
