/* evaluate/ngrams.h
 * n-gram models of streams of tokens: estimated from one, measured on another. */
#ifndef LK_EVALUATE_NGRAMS_H
#define LK_EVALUATE_NGRAMS_H

#include "evaluate/score.h"

/* lk_ngram_fit on a whole stream, whose readings are checked. */
lk_status lk_ngram_fit_tokens(lk_ngram **ngram, const lk_ngram_options *options,
		const lk_tokens *tokens, lk_error *error);

/* Score a whole stream, as lk_score_tokens does. */
lk_status lk_score_ngram(lk_score *score, const lk_ngram *ngram, const lk_tokens *tokens,
		lk_error *error);

/* Both, and nothing of the model stays. */
lk_status lk_score_ngram_fitted(lk_score *score, const lk_ngram_options *options,
		const lk_tokens *training, const lk_tokens *scored, lk_error *error);

#endif
