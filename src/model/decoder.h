/* model/decoder.h
 * Generation one token at a time: the keys and values of what came before are
 * kept (the KV cache), so that a token costs one row of work.
 *
 * Several streams go side by side, so that each weight that is read serves all of
 * them. Those that are not dropped always hold equally many tokens.
 *
 * What a stream gets depends on its own tokens, and on how many of them were fed at
 * a time, not on the number of threads, nor (in float) on how many streams there
 * are or what they hold: text drawn from one stream of many is bit for bit what it
 * would be alone. Tokens fed one by one or together differ by rounding. */
#ifndef LK_MODEL_DECODER_H
#define LK_MODEL_DECODER_H

#include "model/model.h"

typedef struct lk_decoder lk_decoder;

/* Room for `streams` streams of up to the model's context each. The model must
 * outlive it and must not be trained meanwhile; one that is frozen
 * (lk_model_freeze) decodes faster. */
lk_status lk_decoder_new(lk_decoder **decoder, lk_model *model, size_t streams,
		int threads, lk_error *error);
void lk_decoder_free(lk_decoder *decoder);

/* Tokens held by each stream, and how many fit (the context length). */
size_t lk_decoder_length(const lk_decoder *decoder);
size_t lk_decoder_capacity(const lk_decoder *decoder);

/* Append n tokens to every stream: ids (streams, n); length + n <= capacity.
 * Returns the logits that follow the last one, (streams, V), valid until the
 * next call. One token goes through for all streams together, several as matrix
 * products of one stream after another. Of streams that were dropped, ids are not
 * read and logits are old. Uses its own parallel region. */
const float *lk_decoder_feed(lk_decoder *decoder, const uint32_t *ids, size_t n);

/* The same n tokens, ids (n), for all streams, which hold the same so far: the
 * work is that of one stream. */
const float *lk_decoder_feed_same(lk_decoder *decoder, const uint32_t *ids, size_t n);

/* A stream has ended: it takes no more part. At least one must remain. */
void lk_decoder_drop(lk_decoder *decoder, size_t stream);

/* Forget all tokens: length becomes 0. What was dropped stays so. */
void lk_decoder_clear(lk_decoder *decoder);

#endif
