/* compress/range_coder.h
 * Arithmetic coding with integer frequencies [Martin 1979, "Range encoding: an
 * algorithm for removing redundancy from a digitised message"; Schindler 1998].
 *
 * The message is a number; each symbol narrows the interval [low, low + range) that
 * it lies in to the symbol's share. Both are kept in 64 bits, range >= 2^56 before
 * a symbol: shares in units of 2^-36 of it cost at most 2^-20 more than the
 * logarithm of their inverse, relative to one nat. A carry goes into the bytes
 * written before. */
#ifndef LK_COMPRESS_RANGE_CODER_H
#define LK_COMPRESS_RANGE_CODER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LK_RANGE_BITS  36
#define LK_RANGE_TOTAL (UINT64_C(1) << LK_RANGE_BITS) /* sum of all shares */

/* Begin with lk_range_encoder_begin. */
typedef struct {
	uint64_t low, range;
	unsigned char *data; /* malloc'd */
	size_t nbytes, capacity;
	bool failed; /* out of memory */
} lk_range_encoder;

void lk_range_encoder_begin(lk_range_encoder *encoder);

/* Narrow to [first, first + count) of LK_RANGE_TOTAL, count >= 1. Lack of memory is
 * remembered for lk_range_encoder_end. */
void lk_range_encode(lk_range_encoder *encoder, uint64_t first, uint64_t count);

/* The fewest bytes that name a number of the interval, all that follow being 0. */
lk_status lk_range_encoder_end(lk_range_encoder *encoder, lk_error *error);
void lk_range_encoder_free(lk_range_encoder *encoder);

/* Reads what is in memory elsewhere; beyond its end, zeros. */
typedef struct {
	const unsigned char *data;
	size_t nbytes, at;      /* at: bytes taken, those beyond the end included */
	uint64_t offset, range; /* of the number above low */
	uint64_t unit;          /* range / LK_RANGE_TOTAL, of the latest symbol */
} lk_range_decoder;

void lk_range_decoder_begin(
		lk_range_decoder *decoder, const unsigned char *data, size_t nbytes);

/* In which of LK_RANGE_TOTAL units the number lies; LK_RANGE_TOTAL or more where no
 * encoder wrote it. */
uint64_t lk_range_peek(lk_range_decoder *decoder);

/* Narrow to the share that the unit just peeked at belongs to. */
void lk_range_decode(lk_range_decoder *decoder, uint64_t first, uint64_t count);

/* More has been read than an encoder leaves out: this is none's work, or cut. */
bool lk_range_decoder_starved(const lk_range_decoder *decoder);

#endif
