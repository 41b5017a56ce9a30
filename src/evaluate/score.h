/* evaluate/score.h
 * Likelihood of a text under a predictor, and the units it is quoted in.
 * Sums run in double and in the text's order. */
#ifndef LK_EVALUATE_SCORE_H
#define LK_EVALUATE_SCORE_H

#include "evaluate/predictor.h"

typedef struct {
	double nll;           /* nats, over the text's tokens, first included,
				 ends of documents not */
	double nll_with_ends; /* and with the ends */
	uint64_t tokens;      /* scored, ends not counted */
	uint64_t ends;        /* ends of documents scored */
	uint64_t nbytes;      /* bytes of text those tokens stand for */
} lk_score;

/* Score every document of a stream; each token is scored exactly once. */
lk_status lk_score_tokens(lk_score *score, lk_predictor *predictor,
		const lk_tokens *tokens, lk_error *error);

void lk_score_add(lk_score *total, const lk_score *part);

double lk_score_nll_per_token(const lk_score *score); /* nats */
double lk_score_perplexity(const lk_score *score);    /* per token */
double lk_score_bits_per_byte(const lk_score *score);

#endif
