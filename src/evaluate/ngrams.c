#include "evaluate/ngrams.h"

static void read_ids(const void *stream, size_t first, size_t count, uint32_t *out)
{
	lk_tokens_read(stream, first, count, out);
}

lk_status lk_ngram_fit_tokens(lk_ngram **ngram, const lk_ngram_options *options,
		const lk_tokens *tokens, lk_error *error)
{
	lk_status status = lk_ngram_fit(ngram, options, read_ids, tokens,
			lk_tokens_count(tokens), error);

	return status ? status : lk_tokens_check(tokens, error);
}

lk_status lk_score_ngram(lk_score *score, const lk_ngram *ngram, const lk_tokens *tokens,
		lk_error *error)
{
	lk_predictor *predictor;
	lk_status status = lk_predictor_new_ngram(&predictor, ngram, error);

	if (status)
		return status;
	status = lk_score_tokens(score, predictor, tokens, error);
	lk_predictor_free(predictor);
	return status;
}

lk_status lk_score_ngram_fitted(lk_score *score, const lk_ngram_options *options,
		const lk_tokens *training, const lk_tokens *scored, lk_error *error)
{
	lk_ngram *ngram = NULL;
	lk_status status = lk_ngram_fit_tokens(&ngram, options, training, error);

	if (!status)
		status = lk_score_ngram(score, ngram, scored, error);
	lk_ngram_free(ngram);
	return status;
}
