/* model/decoder.h
 * Generation one token at a time: the keys and values of what came before are
 * kept (the KV cache), so that a token costs one row of work.
 *
 * Several streams go side by side and always hold equally many tokens. */
#ifndef LK_MODEL_DECODER_H
#define LK_MODEL_DECODER_H

#include "model/model.h"

typedef struct lk_decoder lk_decoder;

/* Room for `streams` streams of up to the model's context each. The model must
 * outlive it and must not be trained meanwhile. */
lk_status lk_decoder_new(lk_decoder **decoder, lk_model *model, size_t streams,
		int threads, lk_error *error);
void lk_decoder_free(lk_decoder *decoder);

/* Tokens held by each stream, and how many fit (the context length). */
size_t lk_decoder_length(const lk_decoder *decoder);
size_t lk_decoder_capacity(const lk_decoder *decoder);

/* Append n tokens to every stream: ids (streams, n); length + n <= capacity.
 * Returns the logits that follow the last one, (streams, V), valid until the
 * next call. A long n is processed as matrix products. Uses its own parallel
 * region. */
const float *lk_decoder_feed(lk_decoder *decoder, const uint32_t *ids, size_t n);

/* Forget everything: length becomes 0. */
void lk_decoder_clear(lk_decoder *decoder);

#endif
