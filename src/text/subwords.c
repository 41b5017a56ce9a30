#include "text/subwords.h"

#include "base/array.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct lk_subwords {
	const lk_tokenizer *tokenizer;
	lk_bpe_dropout dropout; /* of the window at hand */
	unsigned char *text;    /* of a document in it, as far as it was read */
	size_t nbytes, capacity;
	uint64_t place;         /* bytes of the window before that text */
	lk_ids ids;             /* the window so far */
};

lk_status lk_subwords_check(const lk_tokenizer *tokenizer, lk_error *error)
{
	return tokenizer->kind->encode_dropout
			       ? LK_OK
			       : lk_fail(error, LK_RANGE,
						 "--bpe-dropout leaves out merges, of which "
						 "this tokenizer, of kind %s, has none; use "
						 "--tokenizer bpe:N",
						 tokenizer->kind->name);
}

lk_status lk_subwords_new(lk_subwords **subwords, const lk_tokenizer *tokenizer,
		double p, uint64_t seed, lk_error *error)
{
	lk_subwords *s;

	assert(p > 0 && p <= 1);
	s = calloc(1, sizeof *s);
	if (!s)
		return lk_fail(error, LK_NOMEM, "out of memory for --bpe-dropout");
	s->tokenizer = tokenizer;
	s->dropout = (lk_bpe_dropout){ .p = p, .seed = seed };
	*subwords = s;
	return LK_OK;
}

void lk_subwords_free(lk_subwords *s)
{
	if (!s)
		return;
	free(s->text);
	lk_ids_free(&s->ids);
	free(s);
}

/* The text read so far becomes ids. */
static lk_status spell(lk_subwords *s, lk_error *error)
{
	lk_status status = lk_tokenizer_encode_dropout(s->tokenizer, &s->dropout, s->text,
			s->nbytes, s->place, &s->ids, error);

	s->place += s->nbytes;
	s->nbytes = 0;
	return status;
}

static lk_status add_piece(lk_subwords *s, uint32_t id, lk_error *error)
{
	size_t nbytes;
	const unsigned char *piece = lk_tokenizer_piece(s->tokenizer, id, &nbytes);

	if (!lk_array_reserve(&s->text, &s->capacity, s->nbytes + nbytes, 1))
		return lk_fail(error, LK_NOMEM, "out of memory for --bpe-dropout");
	memcpy(s->text + s->nbytes, piece, nbytes);
	s->nbytes += nbytes;
	return LK_OK;
}

/* Some ids of the stream, in other words. */
static lk_status respell(
		lk_subwords *s, const uint32_t *ids, size_t count, lk_error *error)
{
	uint32_t end = s->tokenizer->end;
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && !status; i++) {
		if (ids[i] != end) {
			status = add_piece(s, ids[i], error);
			continue;
		}
		status = spell(s, error);
		if (!status)
			status = lk_ids_push(&s->ids, end, error);
	}
	return status ? status : spell(s, error);
}

lk_status lk_subwords_window(lk_subwords *s, const lk_tokens *tokens, size_t start,
		uint64_t sequence, size_t count, uint32_t *out, lk_error *error)
{
	size_t left = lk_tokens_count(tokens) - start, read = 0;
	lk_status status = LK_OK;

	assert(count && left >= count);
	s->ids.count = s->nbytes = 0;
	s->place = 0;
	s->dropout.epoch = sequence;
	while (!status && s->ids.count < count && read < left) {
		size_t n = left - read < count ? left - read : count;

		lk_tokens_read(tokens, start + read, n, out);
		status = respell(s, out, n, error);
		read += n;
	}
	if (status)
		return status;
	if (s->ids.count < count)
		lk_tokens_read(tokens, start, count, out);
	else
		memcpy(out, s->ids.data, count * sizeof *out);
	return LK_OK;
}
