#include "ngram/closed_form.h"

/* The continuations from .. to - 1 of one context, alpha added to the count of each
 * of V ids. Returns the weight of what is not among them, as a share of 1 / V. */
static double fit_context(lk_ngram_cell *p, const lk_ngram_cell *count, size_t from,
		size_t to, double alpha, double V)
{
	uint64_t total = 0;
	double sum;

	for (size_t i = from; i < to; i++)
		total += count[i].whole;
	sum = (double)total + alpha * V;
	for (size_t i = from; i < to; i++)
		p[i].real = (float)(((double)count[i].whole + alpha) / sum);
	return alpha * V / sum;
}

/* The continuations, at level n, of contexts h = from .. to - 1, whose own counts
 * have been used. */
static void fit_contexts(lk_ngram *ngram, const lk_ngram_counts *counts, size_t n,
		size_t from, size_t to, double alpha)
{
	const uint32_t *first = ngram->level[n - 1].first;
	lk_ngram_cell *backoff = ngram->level[n - 1].backoff;
	double V = (double)ngram->options.vocabulary;

	for (size_t h = from; h < to; h++)
		if (first[h] < first[h + 1])
			backoff[h].real = (float)fit_context(ngram->level[n].p,
					counts->level[n], first[h], first[h + 1], alpha, V);
}

static lk_status make_p(lk_ngram *ngram, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t n = 1; n <= ngram->options.order && !status; n++)
		status = lk_ngram_level_p(ngram, n, error);
	return status;
}

/* Contexts that say nothing: their continuations are uniform, and they back off
 * to those of shorter ones as they are. */
static void make_uniform(lk_ngram *ngram, size_t n)
{
	lk_ngram_level *level = &ngram->level[n], *context = &ngram->level[n - 1];

	for (size_t i = 0; i < level->count; i++)
		level->p[i].real = (float)(1 / (double)ngram->options.vocabulary);
	for (size_t h = 0; n > 1 && h < context->count; h++)
		context->backoff[h].real = 1;
}

lk_status lk_maximum_likelihood_fit(lk_ngram *ngram, const lk_ngram_counts *counts,
		lk_error *error)
{
	lk_status status = make_p(ngram, error);

	if (status)
		return status;
	for (size_t n = 1; n <= ngram->options.order; n++) {
		make_uniform(ngram, n);
		if (n == 1)
			fit_context(ngram->level[1].p, counts->level[1], 0,
					ngram->level[1].count, 0, 1);
		else
			fit_contexts(ngram, counts, n, 0, ngram->level[n - 1].count,
					0);
	}
	return LK_OK;
}

lk_status lk_additive_fit(lk_ngram *ngram, const lk_ngram_counts *counts,
		lk_error *error)
{
	const lk_ngram_options *options = &ngram->options;
	size_t order = options->order;
	lk_status status = make_p(ngram, error);

	if (status)
		return status;
	for (size_t n = 1; n <= order; n++) {
		size_t from = 0, to = 0;

		make_uniform(ngram, n);
		if (n == 1 && order == 1)
			fit_context(ngram->level[1].p, counts->level[1], 0,
					ngram->level[1].count, options->alpha,
					(double)options->vocabulary);
		if (n == 1)
			continue;
		if (n == order)
			to = ngram->level[n - 1].count;
		else
			lk_ngram_below(&from, &to, ngram, options->end, n - 1);
		fit_contexts(ngram, counts, n, from, to, options->alpha);
	}
	return LK_OK;
}

lk_status lk_uniform_fit(lk_ngram *ngram, lk_error *error)
{
	lk_status status = lk_ngram_level_new(
			ngram, 1, ngram->options.vocabulary, error);

	if (!status)
		status = lk_ngram_level_p(ngram, 1, error);
	if (!status)
		make_uniform(ngram, 1);
	return status;
}
