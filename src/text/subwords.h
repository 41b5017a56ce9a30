/* text/subwords.h
 * Windows of a training stream with their words spelt otherwise: BPE-dropout
 * [Provilkov et al. 2020, "BPE-Dropout: simple and effective subword
 * regularization", ACL], which shows a model the same text in ever other tokens.
 *
 * A window is the stream's text from some token on, encoded anew with dropout, as
 * many ids as are asked for. Since dropout makes more tokens of a text, the end
 * of what the window stood for falls away; windows begin elsewhere in each epoch
 * (text/batches.h), so that all of the text comes in its turn. What is drawn is a
 * function of (seed, sequence, place in the window): every epoch draws afresh, and
 * neither threads, nor grouping, nor a stop in between matter. */
#ifndef LK_TEXT_SUBWORDS_H
#define LK_TEXT_SUBWORDS_H

#include "text/tokens.h"

typedef struct lk_subwords lk_subwords;

/* Fails with LK_RANGE where the tokenizer has no merges to leave out. */
lk_status lk_subwords_check(const lk_tokenizer *tokenizer, lk_error *error);

/* p: probability that a merge is left out, above 0, at most 1. The tokenizer must
 * pass that check, and outlive it. */
lk_status lk_subwords_new(lk_subwords **subwords, const lk_tokenizer *tokenizer,
		double p, uint64_t seed, lk_error *error);
void lk_subwords_free(lk_subwords *subwords); /* accepts NULL */

/* `count` ids from place `start` of the stream on, for training sequence number
 * `sequence`. Where the stream ends before they are full (which takes a text
 * that dropout makes shorter), they are the stream's own. One thread at a time. */
lk_status lk_subwords_window(lk_subwords *subwords, const lk_tokens *tokens,
		size_t start, uint64_t sequence, size_t count, uint32_t *out,
		lk_error *error);

#endif
