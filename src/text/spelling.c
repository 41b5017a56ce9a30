#include "text/spelling.h"

enum { PIECE = 4096 };

static lk_status spell(lk_ids *ids, const uint32_t *tokens, size_t count,
		const lk_tokenizer *tokenizer, const lk_tokenizer *bytes,
		lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; !status && i < count; i++) {
		size_t nbytes;
		const unsigned char *piece =
				lk_tokenizer_piece(tokenizer, tokens[i], &nbytes);

		status = tokens[i] == tokenizer->end
				? lk_ids_push(ids, bytes->end, error)
				: lk_tokenizer_encode(bytes, piece, nbytes, ids, error);
	}
	return status;
}

lk_status lk_tokens_new_spelled(lk_tokens **spelled, const lk_tokens *tokens,
		const lk_tokenizer *tokenizer, const lk_tokenizer *bytes,
		lk_error *error)
{
	size_t count = lk_tokens_count(tokens);
	uint32_t piece[PIECE];
	lk_ids ids = { 0 };
	lk_status status = lk_ids_reserve(&ids, lk_tokens_nbytes(tokens) + 1, error);

	for (size_t at = 0; !status && at < count; at += PIECE) {
		size_t n = count - at < PIECE ? count - at : PIECE;

		lk_tokens_read(tokens, at, n, piece);
		status = spell(&ids, piece, n, tokenizer, bytes, error);
	}
	if (!status)
		status = lk_tokens_check(tokens, error);
	if (!status)
		status = lk_tokens_new_ids(
				spelled, ids.data, ids.count, bytes->end, error);
	lk_ids_free(&ids);
	return status;
}
