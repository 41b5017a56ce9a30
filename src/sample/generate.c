#include "sample/generate.h"

#include "base/clock.h"
#include "model/decoder.h"
#include "text/utf8.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL = 3 }; /* most bytes of a character that is not complete */

/* One sample. */
typedef struct {
	lk_ids ids; /* end of text, prompt, and what was drawn */
	size_t drawn;
	bool done;
	unsigned char tail[TAIL];
	size_t tail_nbytes;
} stream;

typedef struct {
	const lk_generate_config *config;
	const lk_tokenizer *tokenizer;
	size_t vocabulary; /* of the model */
	lk_decoder *decoder;
	lk_sampler *sampler;
	stream *stream;      /* [config->streams] */
	uint32_t *feed;      /* (streams, capacity): what the decoder reads */
	float *logits;       /* [vocabulary]: of one stream */
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

static lk_status prepare(generator *g, lk_model *model, lk_error *error)
{
	size_t streams = g->config->streams;
	size_t context = lk_model_get_config(model)->context;
	lk_status status = lk_sampler_new(
			&g->sampler, &g->config->sampler, g->vocabulary, error);

	if (status)
		return status;
	g->stream = calloc(streams, sizeof *g->stream);
	g->feed = calloc(streams * context, sizeof *g->feed);
	g->logits = calloc(g->vocabulary, sizeof *g->logits);
	g->text = malloc(TAIL + longest_piece(g->tokenizer));
	if (!g->stream || !g->feed || !g->logits || !g->text)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu samples",
				streams);
	return lk_decoder_new(&g->decoder, model, streams, g->config->threads, error);
}

static void release(generator *g)
{
	if (g->stream)
		for (size_t s = 0; s < g->config->streams; s++)
			lk_ids_free(&g->stream[s].ids);
	free(g->stream);
	free(g->feed);
	free(g->logits);
	free(g->text);
	lk_decoder_free(g->decoder);
	lk_sampler_free(g->sampler);
}

/* Every stream begins with the end of text and the prompt. */
static lk_status begin(generator *g, const unsigned char *prompt, size_t nbytes,
		lk_error *error)
{
	for (size_t s = 0; s < g->config->streams; s++) {
		lk_ids *ids = &g->stream[s].ids;
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
	for (size_t i = 0; i < g->stream[0].ids.count; i++)
		if (g->stream[0].ids.data[i] >= g->vocabulary)
			return lk_fail(error, LK_RANGE,
					"the tokenizer has token %lu, but the model knows only "
					"%zu: they do not belong together",
					(unsigned long)g->stream[0].ids.data[i],
					g->vocabulary);
	return LK_OK;
}

/* Bring the decoder up to the streams' ids, of which it has read all but the
 * last `fresh`. Returns the logits that follow. */
static const float *catch_up(generator *g, size_t fresh)
{
	size_t capacity = lk_decoder_capacity(g->decoder);
	size_t length = lk_decoder_length(g->decoder), n = fresh;

	if (n > capacity - length) {
		/* The newer half, or the prompt's end. */
		n = length ? capacity / 2 : capacity;
		n = n ? n : 1;
		lk_decoder_clear(g->decoder);
	}
	for (size_t s = 0; s < g->config->streams; s++) {
		const lk_ids *ids = &g->stream[s].ids;

		memcpy(g->feed + s * n, ids->data + ids->count - n,
				n * sizeof *g->feed);
	}
	return lk_decoder_feed(g->decoder, g->feed, n);
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

/* Copy the logits, forbidding what must not be drawn. */
static lk_status take_logits(generator *g, const float *logits, lk_error *error)
{
	uint32_t end = g->tokenizer->end, known = g->tokenizer->vocabulary;

	for (size_t i = 0; i < g->vocabulary; i++) {
		if (!isfinite(logits[i]))
			return lk_fail(error, LK_DIVERGED,
					"the model's prediction is not finite: its weights are "
					"damaged, or its training diverged");
		g->logits[i] = i < known ? logits[i] : -INFINITY;
	}
	if (g->config->ignore_end && g->vocabulary > 1)
		g->logits[end] = -INFINITY;
	return LK_OK;
}

static lk_status draw(generator *g, size_t s, const float *logits, size_t *tokens,
		lk_error *error)
{
	stream *one = &g->stream[s];
	lk_status status = take_logits(g, logits, error);
	const unsigned char *piece;
	size_t nbytes;
	uint32_t id;

	if (status)
		return status;
	/* The end of text before the prompt was not said by anyone. */
	id = lk_sampler_choose(g->sampler, g->logits, one->ids.data + 1,
			one->ids.count - 1, s, one->drawn);
	status = lk_ids_push(&one->ids, id, error);
	if (status)
		return status;
	one->drawn++;
	++*tokens;
	piece = lk_tokenizer_piece(g->tokenizer, id, &nbytes);
	status = emit(g, s, piece, nbytes);
	if (!status && (id == g->tokenizer->end || one->drawn == g->config->tokens))
		status = finish(g, s);
	return status;
}

static lk_status run(generator *g, lk_generate_result *result, lk_error *error)
{
	size_t streams = g->config->streams, live = streams;
	double start = lk_clock_seconds();
	const float *logits = catch_up(g, g->stream[0].ids.count);
	lk_status status = LK_OK;

	result->prompt_tokens = g->stream[0].ids.count - 1;
	result->prompt_s = lk_clock_seconds() - start;
	start = lk_clock_seconds();
	if (!g->config->tokens) {
		for (size_t s = 0; s < streams && !status; s++)
			status = finish(g, s);
		live = 0;
	}
	while (live && !status) {
		for (size_t s = 0; s < streams && !status; s++) {
			stream *one = &g->stream[s];

			if (one->done) { /* keeps pace with the others */
				status = lk_ids_push(
						&one->ids, g->tokenizer->end, error);
				continue;
			}
			status = draw(g, s, logits + s * g->vocabulary, &result->tokens,
					error);
			live -= one->done;
		}
		if (live && !status)
			logits = catch_up(g, 1);
	}
	result->seconds = lk_clock_seconds() - start;
	return status;
}

lk_status lk_generate(lk_generate_result *result, lk_model *model,
		const lk_tokenizer *tokenizer, const unsigned char *prompt,
		size_t prompt_nbytes, const lk_generate_config *config,
		lk_generate_text *text, void *context, lk_error *error)
{
	generator g = { .config = config,
		.tokenizer = tokenizer,
		.vocabulary = lk_model_get_config(model)->vocabulary,
		.sink = text,
		.sink_context = context };
	lk_status status;

	assert(config->streams && config->threads > 0);
	*result = (lk_generate_result){ 0 };
	status = prepare(&g, model, error);
	if (!status)
		status = begin(&g, prompt, prompt_nbytes, error);
	if (!status)
		status = run(&g, result, error);
	release(&g);
	return status;
}
