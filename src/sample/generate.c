#include "sample/generate.h"

#include "base/clock.h"
#include "base/size.h"
#include "text/utf8.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL = 3 }; /* most bytes of a character that is not complete */

/* Fewer logits are not worth waking threads for. */
enum { SHARED_LEAST = 4096 };

/* One sample. */
typedef struct {
	size_t drawn;
	bool done;
	uint32_t next;    /* what was chosen last, unless status says why nothing was */
	lk_status status;
	unsigned char tail[TAIL];
	size_t tail_nbytes;
} stream;

/* What a thread chooses with. */
typedef struct {
	lk_sampler *sampler;
	float *logits; /* [vocabulary]: of one stream */
} chooser;

typedef struct {
	const lk_generate_config *config;
	const lk_tokenizer *tokenizer;
	size_t vocabulary; /* of the model */
	lk_source *source;
	chooser *chooser;    /* [threads] */
	size_t threads;      /* that choose */
	stream *stream;      /* [config->streams] */
	lk_ids *ids;         /* [streams]: end of text, prompt, and what was drawn */
	unsigned char *text; /* room for a tail and any piece */
	lk_generate_text *sink;
	void *sink_context;
} generator;

static size_t longest_piece(const lk_tokenizer *tokenizer)
{
	size_t longest = 0, nbytes;

	for (uint32_t id = 0; id < tokenizer->vocabulary; id++) {
		lk_tokenizer_piece(tokenizer, id, &nbytes);
		longest = nbytes > longest ? nbytes : longest;
	}
	return longest;
}

static lk_status no_memory(size_t streams, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for %zu samples", streams);
}

static lk_status prepare(generator *g, lk_error *error)
{
	size_t streams = g->config->streams;
	lk_status status = LK_OK;

	g->threads = g->config->threads > 1
			? lk_least((size_t)g->config->threads, streams)
			: 1;
	g->chooser = calloc(g->threads, sizeof *g->chooser);
	g->stream = calloc(streams, sizeof *g->stream);
	g->ids = calloc(streams, sizeof *g->ids);
	g->text = malloc(TAIL + longest_piece(g->tokenizer));
	if (!g->chooser || !g->stream || !g->ids || !g->text)
		return no_memory(streams, error);
	for (size_t i = 0; i < g->threads && !status; i++) {
		g->chooser[i].logits = calloc(g->vocabulary, sizeof(float));
		status = g->chooser[i].logits
				? lk_sampler_new(&g->chooser[i].sampler,
						&g->config->sampler,
						g->vocabulary, error)
				: no_memory(streams, error);
	}
	return status;
}

static void release(generator *g)
{
	for (size_t s = 0; g->ids && s < g->config->streams; s++)
		lk_ids_free(&g->ids[s]);
	free(g->ids);
	free(g->stream);
	free(g->text);
	for (size_t i = 0; g->chooser && i < g->threads; i++) {
		lk_sampler_free(g->chooser[i].sampler);
		free(g->chooser[i].logits);
	}
	free(g->chooser);
}

/* Every stream begins with the end of text and the prompt. */
static lk_status begin(generator *g, const unsigned char *prompt, size_t nbytes,
		lk_error *error)
{
	for (size_t s = 0; s < g->config->streams; s++) {
		lk_ids *ids = &g->ids[s];
		lk_status status = lk_ids_push(ids, g->tokenizer->end, error);

		if (!status)
			status = lk_tokenizer_encode(
					g->tokenizer, prompt, nbytes, ids, error);
		if (!status)
			status = lk_ids_reserve(
					ids, ids->count + g->config->tokens, error);
		if (status)
			return status;
	}
	for (size_t i = 0; i < g->ids[0].count; i++)
		if (g->ids[0].data[i] >= g->vocabulary)
			return lk_fail(error, LK_RANGE,
					"the tokenizer has token %lu, but the model knows only "
					"%zu: they do not belong together",
					(unsigned long)g->ids[0].data[i],
					g->vocabulary);
	return LK_OK;
}

/* Hand out what is complete of the tail and these bytes; keep the rest. */
static lk_status emit(generator *g, size_t s, const unsigned char *piece, size_t nbytes)
{
	stream *one = &g->stream[s];
	size_t total = one->tail_nbytes + nbytes, keep;

	memcpy(g->text, one->tail, one->tail_nbytes);
	if (nbytes)
		memcpy(g->text + one->tail_nbytes, piece, nbytes);
	keep = lk_utf8_incomplete_tail(g->text, total);
	memcpy(one->tail, g->text + total - keep, keep);
	one->tail_nbytes = keep;
	return total > keep ? g->sink(g->sink_context, s, g->text, total - keep, false)
			    : LK_OK;
}

static lk_status finish(generator *g, size_t s)
{
	stream *one = &g->stream[s];
	lk_status status = LK_OK;

	if (one->tail_nbytes) /* it will never be complete */
		status = g->sink(
				g->sink_context, s, one->tail, one->tail_nbytes, false);
	one->done = true;
	return status ? status : g->sink(g->sink_context, s, NULL, 0, true);
}

/* Copy the logits, forbidding what must not be drawn. LK_DIVERGED where they are not
 * finite, LK_RANGE where nothing is left. */
static lk_status take_logits(const generator *g, float *to, const float *logits)
{
	uint32_t end = g->tokenizer->end, known = g->tokenizer->vocabulary;
	bool possible = false;

	for (size_t i = 0; i < g->vocabulary; i++) {
		if (!(logits[i] < INFINITY))
			return LK_DIVERGED;
		to[i] = i < known ? logits[i] : -INFINITY;
		if (i == end && g->config->ignore_end && g->vocabulary > 1)
			to[i] = -INFINITY;
		possible = possible || to[i] > -INFINITY;
	}
	return possible ? LK_OK : LK_RANGE;
}

static void choose(const generator *g, size_t s, const float *logits, chooser *with)
{
	stream *one = &g->stream[s];

	one->status = take_logits(g, with->logits, logits);
	if (!one->status) /* the end of text before the prompt was not said by anyone */
		one->next = lk_sampler_choose(with->sampler, with->logits,
				g->ids[s].data + 1, g->ids[s].count - 1, s, one->drawn);
}

/* The next token of every stream that goes on. */
static void choose_all(const generator *g, const float *logits, size_t live)
{
	size_t V = g->vocabulary;

	#pragma omp parallel for schedule(dynamic, 1) num_threads((int)g->threads) \
			if (g->threads > 1 && live * V >= SHARED_LEAST)
	for (size_t s = 0; s < g->config->streams; s++)
		if (!g->stream[s].done)
			choose(g, s, logits + s * V, &g->chooser[omp_get_thread_num()]);
}

static lk_status complain(lk_status status, lk_error *error)
{
	if (status == LK_DIVERGED)
		return lk_fail(error, status,
				"the model's prediction is not finite: its weights are "
				"damaged, or its training diverged");
	return lk_fail(error, status,
			"here the model holds everything for impossible but that the "
			"text ends, and --ignore-end forbids that");
}

/* Add what was chosen to a stream, and hand out its text. */
static lk_status say(generator *g, size_t s, size_t *tokens, lk_error *error)
{
	stream *one = &g->stream[s];
	const unsigned char *piece;
	size_t nbytes;
	lk_status status;

	if (one->status)
		return complain(one->status, error);
	status = lk_ids_push(&g->ids[s], one->next, error);
	if (status)
		return status;
	one->drawn++;
	++*tokens;
	piece = lk_tokenizer_piece(g->tokenizer, one->next, &nbytes);
	status = emit(g, s, piece, nbytes);
	if (!status && (one->next == g->tokenizer->end || one->drawn == g->config->tokens))
		status = finish(g, s);
	return status;
}

static lk_status run(generator *g, lk_generate_result *result, lk_error *error)
{
	size_t streams = g->config->streams, live = streams;
	double start = lk_clock_seconds();
	const float *logits = g->source->logits(
			g->source, g->ids, g->ids[0].count);
	lk_status status = LK_OK;

	result->prompt_tokens = g->ids[0].count - 1;
	result->prompt_s = lk_clock_seconds() - start;
	start = lk_clock_seconds();
	if (!g->config->tokens) {
		for (size_t s = 0; s < streams && !status; s++)
			status = finish(g, s);
		live = 0;
	}
	while (live && !status) {
		choose_all(g, logits, live);
		for (size_t s = 0; s < streams && !status; s++) {
			stream *one = &g->stream[s];

			if (one->done)
				continue;
			status = say(g, s, &result->tokens, error);
			if (!one->done)
				continue;
			live--;
			if (live)
				lk_source_drop(g->source, s);
		}
		if (live && !status)
			logits = g->source->logits(g->source, g->ids, 1);
	}
	result->seconds = lk_clock_seconds() - start;
	return status;
}

lk_status lk_generate_from(lk_generate_result *result, lk_source *source,
		const lk_tokenizer *tokenizer, const unsigned char *prompt,
		size_t prompt_nbytes, const lk_generate_config *config,
		lk_generate_text *text, void *context, lk_error *error)
{
	generator g = { .config = config,
		.tokenizer = tokenizer,
		.vocabulary = source->vocabulary,
		.source = source,
		.sink = text,
		.sink_context = context };
	lk_status status;

	assert(config->streams && config->streams == source->streams);
	*result = (lk_generate_result){ 0 };
	status = prepare(&g, error);
	if (!status)
		status = begin(&g, prompt, prompt_nbytes, error);
	if (!status)
		status = run(&g, result, error);
	release(&g);
	return status;
}

lk_status lk_generate(lk_generate_result *result, lk_model *model,
		const lk_tokenizer *tokenizer, const unsigned char *prompt,
		size_t prompt_nbytes, const lk_generate_config *config,
		lk_generate_text *text, void *context, lk_error *error)
{
	lk_source *source;
	lk_status status;

	assert(config->threads > 0);
	status = lk_source_new_transformer(
			&source, model, config->streams, config->threads, error);
	if (status)
		return status;
	status = lk_generate_from(result, source, tokenizer, prompt, prompt_nbytes, config,
			text, context, error);
	lk_source_free(source);
	return status;
}
