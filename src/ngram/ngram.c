#include "ngram/closed_form.h"
#include "ngram/kneser_ney.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

const char *lk_ngram_smoothing_name(lk_ngram_smoothing smoothing)
{
	static const char *const name[] = {
#define X(name, text) text,
		LK_NGRAM_SMOOTHINGS(X)
#undef X
		[LK_NGRAM_IMPORTED] = "imported",
	};

	return name[smoothing];
}

static lk_status check_options(const lk_ngram_options *o, size_t count, lk_error *error)
{
	size_t most = o->smoothing == LK_NGRAM_UNIFORM ? 1 : LK_NGRAM_ORDER_MOST;

	assert(o->smoothing < LK_NGRAM_IMPORTED);
	if (!o->order || o->order > most)
		return lk_fail(error, LK_RANGE,
				"an n-gram model (%s) of order %zu is out of range; use 1 to "
				"%zu",
				lk_ngram_smoothing_name(o->smoothing), o->order, most);
	if (o->smoothing == LK_NGRAM_ADDITIVE && !(o->alpha > 0 && isfinite(o->alpha)))
		return lk_fail(error, LK_RANGE,
				"additive smoothing adds more than 0 to each count, not %g",
				o->alpha);
	if (o->vocabulary < 2 || o->end >= o->vocabulary ||
			o->vocabulary > LK_NGRAM_NONE - 2)
		return lk_fail(error, LK_RANGE,
				"an n-gram model of %lu tokens, of which number %lu is the end "
				"of text, is out of range",
				(unsigned long)o->vocabulary, (unsigned long)o->end);
	if (count < 2)
		return lk_fail(error, LK_RANGE,
				"the text to estimate n-grams from is empty");
	if (count >= LK_NGRAM_NONE)
		return lk_fail(error, LK_RANGE,
				"a text of %zu tokens is too long to estimate n-grams from; "
				"up to %lu are possible",
				count, (unsigned long)LK_NGRAM_NONE - 1);
	return LK_OK;
}

/* The whole stream, in as few bits as its ids need. */
static lk_status read_text(lk_ngram_text *text, const lk_ngram_options *options,
		lk_ngram_reader *read, const void *stream, size_t count,
		lk_error *error)
{
	enum { PIECE = 4096 };
	uint32_t id[PIECE];
	lk_status status = lk_ngram_words_new(&text->id, count,
			lk_ngram_wide(options->vocabulary), error);

	text->count = count;
	text->end = options->end;
	text->vocabulary = options->vocabulary;
	for (size_t at = 0; at < count && !status; at += PIECE) {
		size_t n = count - at < PIECE ? count - at : PIECE;

		read(stream, at, n, id);
		for (size_t i = 0; i < n && !status; i++) {
			lk_ngram_put_word(&text->id, at + i, id[i]);
			if (id[i] >= options->vocabulary)
				status = lk_fail(error, LK_RANGE,
						"token %zu of the text is %lu, but there are "
						"only %lu ids",
						at + i, (unsigned long)id[i],
						(unsigned long)options->vocabulary);
		}
	}
	if (!status && lk_ngram_word(&text->id, 0) != options->end)
		status = lk_fail(error, LK_RANGE,
				"the text does not begin with the end of text before it");
	return status;
}

static lk_status estimate(lk_ngram *ngram, lk_ngram_text *text, int threads,
		lk_error *error)
{
	lk_ngram_counts counts = { 0 };
	lk_status status = lk_ngram_count_text(&counts, ngram, text, threads, error);

	free(text->id.data); /* what follows needs its memory */
	text->id.data = NULL;
	if (!status && ngram->options.smoothing == LK_NGRAM_MLE)
		status = lk_maximum_likelihood_fit(ngram, &counts, error);
	else if (!status && ngram->options.smoothing == LK_NGRAM_ADDITIVE)
		status = lk_additive_fit(ngram, &counts, error);
	else if (!status)
		status = lk_kneser_ney_fit(ngram, &counts, threads, error);
	lk_ngram_counts_free(&counts, ngram);
	return status;
}

lk_status lk_ngram_fit(lk_ngram **ngram, const lk_ngram_options *options,
		lk_ngram_reader *read, const void *stream, size_t count,
		lk_error *error)
{
	lk_ngram_text text = { 0 };
	lk_ngram *result = NULL;
	int threads = options->threads > 1 ? options->threads : 1;
	lk_status status = check_options(options, count, error);

	if (!status)
		status = read_text(&text, options, read, stream, count, error);
	if (!status)
		status = lk_ngram_new(&result, options, error);
	if (!status && options->smoothing == LK_NGRAM_UNIFORM)
		status = lk_uniform_fit(result, error);
	else if (!status)
		status = estimate(result, &text, threads, error);
	free(text.id.data);
	if (status)
		lk_ngram_free(result);
	else
		*ngram = result;
	return status;
}

const lk_ngram_options *lk_ngram_get_options(const lk_ngram *ngram)
{
	return &ngram->options;
}

size_t lk_ngram_count(const lk_ngram *ngram, size_t length)
{
	return ngram->level[length].count;
}

const double *lk_ngram_discounts(const lk_ngram *ngram, size_t length, bool *fallback)
{
	*fallback = ngram->fallback[length];
	return ngram->discount[length] + 1;
}

size_t lk_ngram_memory(const lk_ngram *ngram)
{
	size_t nbytes = sizeof *ngram;

	for (size_t n = 1; n <= ngram->options.order; n++) {
		const lk_ngram_level *level = &ngram->level[n];
		size_t each = sizeof *level->p;

		if (n > 1)
			each += level->word.wide ? sizeof(uint32_t) : sizeof(uint16_t);
		if (n < ngram->options.order)
			each += sizeof *level->first + sizeof *level->backoff;
		nbytes += level->count * each;
	}
	return nbytes;
}
