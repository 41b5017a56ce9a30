/* evaluate/logits.h
 * The logits behind a score: for each target that counts, in the stream's order,
 * those that a Transformer gave for it, window by window as
 * lk_predictor_new_transformer has it. Memory holds one window. */
#ifndef LK_EVALUATE_LOGITS_H
#define LK_EVALUATE_LOGITS_H

#include "base/status.h"
#include "model/model.h"
#include "text/tokens.h"

typedef struct lk_logits lk_logits;

/* The model must have been reserved for at least (1, context); it and the
 * stream outlive the reader. */
lk_status lk_logits_new(lk_logits **logits, lk_model *model, const lk_tokens *tokens,
		size_t stride, int threads, lk_error *error);
void lk_logits_free(lk_logits *logits); /* accepts NULL */

/* Rows in all: one for each token of the stream but the first. */
size_t lk_logits_rows(const lk_logits *logits);

/* The next `rows` rows of V into out; together never more than there are. Row r
 * is for token r + 1 of the stream, the id before which is token r. */
void lk_logits_read(lk_logits *logits, size_t rows, float *out);

#endif
