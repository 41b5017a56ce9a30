/* evaluate/windows.h
 * How a document longer than a model's context is cut into windows.
 *
 * A document is an end of text, its tokens, and perhaps another end; its targets
 * are all but the first of these. Windows hold up to `context` inputs and advance
 * by `stride` (1 <= stride <= context). The first counts all its targets, every
 * other one its last `stride` (the last window what is left), those before only
 * give context. So each target counts exactly once. */
#ifndef LK_EVALUATE_WINDOWS_H
#define LK_EVALUATE_WINDOWS_H

#include "text/tokens.h"

#include <stddef.h>
#include <stdint.h>

/* Inputs start .. start + length - 1 of the document; the targets of the last
 * `counted` of them count. */
typedef struct {
	size_t start, length, counted;
} lk_window;

/* Windows of a document of so many targets (at least 1). */
size_t lk_window_count(size_t targets, size_t context, size_t stride);

lk_window lk_window_at(size_t targets, size_t context, size_t stride, size_t w);

/* The window's ids as a row of T inputs and T targets (T >= length), `first`
 * being the document's place in the stream. Targets that do not count, and what
 * fills up the row, are LK_IGNORE. */
void lk_window_fill(const lk_window *window, const lk_tokens *tokens, size_t first,
		size_t T, uint32_t *input, uint32_t *target);

/* Where the document that begins at `first` ends in the stream: the next end of
 * text, or the stream's last id. */
size_t lk_document_last(const lk_tokens *tokens, size_t first);

#endif
