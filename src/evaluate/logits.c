#include "evaluate/logits.h"

#include "evaluate/windows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct lk_logits {
	lk_model *model;
	const lk_tokens *tokens;
	size_t context, stride, vocabulary;
	int threads;
	size_t first, targets; /* the document at hand */
	size_t next;           /* its next window */
	size_t from, left;     /* rows of `row` that are to be handed out */
	uint32_t *input, *target;
	float *row; /* (context, V) */
};

static void begin_document(lk_logits *l, size_t first)
{
	l->first = first;
	l->targets = lk_document_last(l->tokens, first) - first;
	l->next = 0;
}

lk_status lk_logits_new(lk_logits **logits, lk_model *model, const lk_tokens *tokens,
		size_t stride, int threads, lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t T = config->context, V = config->vocabulary;
	lk_logits *l = calloc(1, sizeof *l);

	assert(stride && stride <= T && threads > 0 && lk_tokens_count(tokens) > 1);
	if (l) {
		l->input = calloc(T, sizeof *l->input);
		l->target = calloc(T, sizeof *l->target);
		l->row = calloc(T, V * sizeof *l->row);
	}
	if (!l || !l->input || !l->target || !l->row) {
		lk_logits_free(l);
		return lk_fail(error, LK_NOMEM,
				"out of memory for the logits of %zu tokens over %zu ids",
				T, V);
	}
	l->model = model;
	l->tokens = tokens;
	l->context = T;
	l->stride = stride;
	l->vocabulary = V;
	l->threads = threads;
	begin_document(l, 0);
	*logits = l;
	return LK_OK;
}

void lk_logits_free(lk_logits *logits)
{
	if (!logits)
		return;
	free(logits->input);
	free(logits->target);
	free(logits->row);
	free(logits);
}

size_t lk_logits_rows(const lk_logits *logits)
{
	return lk_tokens_count(logits->tokens) - 1;
}

/* Compute the next window, of the next document if need be. */
static void advance(lk_logits *l)
{
	if (l->next == lk_window_count(l->targets, l->context, l->stride))
		begin_document(l, l->first + l->targets);
	lk_window w = lk_window_at(l->targets, l->context, l->stride, l->next++);
	lk_batch batch = { .input = l->input,
		.target = l->target,
		.B = 1,
		.T = w.length,
		.mask_at = LK_IGNORE };

	lk_window_fill(&w, l->tokens, l->first, w.length, l->input, l->target);
#pragma omp parallel num_threads(l->threads)
	{
		lk_cpu_flush_denormals();
		lk_model_logits(l->model, &batch, l->row);
	}
	l->from = w.length - w.counted;
	l->left = w.counted;
}

void lk_logits_read(lk_logits *l, size_t rows, float *out)
{
	size_t V = l->vocabulary;

	while (rows) {
		if (!l->left)
			advance(l);
		size_t n = rows < l->left ? rows : l->left;
		memcpy(out, l->row + l->from * V, n * V * sizeof *out);
		out += n * V;
		l->from += n;
		l->left -= n;
		rows -= n;
	}
}
