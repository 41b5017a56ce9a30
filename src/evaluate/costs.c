#include "evaluate/costs.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Follows the stream of tokens through the text. */
typedef struct {
	lk_costs *costs;
	const lk_tokens *tokens;
	const lk_tokenizer *tokenizer;
	const lk_documents *documents;
	size_t document;
	uint64_t at; /* bytes of it that tokens have covered */
	lk_error *error;
} walk;

lk_status lk_costs_new(
		lk_costs *costs, size_t tokens, size_t documents, lk_error *error)
{
	*costs = (lk_costs){ .nll = malloc((tokens + 1) * sizeof *costs->nll),
		.nbytes = malloc((tokens + 1) * sizeof *costs->nbytes),
		.end_nll = malloc((documents + 1) * sizeof *costs->end_nll) };
	if (!costs->nll || !costs->nbytes || !costs->end_nll)
		return lk_fail(error, LK_NOMEM,
				"out of memory for the costs of %zu tokens", tokens);
	costs->tokens = tokens;
	costs->documents = documents;
	for (size_t i = 0; i < documents; i++)
		costs->end_nll[i] = NAN;
	return LK_OK;
}

void lk_costs_free(lk_costs *costs)
{
	free(costs->nll);
	free(costs->nbytes);
	free(costs->end_nll);
	*costs = (lk_costs){ 0 };
}

static lk_status not_covered(const walk *w)
{
	const lk_document *d = &w->documents->document[w->document];

	return lk_fail(w->error, LK_FORMAT,
			"%s: at byte %llu the tokens do not spell the text: this "
			"tokenizer changes it, and bits per byte would mean nothing",
			d->path, (unsigned long long)(d->offset + w->at));
}

/* An end of text: the document has been covered, to the last byte. */
static lk_status end_document(walk *w, double nll)
{
	const lk_document *d = &w->documents->document[w->document];

	if (w->at != d->nbytes)
		return not_covered(w);
	w->costs->end_nll[w->document++] = nll;
	w->at = 0;
	return LK_OK;
}

static lk_status add_token(walk *w, uint32_t id, double nll)
{
	const lk_document *d = &w->documents->document[w->document];
	lk_costs *costs = w->costs;
	size_t nbytes;
	const unsigned char *piece = lk_tokenizer_piece(w->tokenizer, id, &nbytes);

	assert(w->document < w->documents->count);
	if (nbytes > d->nbytes - w->at || memcmp(piece, d->text + w->at, nbytes) != 0)
		return not_covered(w);
	costs->nll[costs->tokens] = nll;
	costs->nbytes[costs->tokens++] = (uint32_t)nbytes;
	w->at += nbytes;
	return LK_OK;
}

static lk_status take(void *context, size_t first, size_t count, const double *nll)
{
	walk *w = context;
	uint32_t id;
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && !status; i++) {
		lk_tokens_read(w->tokens, first + i, 1, &id);
		status = id == w->tokenizer->end ? end_document(w, nll[i])
						 : add_token(w, id, nll[i]);
	}
	return status;
}

lk_status lk_costs_score(lk_costs *costs, lk_predictor *predictor,
		const lk_tokenizer *tokenizer, const lk_documents *documents,
		lk_error *error)
{
	lk_tokens *tokens = NULL;
	lk_status status = lk_tokens_new(&tokens, documents, tokenizer, error);

	*costs = (lk_costs){ 0 };
	if (status)
		return status;
	size_t count = lk_tokens_count(tokens);
	walk w = { costs, tokens, tokenizer, documents, 0, 0, error };
	status = lk_costs_new(costs, count - 1, documents->count, error);
	costs->tokens = 0;
	if (!status && count > 1)
		status = predictor->score(predictor, tokens, 0, count, take, &w, error);
	/* A text that a split cut has no end after its last token. */
	if (!status && w.document + 1 == documents->count &&
			w.at != documents->document[w.document].nbytes)
		status = not_covered(&w);
	lk_tokens_free(tokens);
	return status;
}

double lk_costs_nll(const lk_costs *costs)
{
	double sum = 0;

	for (size_t i = 0; i < costs->tokens; i++)
		sum += costs->nll[i];
	return sum;
}

double lk_costs_ends(const lk_costs *costs)
{
	double sum = 0;

	for (size_t i = 0; i < costs->documents; i++)
		if (!isnan(costs->end_nll[i]))
			sum += costs->end_nll[i];
	return sum;
}

void lk_costs_sum(double *nll, const lk_costs *costs, const uint64_t *start,
		size_t ranges)
{
	uint64_t at = 0;
	size_t r = 0;

	memset(nll, 0, ranges * sizeof *nll);
	for (size_t i = 0; i < costs->tokens; i++) {
		while (r + 1 < ranges && start[r + 1] <= at)
			r++;
		nll[r] += costs->nll[i];
		at += costs->nbytes[i];
	}
}
