#include "compress/range_coder.h"

#include <assert.h>
#include <stdlib.h>

enum { WORD = 8 }; /* bytes of low and range */

static const uint64_t renormal = UINT64_C(1) << 56;

void lk_range_encoder_begin(lk_range_encoder *encoder)
{
	*encoder = (lk_range_encoder){ .range = UINT64_MAX };
}

void lk_range_encoder_free(lk_range_encoder *encoder)
{
	free(encoder->data);
	*encoder = (lk_range_encoder){ 0 };
}

static void put(lk_range_encoder *encoder, unsigned char byte)
{
	if (encoder->nbytes == encoder->capacity) {
		size_t capacity = encoder->capacity ? 2 * encoder->capacity : 4096;
		unsigned char *data =
				encoder->failed ? NULL
						: realloc(encoder->data, capacity);

		if (!data) {
			encoder->failed = true;
			return;
		}
		encoder->data = data;
		encoder->capacity = capacity;
	}
	encoder->data[encoder->nbytes++] = byte;
}

/* low has overflowed: one is added to what was written. There is a byte below 255,
 * since the whole number stays below 1. */
static void carry(lk_range_encoder *encoder)
{
	size_t i = encoder->nbytes;

	while (i && !++encoder->data[--i])
		;
}

static void add(lk_range_encoder *encoder, uint64_t value)
{
	encoder->low += value;
	if (encoder->low < value)
		carry(encoder);
}

void lk_range_encode(lk_range_encoder *encoder, uint64_t first, uint64_t count)
{
	uint64_t unit = encoder->range >> LK_RANGE_BITS;

	assert(count && first < LK_RANGE_TOTAL && count <= LK_RANGE_TOTAL - first);
	add(encoder, unit * first);
	encoder->range = unit * count;
	while (encoder->range < renormal) {
		put(encoder, (unsigned char)(encoder->low >> 56));
		encoder->low <<= 8;
		encoder->range <<= 8;
	}
}

lk_status lk_range_encoder_end(lk_range_encoder *encoder, lk_error *error)
{
	unsigned bits = 56;
	uint64_t up = 0;

	/* The least multiple of 2^56, 2^48, ... that is not below low. */
	for (;; bits -= 8) {
		up = -encoder->low & ((UINT64_C(1) << bits) - 1);
		if (up < encoder->range)
			break;
	}
	add(encoder, up);
	for (unsigned shift = 56; shift + 8 > bits; shift -= 8) {
		put(encoder, (unsigned char)(encoder->low >> shift));
		if (!shift)
			break;
	}
	return encoder->failed ? lk_fail(error, LK_NOMEM,
						 "out of memory for the compressed "
						 "text")
			       : LK_OK;
}

static unsigned char get(lk_range_decoder *decoder)
{
	size_t at = decoder->at++;

	return at < decoder->nbytes ? decoder->data[at] : 0;
}

void lk_range_decoder_begin(
		lk_range_decoder *decoder, const unsigned char *data, size_t nbytes)
{
	*decoder = (lk_range_decoder){
		.data = data, .nbytes = nbytes, .range = UINT64_MAX
	};
	for (int i = 0; i < WORD; i++)
		decoder->offset = decoder->offset << 8 | get(decoder);
}

uint64_t lk_range_peek(lk_range_decoder *decoder)
{
	decoder->unit = decoder->range >> LK_RANGE_BITS;
	return decoder->offset / decoder->unit;
}

void lk_range_decode(lk_range_decoder *decoder, uint64_t first, uint64_t count)
{
	decoder->offset -= decoder->unit * first;
	decoder->range = decoder->unit * count;
	while (decoder->range < renormal) {
		decoder->offset = decoder->offset << 8 | get(decoder);
		decoder->range <<= 8;
	}
}

bool lk_range_decoder_starved(const lk_range_decoder *decoder)
{
	return decoder->at > decoder->nbytes && decoder->at - decoder->nbytes > WORD;
}
