/* likely compare: simple models fitted on the training text, and compressors. */
#include "cli/compare.h"
#include "base/file.h"
#include "evaluate/ngrams.h"
#include "report/format.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* So that baselines take less than a minute: all orders up to so much training
 * text, some above, and no more than its end. */
enum { ALL_ORDERS_NBYTES = 8 << 20, TRAINING_MOST = 32 << 20 };

typedef struct {
	lk_ngram_smoothing smoothing;
	size_t order;
	double alpha;
	bool always; /* however much training text */
} recipe;

/* clang-format off */
static const recipe recipes[] = {
	{ LK_NGRAM_UNIFORM,    1, 1,   true },
	{ LK_NGRAM_MLE,        1, 1,   true },
	{ LK_NGRAM_MLE,        3, 1,   true },
	{ LK_NGRAM_ADDITIVE,   3, 0.1, true },
	{ LK_NGRAM_KNESER_NEY, 1, 1,   true },
	{ LK_NGRAM_KNESER_NEY, 2, 1,   true },
	{ LK_NGRAM_KNESER_NEY, 3, 1,   true },
	{ LK_NGRAM_KNESER_NEY, 4, 1,   false },
	{ LK_NGRAM_KNESER_NEY, 5, 1,   true },
	{ LK_NGRAM_KNESER_NEY, 6, 1,   false },
	{ LK_NGRAM_KNESER_NEY, 7, 1,   false },
	{ LK_NGRAM_KNESER_NEY, 8, 1,   true },
	{ LK_NGRAM_KNESER_NEY, 9, 1,   false },
	{ LK_NGRAM_KNESER_NEY, 10, 1,  false },
	{ LK_NGRAM_KNESER_NEY, 11, 1,  false },
	{ LK_NGRAM_KNESER_NEY, 12, 1,  false },
};
/* clang-format on */
enum { RECIPES = sizeof recipes / sizeof *recipes };

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the baselines");
}

/* The training text that baselines are fitted on: the first that can be read. */
static const lk_parts *choose(const lk_comparison *c)
{
	for (size_t i = 0; i < c->candidates; i++)
		if (c->candidate[i].trained_on.looked)
			return &c->candidate[i].training;
	return NULL;
}

static uint64_t nbytes_of(const lk_parts *parts)
{
	uint64_t nbytes = 0;

	for (size_t i = 0; i < parts->count; i++)
		nbytes += parts->part[i].nbytes;
	return nbytes;
}

/* The last `most` bytes of the parts, in memory. */
static lk_status read_end(
		lk_bytes *bytes, const lk_parts *parts, uint64_t most, lk_error *error)
{
	uint64_t skip = nbytes_of(parts) > most ? nbytes_of(parts) - most : 0;
	lk_status status = LK_OK;

	*bytes = (lk_bytes){ .data = malloc(nbytes_of(parts) - skip + 1) };
	if (!bytes->data)
		return no_memory(error);
	for (size_t i = 0; i < parts->count && !status; i++) {
		const lk_part *p = &parts->part[i];
		uint64_t from = skip < p->nbytes ? skip : p->nbytes;
		int fd = open(p->path, O_RDONLY | O_CLOEXEC);

		skip -= from;
		status = fd < 0 ? lk_fail_errno(error, "%s: cannot be read", p->path)
				: lk_file_read_at(fd, bytes->data + bytes->nbytes,
						  p->nbytes - from, p->offset + from,
						  p->path, error);
		bytes->nbytes += p->nbytes - from;
		if (fd >= 0)
			close(fd);
	}
	return status;
}

/* The bytes as a stream of tokens. What files there were is not known any more: one
 * document. */
static lk_status make_stream(lk_tokens **stream, const lk_bytes *training,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_document document = { .path = "training text",
		.text = training->data,
		.nbytes = training->nbytes,
		.file_nbytes = training->nbytes };
	lk_documents documents = { &document, 1, training->nbytes };

	return lk_tokens_new(stream, &documents, tokenizer, error);
}

static void name_of(char *name, size_t size, const recipe *r)
{
	if (r->smoothing == LK_NGRAM_UNIFORM)
		snprintf(name, size, "uniform");
	else if (r->smoothing == LK_NGRAM_MLE)
		snprintf(name, size, "%zu-gram, maximum likelihood", r->order);
	else if (r->smoothing == LK_NGRAM_ADDITIVE)
		snprintf(name, size, "%zu-gram, additive, alpha %g", r->order,
				r->alpha);
	else
		snprintf(name, size, "%zu-gram, Kneser-Ney", r->order);
}

static lk_status fit(lk_comparison *c, const recipe *r, const lk_tokens *training,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_baseline *b = &c->baseline[c->baselines++];
	lk_ngram_options options = { .smoothing = r->smoothing,
		.order = r->order,
		.alpha = r->alpha,
		.vocabulary = tokenizer->vocabulary,
		.end = tokenizer->end,
		.threads = lk_common_threads(c->common) };
	lk_ngram *ngram = NULL;
	lk_predictor *predictor = NULL;
	lk_costs costs = { 0 };
	lk_status status = lk_ngram_fit_tokens(&ngram, &options, training, error);

	name_of(b->name, sizeof b->name, r);
	if (!status)
		status = lk_predictor_new_ngram(&predictor, ngram, error);
	if (!status)
		status = lk_costs_score(&costs, predictor, tokenizer,
				&c->text.documents, error);
	if (!status) {
		b->nll = lk_costs_nll(&costs);
		for (size_t i = 0; i < costs.tokens; i++)
			b->impossible += isinf(costs.nll[i]) != 0;
	}
	lk_costs_free(&costs);
	lk_predictor_free(predictor);
	lk_ngram_free(ngram);
	return status;
}

static lk_status fit_all(lk_comparison *c, const lk_bytes *training, lk_error *error)
{
	lk_tokenizer *tokenizer = NULL;
	lk_tokens *stream = NULL;
	lk_status status = lk_tokenizer_new_byte(&tokenizer, error);

	if (!status)
		status = make_stream(&stream, training, tokenizer, error);
	for (size_t i = 0; i < RECIPES && !status; i++)
		if (recipes[i].always || training->nbytes <= ALL_ORDERS_NBYTES)
			status = fit(c, &recipes[i], stream, tokenizer, error);
	lk_tokens_free(stream);
	lk_tokenizer_free(tokenizer);
	return status;
}

static lk_status compress(
		lk_comparison *c, size_t i, const lk_bytes *training, lk_error *error)
{
	lk_baseline *b = &c->baseline[c->baselines];
	lk_status status = lk_compress_with(&b->compressed, i, c->text.data,
			c->text.nbytes, training->data, training->nbytes, error);

	if (!status && b->compressed.installed) {
		snprintf(b->name, sizeof b->name, "%s", b->compressed.command);
		b->nll = (double)b->compressed.cold * 8 * log(2);
		c->baselines++;
	}
	return status;
}

/* What they were fitted on, in words. */
static void describe(lk_comparison *c, const lk_parts *parts, size_t used)
{
	char nbytes[LK_FORMAT_MOST];

	snprintf(c->fitted_on, sizeof c->fitted_on,
			"%s%s bytes of training text (%.120s%s)",
			used < nbytes_of(parts) ? "the last " : "",
			lk_format_whole(nbytes, sizeof nbytes, used),
			parts->part[0].path, parts->count > 1 ? " and others" : "");
}

lk_status lk_compare_baselines(lk_comparison *c, lk_error *error)
{
	const lk_parts *parts = choose(c);
	lk_bytes training = { 0 };
	lk_status status = LK_OK;

	c->baseline = calloc(RECIPES + LK_COMPRESSOR_COUNT, sizeof *c->baseline);
	if (!c->baseline)
		return no_memory(error);
	if (parts && nbytes_of(parts)) {
		status = read_end(&training, parts, TRAINING_MOST, error);
		if (!status)
			status = fit_all(c, &training, error);
		describe(c, parts, training.nbytes);
	}
	for (size_t i = 0; i < LK_COMPRESSOR_COUNT && !status; i++)
		status = compress(c, i, &training, error);
	lk_bytes_free(&training);
	return status;
}
