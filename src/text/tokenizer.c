#include "text/tokenizer.h"

#include "base/array.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

lk_status lk_ids_reserve(lk_ids *ids, size_t capacity, lk_error *error)
{
	if (!lk_array_reserve(&ids->data, &ids->capacity, capacity, sizeof *ids->data))
		return lk_fail(error, LK_NOMEM,
				"out of memory for %zu token ids; use less text",
				capacity);
	return LK_OK;
}

lk_status lk_ids_push(lk_ids *ids, uint32_t id, lk_error *error)
{
	if (ids->count == ids->capacity) {
		lk_status status = lk_ids_reserve(ids, ids->count + 16, error);

		if (status != LK_OK)
			return status;
	}
	ids->data[ids->count++] = id;
	return LK_OK;
}

void lk_ids_free(lk_ids *ids)
{
	free(ids->data);
	*ids = (lk_ids){ 0 };
}

void lk_tokenizer_free(lk_tokenizer *tokenizer)
{
	if (tokenizer)
		tokenizer->kind->free(tokenizer);
}

lk_status lk_tokenizer_encode_at(const lk_tokenizer *tokenizer,
		const unsigned char *text, size_t nbytes, uint64_t offset, lk_ids *ids,
		lk_error *error)
{
	size_t count = ids->count;
	lk_status status = tokenizer->kind->encode(
			tokenizer, text, nbytes, offset, ids, error);

	if (status != LK_OK)
		ids->count = count;
	return status;
}

lk_status lk_tokenizer_encode(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, lk_ids *ids, lk_error *error)
{
	return lk_tokenizer_encode_at(tokenizer, text, nbytes, 0, ids, error);
}

lk_status lk_tokenizer_encode_dropout(const lk_tokenizer *tokenizer,
		const lk_bpe_dropout *dropout, const unsigned char *text,
		size_t nbytes, uint64_t place, lk_ids *ids, lk_error *error)
{
	size_t count = ids->count;
	lk_status status;

	if (!tokenizer->kind->encode_dropout || dropout->p <= 0)
		return lk_tokenizer_encode_at(
				tokenizer, text, nbytes, place, ids, error);
	status = tokenizer->kind->encode_dropout(
			tokenizer, dropout, text, nbytes, place, ids, error);
	if (status != LK_OK)
		ids->count = count;
	return status;
}

size_t lk_tokenizer_cut(const lk_tokenizer *tokenizer, const unsigned char *text,
		size_t nbytes, size_t at)
{
	assert(at <= nbytes);
	return at == nbytes ? at : tokenizer->kind->cut(tokenizer, text, nbytes, at);
}

const unsigned char *lk_tokenizer_piece(
		const lk_tokenizer *tokenizer, uint32_t id, size_t *nbytes)
{
	assert(id < tokenizer->vocabulary);
	*nbytes = tokenizer->piece_nbytes[id];
	return tokenizer->piece[id];
}

void lk_tokenizer_hash(const lk_tokenizer *tokenizer, char text[33])
{
	lk_hasher *hasher = lk_hasher_new();

	text[0] = '\0';
	if (!hasher)
		return;
	lk_hasher_add(hasher, tokenizer->kind->name, strlen(tokenizer->kind->name) + 1);
	lk_hasher_add_number(hasher, tokenizer->vocabulary);
	lk_hasher_add_number(hasher, tokenizer->end);
	for (uint32_t id = 0; id < tokenizer->vocabulary; id++) {
		lk_hasher_add_number(hasher, tokenizer->piece_nbytes[id]);
		lk_hasher_add(hasher, tokenizer->piece[id],
				tokenizer->piece_nbytes[id]);
	}
	if (tokenizer->kind->hash)
		tokenizer->kind->hash(tokenizer, hasher);
	lk_hasher_text(hasher, text);
	lk_hasher_free(hasher);
}
