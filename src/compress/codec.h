/* compress/codec.h
 * A text as what it costs under a model: arithmetic coding of its tokens, each with
 * the distribution that the model gives given those before it.
 *
 * The tokens are cut into `streams` stretches of equal length (the first ones one
 * longer where it does not come out even), which a session reads side by side, each
 * as a document of its own; step t codes token t of every stretch, in order, into
 * one message. Encoder and decoder go through the same steps with the same shapes,
 * and so see the same bits. The work on a step's distributions is shared by threads;
 * the message does not depend on their number.
 *
 * That the text ends is not coded: its length is known. */
#ifndef LK_COMPRESS_CODEC_H
#define LK_COMPRESS_CODEC_H

#include "compress/range_coder.h"
#include "evaluate/predictor.h"
#include "text/tokenizer.h"

typedef struct {
	lk_session *session; /* fresh; used up */
	size_t vocabulary;   /* of the model */
	const lk_tokenizer *tokenizer;
	int threads;
	/* Told how many tokens are done; may be NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t tokens);
	void *context;
} lk_codec;

/* How many streams a text of so many tokens should be cut into: as many as a
 * processor is busy with, but few enough that their beginnings, which are predicted
 * from little, cost little. A function of the two numbers alone. most: refuse more,
 * for want of memory. */
size_t lk_codec_streams(uint64_t tokens, size_t most);

/* What a session of the codec begins with, as a number that is the same where the
 * model computes the same: a hash of bits of the first distribution. */
lk_status lk_codec_probe(uint64_t *probe, const lk_codec *codec, lk_error *error);

/* Code ids [count], count >= 1. *nll receives the sum of -ln p, nats. A token of
 * probability 0 is refused with LK_RANGE, naming its byte. The encoder must have
 * been begun and is to be ended by the caller. */
lk_status lk_codec_encode(lk_range_encoder *encoder, double *nll, const lk_codec *codec,
		const uint32_t *ids, size_t count, lk_error *error);

/* The text again: *text (malloc'd, *nbytes long), no more than `most`
 * bytes. Data that no encoder with this model wrote fail with LK_FORMAT, or give
 * another text: its length and hash must be checked. */
lk_status lk_codec_decode(unsigned char **text, size_t *nbytes, size_t most,
		const lk_codec *codec, lk_range_decoder *decoder, uint64_t count,
		lk_error *error);

#endif
