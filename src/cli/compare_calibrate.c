/* likely compare --calibration: which token each model thinks likeliest, and how
 * surely. */
#include "cli/compare_calibrate.h"

#include "evaluate/logits.h"

#include <stdlib.h>

/* So many probabilities are looked at, at most. */
static const double WORK_MOST = 2e9;

static lk_status no_memory(size_t V, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for probabilities of %zu ids",
			V);
}

static uint32_t id_at(const lk_tokens *tokens, size_t i)
{
	uint32_t id;

	lk_tokens_read(tokens, i, 1, &id);
	return id;
}

static lk_status by_logits(lk_calibration *out, const lk_loaded *loaded,
		const lk_policy *policy, const lk_tokens *tokens, size_t count,
		int threads, lk_error *error)
{
	size_t V = lk_model_get_config(loaded->model)->vocabulary;
	float *row = malloc(V * sizeof *row);
	lk_logits *logits = NULL;
	lk_status status = row ? lk_logits_new(&logits, loaded->model, tokens,
						 policy->stride, threads, error)
			       : no_memory(V, error);

	for (size_t i = 1; i < count && !status; i++) {
		uint32_t came = id_at(tokens, i);

		lk_logits_read(logits, 1, row);
		if (came != lk_tokens_end(tokens))
			lk_calibration_add_logits(out, row, V, came);
	}
	lk_logits_free(logits);
	free(row);
	return status;
}

static lk_status by_session(lk_calibration *out, lk_predictor *predictor,
		const lk_tokens *tokens, size_t count, lk_error *error)
{
	size_t V = predictor->vocabulary;
	double *p = malloc(V * sizeof *p);
	lk_session *session = NULL;
	lk_status status = p ? predictor->begin(predictor, &session,
				     lk_tokens_end(tokens), 1, error)
			     : no_memory(V, error);

	for (size_t i = 1; i < count && !status; i++) {
		uint32_t came = id_at(tokens, i);

		if (came != lk_tokens_end(tokens)) {
			status = session->distribution(session, 0, p, error);
			if (!status)
				lk_calibration_add(out, p, V, came);
		}
		if (!status)
			status = session->advance(session, &came, error);
	}
	lk_session_free(session);
	free(p);
	return status;
}

lk_status lk_compare_calibrate(lk_calibration *out, const lk_loaded *loaded,
		lk_predictor *predictor, const lk_policy *policy,
		const lk_documents *documents, int threads, lk_error *error)
{
	lk_tokens *tokens = NULL;
	lk_status status = lk_tokens_new(&tokens, documents, loaded->tokenizer, error);

	*out = (lk_calibration){ 0 };
	if (status)
		return status;
	size_t count = lk_tokens_count(tokens);
	size_t most = (size_t)(WORK_MOST / predictor->vocabulary) + 2;
	count = count < most ? count : most;
	if (loaded->model)
		status = by_logits(out, loaded, policy, tokens, count, threads, error);
	else if (predictor->begin)
		status = by_session(out, predictor, tokens, count, error);
	lk_tokens_free(tokens);
	return status;
}
