#include "evaluate/score.h"

#include <math.h>

void lk_predictor_free(lk_predictor *predictor)
{
	if (predictor)
		predictor->free(predictor);
}

void lk_session_free(lk_session *session)
{
	if (session)
		session->free(session);
}

typedef struct {
	lk_score *score;
	const lk_tokens *tokens;
} tally;

static lk_status add_tokens(
		void *context, size_t first, size_t count, const double *nll)
{
	tally *t = context;
	enum { PIECE = 256 };
	lk_score *score = t->score;
	uint32_t end = lk_tokens_end(t->tokens), id[PIECE];

	for (size_t i = 0; i < count; i++) {
		size_t left = count - i;

		if (i % PIECE == 0)
			lk_tokens_read(t->tokens, first + i, left < PIECE ? left : PIECE,
					id);
		score->nll_with_ends += nll[i];
		if (id[i % PIECE] == end) {
			score->ends++;
		} else {
			score->nll += nll[i];
			score->tokens++;
		}
	}
	return LK_OK;
}

lk_status lk_score_tokens(lk_score *score, lk_predictor *predictor,
		const lk_tokens *tokens, lk_error *error)
{
	size_t count = lk_tokens_count(tokens);
	tally t = { score, tokens };
	lk_status status;

	*score = (lk_score){ .nbytes = lk_tokens_nbytes(tokens) };
	if (count < 2)
		return LK_OK;
	status = predictor->score(predictor, tokens, 0, count, add_tokens, &t, error);
	return status ? status : lk_tokens_check(tokens, error);
}

void lk_score_add(lk_score *total, const lk_score *part)
{
	total->nll += part->nll;
	total->nll_with_ends += part->nll_with_ends;
	total->tokens += part->tokens;
	total->ends += part->ends;
	total->nbytes += part->nbytes;
}

double lk_score_nll_per_token(const lk_score *score)
{
	return score->nll / (double)score->tokens;
}

double lk_score_perplexity(const lk_score *score)
{
	return exp(lk_score_nll_per_token(score));
}

double lk_score_bits_per_byte(const lk_score *score)
{
	return score->nll / (log(2) * (double)score->nbytes);
}
