#include "text/tokens.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bytes encoded at a time: ids take four bytes each only for so many. */
enum { PIECE = 1 << 20 };

struct lk_tokens {
	uint16_t *narrow; /* one of the two holds the stream */
	uint32_t *wide;
	size_t count, capacity;
	uint64_t nbytes;
	uint32_t end;
};

static size_t id_nbytes(const lk_tokens *tokens)
{
	return tokens->narrow ? sizeof(uint16_t) : sizeof(uint32_t);
}

/* Room for exactly capacity ids, which is at least those there. */
static lk_status set_capacity(
		lk_tokens *tokens, bool narrow, size_t capacity, lk_error *error)
{
	size_t size = narrow ? sizeof(uint16_t) : sizeof(uint32_t);
	void *old = narrow ? (void *)tokens->narrow : (void *)tokens->wide;
	void *data = capacity > SIZE_MAX / size ? NULL : realloc(old, capacity * size);

	if (!data)
		return lk_fail(error, LK_NOMEM,
				"out of memory for %zu tokens; use less text",
				capacity);
	if (narrow)
		tokens->narrow = data;
	else
		tokens->wide = data;
	tokens->capacity = capacity;
	return LK_OK;
}

static lk_status append(
		lk_tokens *tokens, const uint32_t *ids, size_t count, lk_error *error)
{
	if (count > tokens->capacity - tokens->count) {
		size_t wanted = tokens->count + count;
		lk_status status = set_capacity(tokens, tokens->narrow != NULL,
				wanted + wanted / 2, error);

		if (status != LK_OK)
			return status;
	}
	if (tokens->narrow)
		for (size_t i = 0; i < count; i++)
			tokens->narrow[tokens->count + i] = (uint16_t)ids[i];
	else
		memcpy(tokens->wide + tokens->count, ids, count * sizeof *ids);
	tokens->count += count;
	return LK_OK;
}

static lk_status new_empty(lk_tokens **tokens, uint32_t largest, uint32_t end,
		size_t capacity, lk_error *error)
{
	lk_tokens *made = calloc(1, sizeof *made);
	lk_status status;

	if (!made)
		return lk_fail(error, LK_NOMEM, "out of memory for tokens");
	made->end = end;
	status = set_capacity(made, largest <= UINT16_MAX, capacity, error);
	if (status != LK_OK)
		free(made);
	else
		*tokens = made;
	return status;
}

static lk_status append_document(lk_tokens *tokens, const lk_document *document,
		const lk_tokenizer *tokenizer, lk_ids *ids, lk_error *error)
{
	lk_status status = LK_OK;
	size_t at = 0;

	while (at < document->nbytes && status == LK_OK) {
		const unsigned char *text = document->text + at;
		size_t left = document->nbytes - at, piece = left;

		if (left > PIECE)
			piece = lk_tokenizer_cut(tokenizer, text, left, PIECE);
		if (!piece)
			piece = left;
		ids->count = 0;
		status = lk_tokenizer_encode_at(tokenizer, text, piece,
				document->offset + at, ids, error);
		if (status != LK_OK)
			return lk_fail_in(error, status, "%s",
					strcmp(document->path, "-") ? document->path
								    : "standard input");
		status = append(tokens, ids->data, ids->count, error);
		at += piece;
	}
	tokens->nbytes += document->nbytes;
	return status;
}

lk_status lk_tokens_new(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_tokens *made = NULL;
	lk_ids ids = { 0 };
	lk_status status = new_empty(
			&made, tokenizer->vocabulary - 1, tokenizer->end, 1024, error);

	if (status != LK_OK)
		return status;
	status = append(made, &tokenizer->end, 1, error);
	for (size_t i = 0; i < documents->count && status == LK_OK; i++) {
		status = append_document(
				made, &documents->document[i], tokenizer, &ids, error);
		if (status == LK_OK && (documents->document[i].ends ||
						       i + 1 < documents->count))
			status = append(made, &tokenizer->end, 1, error);
	}
	if (status == LK_OK)
		status = set_capacity(made, made->narrow != NULL, made->count, error);
	lk_ids_free(&ids);
	if (status != LK_OK)
		lk_tokens_free(made);
	else
		*tokens = made;
	return status;
}

lk_status lk_tokens_new_ids(lk_tokens **tokens, const uint32_t *ids, size_t count,
		uint32_t end, lk_error *error)
{
	uint32_t largest = end;
	lk_tokens *made = NULL;
	lk_status status;

	for (size_t i = 0; i < count; i++)
		if (ids[i] > largest)
			largest = ids[i];
	status = new_empty(&made, largest, end, count ? count : 1, error);
	if (status != LK_OK)
		return status;
	status = append(made, ids, count, error);
	if (status != LK_OK) {
		lk_tokens_free(made);
		return status;
	}
	for (size_t i = 0; i < count; i++)
		made->nbytes += ids[i] != end;
	*tokens = made;
	return LK_OK;
}

void lk_tokens_free(lk_tokens *tokens)
{
	if (!tokens)
		return;
	free(tokens->narrow);
	free(tokens->wide);
	free(tokens);
}

size_t lk_tokens_count(const lk_tokens *tokens)
{
	return tokens->count;
}

uint64_t lk_tokens_nbytes(const lk_tokens *tokens)
{
	return tokens->nbytes;
}

uint32_t lk_tokens_end(const lk_tokens *tokens)
{
	return tokens->end;
}

size_t lk_tokens_memory(const lk_tokens *tokens)
{
	return sizeof *tokens + tokens->capacity * id_nbytes(tokens);
}

void lk_tokens_read(const lk_tokens *tokens, size_t first, size_t count, uint32_t *out)
{
	assert(first <= tokens->count && count <= tokens->count - first);
	if (tokens->narrow)
		for (size_t i = 0; i < count; i++)
			out[i] = tokens->narrow[first + i];
	else if (count)
		memcpy(out, tokens->wide + first, count * sizeof *out);
}
