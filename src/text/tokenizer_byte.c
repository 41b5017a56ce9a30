#include "text/tokenizer.h"

#include <stdlib.h>

enum { BYTES = 256, END = BYTES };

typedef struct {
	lk_tokenizer base;
	uint32_t id[BYTES];
	unsigned char byte[END];
	const unsigned char *piece[END + 1];
	uint32_t piece_nbytes[END + 1];
} byte_tokenizer;

static lk_status byte_encode(const lk_tokenizer *base, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error)
{
	const byte_tokenizer *tokenizer = (const byte_tokenizer *)base;
	lk_status status = lk_ids_reserve(ids, ids->count + nbytes, error);

	(void)offset; /* no byte is refused */
	if (status != LK_OK || !nbytes)
		return status;
	uint32_t *out = ids->data + ids->count;
	for (size_t i = 0; i < nbytes; i++)
		out[i] = tokenizer->id[text[i]];
	ids->count += nbytes;
	return LK_OK;
}

static size_t byte_cut(const lk_tokenizer *base, const unsigned char *text,
		size_t nbytes, size_t at)
{
	(void)base;
	(void)text;
	(void)nbytes;
	return at;
}

static void byte_free(lk_tokenizer *base)
{
	free((byte_tokenizer *)base);
}

static const lk_tokenizer_kind byte_kind = { .name = "byte", .encode = byte_encode,
	.cut = byte_cut, .free = byte_free };

/* The bytes that GPT-2 shows as themselves, which come first in its order. */
static bool is_shown(unsigned byte)
{
	return (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173);
}

lk_status lk_tokenizer_new_byte(lk_tokenizer **tokenizer, lk_error *error)
{
	byte_tokenizer *made = calloc(1, sizeof *made);
	uint32_t id = 0;

	if (!made)
		return lk_fail(error, LK_NOMEM, "out of memory for a tokenizer");
	for (int shown = 1; shown >= 0; shown--)
		for (unsigned byte = 0; byte < BYTES; byte++)
			if (is_shown(byte) == shown) {
				made->id[byte] = id;
				made->byte[id++] = (unsigned char)byte;
			}
	for (id = 0; id < END; id++) {
		made->piece[id] = &made->byte[id];
		made->piece_nbytes[id] = 1;
	}
	made->piece[END] = made->byte;
	made->base = (lk_tokenizer){ &byte_kind, END + 1, END, made->piece,
		made->piece_nbytes };
	*tokenizer = &made->base;
	return LK_OK;
}
