/* likely train --minutes: what a model that is only counted would reach, of the run's
 * tokens or of bytes. It takes seconds, and where there is much text and little time it
 * is the better model. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "cli/command.h"
#include "evaluate/ngrams.h"
#include "text/spelling.h"

#include <unistd.h>

/* Where the search for the best order begins, by how many ids there are: n-grams of
 * bytes are longer than those of words. */
enum { FIRST_OF_BYTES = 7, FIRST_OF_FEW = 5, FIRST = 4, FEW_TOKENS = 1500 };
enum { ORDER_MOST = 15, STRIDE = 2 };

/* An order that is better by less than this share is no reason to try the next. */
#define LITTLE 0.003

/* Estimating and measuring take about so much for each token and order. */
#define TOKEN_SECONDS 6e-8
#define TOKEN_NBYTES  6.0

/* Bounds: of the time there is, of it for a first try, of it where n-grams may win; and
 * of the machine's memory. */
#define TIME_SHARE   0.02
#define FIRST_SHARE  0.25
#define WIN_SHARE    0.2
#define MEMORY_SHARE 0.25

/* What wins is counted again, perhaps on a busier machine, and saved. */
#define SLOWER             1.25
#define SAVED_NBYTES_PER_S 1e8

/* Training makes less than this of the bits per byte of n-grams, or these may win. */
#define MAY_WIN 0.95

/* The text in one kind of tokens. */
typedef struct {
	const lk_tokenizer *tokenizer;
	const lk_tokens *training, *validation;
	size_t best_order; /* so far, of these tokens; 0: none */
	double best_bits_per_byte;
	uint64_t tried;    /* a bit for each order */
} counted_text;

bool lk_train_ngrams_may_win(const lk_train_run *run)
{
	const lk_bar *bar = &run->bar;

	return bar->order && lk_recipe_expect(&run->budget) > MAY_WIN * bar->bits_per_byte;
}

const char *lk_bar_unit(const lk_bar *bar)
{
	if (bar->of_bytes)
		return bar->order == 1 ? "byte" : "bytes";
	return bar->order == 1 ? "token" : "tokens";
}

/* Interpolated Kneser-Ney. */
static lk_ngram_options options_of(
		const lk_train_run *run, const lk_tokenizer *tokenizer, size_t order)
{
	return (lk_ngram_options){ .smoothing = LK_NGRAM_KNESER_NEY,
		.order = order,
		.vocabulary = tokenizer->vocabulary,
		.end = tokenizer->end,
		.threads = lk_common_threads(&run->common) };
}

/* Is there time and memory for so many tokens times order? */
static bool affordable(const lk_train_run *run, double work, double begun)
{
	double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
	double spent = lk_clock_seconds() - begun;
	double share = !run->bar.order               ? FIRST_SHARE
			: lk_train_ngrams_may_win(run) ? WIN_SHARE
						       : TIME_SHARE;

	return spent + work * TOKEN_SECONDS < share * 60 * run->options.minutes &&
			work * TOKEN_NBYTES < MEMORY_SHARE * memory;
}

/* Try an order, unless it has been. *better: by how much it is better than the best
 * so far of these tokens, as a share. */
static lk_status try(double *better, lk_train_run *run, counted_text *text, size_t order,
		lk_error *error)
{
	double begun = lk_clock_seconds(), again_s, bits;
	lk_ngram_options options = options_of(run, text->tokenizer, order);
	lk_bar *bar = &run->bar;
	lk_ngram *ngram = NULL;
	lk_score score;
	lk_status status;

	*better = 0;
	if (text->tried >> order & 1)
		return LK_OK;
	text->tried |= UINT64_C(1) << order;
	status = lk_ngram_fit_tokens(&ngram, &options, text->training, error);
	if (status)
		return status;
	again_s = SLOWER * (lk_clock_seconds() - begun) +
			(double)lk_ngram_memory(ngram) / SAVED_NBYTES_PER_S;
	status = lk_score_ngram(&score, ngram, text->validation, error);
	lk_ngram_free(ngram);
	if (status)
		return status;
	bits = lk_score_bits_per_byte(&score);
	*better = text->best_order ? 1 - bits / text->best_bits_per_byte : 1;
	if (*better > 0) {
		text->best_order = order;
		text->best_bits_per_byte = bits;
	}
	if (bar->order && bits >= bar->bits_per_byte)
		return LK_OK;
	bar->order = order;
	bar->of_bytes = text->tokenizer != run->tokenizer;
	bar->nll = lk_score_nll_per_token(&score);
	bar->bits_per_byte = bits;
	bar->again_s = again_s;
	return LK_OK;
}

/* From `order` on by `step` while that gets better. */
static lk_status climb(lk_train_run *run, counted_text *text, size_t order, int step,
		double begun, lk_error *error)
{
	double tokens = (double)lk_tokens_count(text->training), better = 1;
	lk_status status = LK_OK;

	for (; !status && better > LITTLE && order >= 1 && order <= ORDER_MOST;
			order += (size_t)step) {
		if (affordable(run, tokens * (double)order, begun))
			status = try(&better, run, text, order, error);
		else if (text->best_order || step > 0)
			break;
	}
	return status;
}

/* The best order: with long steps up, or else down, and then on both sides. */
static lk_status search(
		lk_train_run *run, counted_text *text, double begun, lk_error *error)
{
	uint32_t vocabulary = text->tokenizer->vocabulary;
	size_t first = vocabulary <= LK_RECIPE_BYTES ? FIRST_OF_BYTES
			: vocabulary < FEW_TOKENS    ? FIRST_OF_FEW
						     : FIRST;
	lk_status status = climb(run, text, first, STRIDE, begun, error);
	size_t best;

	if (!status && (!text->best_order || text->best_order == first))
		status = climb(run, text, first - 1, -1, begun, error);
	best = text->best_order;
	if (!status && best && lk_train_ngrams_may_win(run)) {
		status = climb(run, text, best + 1, 1, begun, error);
		if (!status)
			status = climb(run, text, best - 1, -1, begun, error);
	}
	return status;
}

/* The run's text in bytes. */
static lk_status spell(lk_tokenizer **bytes, lk_tokens **training, lk_tokens **validation,
		const lk_train_run *run, lk_error *error)
{
	lk_status status = lk_tokenizer_new_byte(bytes, error);

	if (!status)
		status = lk_tokens_new_spelled(
				training, run->training, run->tokenizer, *bytes, error);
	if (!status && validation)
		status = lk_tokens_new_spelled(validation, run->validation,
				run->tokenizer, *bytes, error);
	return status;
}

static lk_status search_bytes(lk_train_run *run, double begun, lk_error *error)
{
	double nbytes = (double)lk_tokens_nbytes(run->training);
	lk_tokenizer *bytes = NULL;
	lk_tokens *training = NULL, *validation = NULL;
	lk_status status;

	if (run->tokenizer->vocabulary <= LK_RECIPE_BYTES ||
			!affordable(run, nbytes * FIRST_OF_BYTES, begun))
		return LK_OK;
	status = spell(&bytes, &training, &validation, run, error);
	if (!status)
		status = search(run,
				&(counted_text){ .tokenizer = bytes,
					.training = training,
					.validation = validation },
				begun, error);
	lk_tokens_free(validation);
	lk_tokens_free(training);
	lk_tokenizer_free(bytes);
	return status;
}

lk_status lk_train_measure_bar(lk_train_run *run, lk_error *error)
{
	double begun = lk_clock_seconds();
	counted_text own = { .tokenizer = run->tokenizer,
		.training = run->training,
		.validation = run->validation };
	lk_status status;

	run->bar = (lk_bar){ .order = 0 };
	status = search(run, &own, begun, error);
	if (!status)
		status = search_bytes(run, begun, error);
	run->bar.seconds = lk_clock_seconds() - begun;
	return status;
}

/* Count the bar's n-grams again, and save them. */
static lk_status save(lk_train_run *run, const lk_tokens *training,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_ngram_options options = options_of(run, tokenizer, run->bar.order);
	lk_ngram *ngram = NULL;
	lk_status status = lk_ngram_fit_tokens(&ngram, &options, training, error);

	if (!status)
		status = lk_run_save_counted(run->run, ngram, tokenizer, error);
	lk_ngram_free(ngram);
	return status;
}

lk_status lk_train_keep_better(lk_train_run *run, double bits_per_byte, lk_error *error)
{
	lk_tokenizer *bytes = NULL;
	lk_tokens *training = NULL;
	lk_status status;

	run->counted = run->bar.order && run->bar.bits_per_byte < bits_per_byte;
	if (!run->counted)
		return LK_OK;
	if (!run->bar.of_bytes)
		return save(run, run->training, run->tokenizer, error);
	status = spell(&bytes, &training, NULL, run, error);
	if (!status)
		status = save(run, training, bytes, error);
	lk_tokens_free(training);
	lk_tokenizer_free(bytes);
	return status;
}
