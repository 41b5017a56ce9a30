/* evaluate/costs.h
 * What a text cost a model, token by token, and which bytes each token stands
 * for: all that a comparison needs to know of a model.
 *
 * A text is some documents, one after the other; the bytes of token i follow
 * those of token i - 1, and no token reaches over a document's end. A token's
 * cost belongs to its first byte, so that models with different tokenizers are
 * compared over the same ranges of bytes. */
#ifndef LK_EVALUATE_COSTS_H
#define LK_EVALUATE_COSTS_H

#include "evaluate/predictor.h"

typedef struct {
	double *nll;      /* [tokens] nats; INFINITY: probability zero */
	uint32_t *nbytes; /* [tokens] */
	size_t tokens;
	double *end_nll; /* [documents] nats, of the documents' ends; NAN where
			    the end is not scored */
	size_t documents;
} lk_costs;

/* Score every document; each of their bytes exactly once. Fails where the tokens
 * do not spell the text (LK_FORMAT, naming the first byte that no token covers or
 * that another one has), and where the tokenizer refuses it. Free with
 * lk_costs_free, also after a failure. */
lk_status lk_costs_score(lk_costs *costs, lk_predictor *predictor,
		const lk_tokenizer *tokenizer, const lk_documents *documents,
		lk_error *error);

/* Room for so many tokens and documents, for costs from elsewhere. */
lk_status lk_costs_new(
		lk_costs *costs, size_t tokens, size_t documents, lk_error *error);
void lk_costs_free(lk_costs *costs);

/* Sums in the text's order, in nats: of the tokens, and of the ends scored. */
double lk_costs_nll(const lk_costs *costs);
double lk_costs_ends(const lk_costs *costs);

/* The NLL of each range of bytes: tokens whose first byte lies in start[i] ..
 * start[i + 1] - 1, i < ranges. start[ranges] is the end of the text, start
 * ascends from 0. */
void lk_costs_sum(double *nll, const lk_costs *costs, const uint64_t *start,
		size_t ranges);

#endif
