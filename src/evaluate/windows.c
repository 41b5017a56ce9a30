#include "evaluate/windows.h"

#include "model/model.h"

#include <assert.h>

size_t lk_window_count(size_t targets, size_t context, size_t stride)
{
	if (targets <= context)
		return 1;
	return 1 + (targets - context + stride - 1) / stride;
}

lk_window lk_window_at(size_t targets, size_t context, size_t stride, size_t w)
{
	size_t start = w * stride;
	size_t done = w == 0 ? 0 : context + (w - 1) * stride; /* counted before */
	size_t most = w == 0 ? context : stride;
	size_t counted = targets - done < most ? targets - done : most;

	assert(done < targets);
	return (lk_window){ start, done + counted - start, counted };
}

void lk_window_fill(const lk_window *window, const lk_tokens *tokens, size_t first,
		size_t T, uint32_t *input, uint32_t *target)
{
	lk_tokens_read(tokens, first + window->start, window->length, input);
	lk_tokens_read(tokens, first + window->start + 1, window->length, target);
	for (size_t i = 0; i < window->length - window->counted; i++)
		target[i] = LK_IGNORE;
	for (size_t i = window->length; i < T; i++) {
		input[i] = input[0];
		target[i] = LK_IGNORE;
	}
}

size_t lk_document_last(const lk_tokens *tokens, size_t first)
{
	enum { PIECE = 1024 }; /* a stream on disk is read that much at a time */
	size_t count = lk_tokens_count(tokens);
	uint32_t end = lk_tokens_end(tokens), id[PIECE];

	for (size_t at = first + 1; at < count;) {
		size_t n = count - at < PIECE ? count - at : PIECE;

		lk_tokens_read(tokens, at, n, id);
		for (size_t i = 0; i < n; i++)
			if (id[i] == end)
				return at + i;
		at += n;
	}
	return count - 1;
}
