/* compress/symbols.h
 * A symbol, coded at its exact price: -log2 p bits, however small p is.
 *
 * Probabilities become integer shares of LK_RANGE_TOTAL by a product and a
 * truncation, which IEEE arithmetic does alike everywhere. Symbols whose share would
 * be small, and so coarse, get none: together they have what the others leave (the
 * tail). One of them is coded as the tail, then, because the tail's share is a
 * little more than its probability, as a narrower part of it, and then among the
 * tail's own symbols in the same manner. */
#ifndef LK_COMPRESS_SYMBOLS_H
#define LK_COMPRESS_SYMBOLS_H

#include "compress/range_coder.h"

typedef struct {
	double *p;       /* [count] to be filled in, not negative, sum about 1 */
	uint64_t *first; /* [count + 1] where each share begins; the last: the tail */
	uint32_t *tail;  /* [count] room for the symbols of the tail */
	size_t count;
} lk_symbols;

lk_status lk_symbols_new(lk_symbols *symbols, size_t count, lk_error *error);
void lk_symbols_free(lk_symbols *symbols);

/* Make the shares of p. Several threads may prepare different ones. */
void lk_symbols_prepare(lk_symbols *symbols);

/* The symbol's p must be above 0. */
void lk_symbols_encode(lk_symbols *symbols, lk_range_encoder *encoder, uint32_t symbol);

/* Fails with LK_FORMAT where no encoder with this p can have written the data. */
lk_status lk_symbols_decode(uint32_t *symbol, lk_symbols *symbols,
		lk_range_decoder *decoder, lk_error *error);

#endif
