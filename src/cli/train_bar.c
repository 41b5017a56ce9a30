/* likely train --minutes: what a model that is only counted would reach. It takes
 * seconds, and where there is much text and little time it is the better model. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "cli/command.h"
#include "evaluate/ngrams.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* Orders to try; the search begins in the middle of them, where most texts have their
 * best, and follows what gets better. n-grams of bytes are longer than those of
 * words, and those of fewer kinds of tokens than those of many. */
static const size_t byte_orders[] = { 4, 6, 8, 11, 15 };
static const size_t few_orders[] = { 3, 4, 5, 6, 7 };
static const size_t token_orders[] = { 2, 3, 4, 5, 6 };

enum { ORDERS = 5, FEW_TOKENS = 1500 };

/* Estimating and measuring take about so much for each token and order. */
#define TOKEN_SECONDS 6e-8
#define TOKEN_NBYTES  6.0

/* Bounds: of the time there is, more of it for a first try; and of the machine's
 * memory. */
#define TIME_SHARE   0.08
#define FIRST_SHARE  0.25
#define MEMORY_SHARE 0.25

/* Interpolated Kneser-Ney of the run's tokens. */
static lk_ngram_options options_of(const lk_train_run *run, size_t order)
{
	return (lk_ngram_options){ .smoothing = LK_NGRAM_KNESER_NEY,
		.order = order,
		.vocabulary = run->tokenizer->vocabulary,
		.end = run->tokenizer->end,
		.threads = lk_common_threads(&run->common) };
}

/* Is there time and memory for this order? */
static bool affordable(const lk_train_run *run, size_t order, double begun)
{
	double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
	double work = (double)lk_tokens_count(run->training) * (double)order;
	double spent = lk_clock_seconds() - begun;
	double share = run->bar.order ? TIME_SHARE : FIRST_SHARE;

	return spent + work * TOKEN_SECONDS < share * 60 * run->options.minutes &&
			work * TOKEN_NBYTES < MEMORY_SHARE * memory;
}

/* Try an order; *better where it is the best so far. */
static lk_status try(bool *better, lk_train_run *run, size_t order, lk_error *error)
{
	double begun = lk_clock_seconds();
	lk_ngram_options options = options_of(run, order);
	lk_bar *bar = &run->bar;
	lk_score score;
	lk_status status = lk_score_ngram_fitted(
			&score, &options, run->training, run->validation, error);

	*better = !status && lk_score_nll_per_token(&score) < bar->nll;
	if (!*better)
		return status;
	bar->order = order;
	bar->nll = lk_score_nll_per_token(&score);
	bar->bits_per_byte = lk_score_bits_per_byte(&score);
	bar->order_seconds = lk_clock_seconds() - begun;
	return LK_OK;
}

/* From `first` on by `step` while that gets better. */
static lk_status search(lk_train_run *run, const size_t *orders, int first, int step,
		double begun, lk_error *error)
{
	bool better = true;
	lk_status status = LK_OK;

	for (int i = first; !status && better && i >= 0 && i < ORDERS; i += step) {
		if (!affordable(run, orders[i], begun)) {
			if (run->bar.order || step > 0)
				break;
			continue; /* a lower one may be */
		}
		status = try(&better, run, orders[i], error);
	}
	return status;
}

lk_status lk_train_measure_bar(lk_train_run *run, lk_error *error)
{
	uint32_t vocabulary = run->tokenizer->vocabulary;
	const size_t *orders = vocabulary <= LK_RECIPE_BYTES ? byte_orders
			: vocabulary < FEW_TOKENS            ? few_orders
							     : token_orders;
	double begun = lk_clock_seconds();
	size_t middle = orders[ORDERS / 2];
	lk_status status;

	run->bar = (lk_bar){ .nll = INFINITY };
	status = search(run, orders, ORDERS / 2, 1, begun, error);
	if (!status && (!run->bar.order || run->bar.order == middle))
		status = search(run, orders, ORDERS / 2 - 1, -1, begun, error);
	run->bar.seconds = lk_clock_seconds() - begun;
	return status;
}

lk_status lk_train_keep_better(lk_train_run *run, lk_error *error)
{
	lk_ngram_options options = options_of(run, run->bar.order);
	lk_ngram *ngram = NULL;
	lk_status status;

	run->counted = run->bar.order && run->bar.nll < run->state.best_nll;
	if (!run->counted)
		return LK_OK;
	status = lk_ngram_fit_tokens(&ngram, &options, run->training, error);
	if (!status)
		status = lk_run_save_counted(run->run, ngram, run->tokenizer, error);
	lk_ngram_free(ngram);
	return status;
}
