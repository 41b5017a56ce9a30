#include "evaluate/session.h"

#include "model/decoder.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	lk_session base;
	lk_decoder *decoder;
	size_t vocabulary, context, stride;
	uint32_t end;
	uint32_t *held;      /* (streams, context): what the decoder holds */
	uint32_t *feed;      /* (streams, context) */
	const float *logits; /* (streams, vocabulary), of the latest token */
} transformer;

/* The decoder reads the latest n tokens of what is held, the last of which is
 * number `length` - 1. */
static void read_held(transformer *t, size_t length, size_t n)
{
	for (size_t s = 0; s < t->base.streams; s++)
		memcpy(t->feed + s * n, t->held + s * t->context + length - n,
				n * sizeof *t->feed);
	t->logits = lk_decoder_feed(t->decoder, t->feed, n);
}

/* Every stream drops its oldest tokens, so that `kept` stay. */
static void drop_oldest(transformer *t, size_t length, size_t kept)
{
	for (size_t s = 0; s < t->base.streams; s++) {
		uint32_t *held = t->held + s * t->context;

		memmove(held, held + length - kept, kept * sizeof *held);
	}
	lk_decoder_clear(t->decoder);
}

/* A document ends in all streams or in none. */
static lk_status check_ends(
		const transformer *t, const uint32_t *id, bool *ends, lk_error *error)
{
	size_t count = 0;

	for (size_t s = 0; s < t->base.streams; s++) {
		assert(id[s] < t->vocabulary);
		count += id[s] == t->end;
	}
	*ends = count > 0;
	if (count && count < t->base.streams)
		return lk_fail(error, LK_UNSUPPORTED,
				"a Transformer reads texts side by side only as long "
				"as "
				"none of them ends before the others");
	return LK_OK;
}

static lk_status advance(lk_session *session, const uint32_t *id, lk_error *error)
{
	transformer *t = (transformer *)session;
	size_t before = lk_decoder_length(t->decoder), length = before;
	bool ends;
	lk_status status = check_ends(t, id, &ends, error);

	if (status)
		return status;
	if (ends)
		length = 0;
	else if (length == t->context)
		length = t->context - t->stride;
	if (length != before)
		drop_oldest(t, before, length);
	for (size_t s = 0; s < t->base.streams; s++)
		t->held[s * t->context + length] = id[s];
	length++;
	read_held(t, length, length - lk_decoder_length(t->decoder));
	return LK_OK;
}

static lk_status distribution(lk_session *session, size_t s, double *p, lk_error *error)
{
	const transformer *t = (const transformer *)session;
	const float *logits = t->logits + s * t->vocabulary;
	float top = logits[0];
	double sum = 0;

	for (size_t v = 0; v < t->vocabulary; v++)
		top = logits[v] > top ? logits[v] : top;
	for (size_t v = 0; v < t->vocabulary; v++)
		sum += p[v] = exp((double)logits[v] - (double)top);
	if (!isfinite(sum))
		return lk_fail(error, LK_DIVERGED,
				"the model's prediction is not finite: its weights are "
				"damaged, or its training diverged");
	for (size_t v = 0; v < t->vocabulary; v++)
		p[v] /= sum;
	return LK_OK;
}

static void release(lk_session *session)
{
	transformer *t = (transformer *)session;

	lk_decoder_free(t->decoder);
	free(t->held);
	free(t->feed);
	free(t);
}

/* Every stream reads the end of text. */
static lk_status begin(transformer *t, lk_error *error)
{
	size_t streams = t->base.streams;
	uint32_t *ends = malloc(streams * sizeof *ends);
	lk_status status;

	if (!ends)
		return lk_fail(error, LK_NOMEM, "out of memory to read %zu texts",
				streams);
	for (size_t s = 0; s < streams; s++)
		ends[s] = t->end;
	status = advance(&t->base, ends, error);
	free(ends);
	return status;
}

lk_status lk_session_new_transformer(lk_session **session, lk_model *model,
		uint32_t end, size_t streams, size_t stride, int threads,
		lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t context = config->context;
	transformer *t = calloc(1, sizeof *t);
	lk_status status;

	assert(streams && stride && stride <= context && end < config->vocabulary);
	if (t) {
		t->held = calloc(streams * context, sizeof *t->held);
		t->feed = calloc(streams * context, sizeof *t->feed);
	}
	if (!t || !t->held || !t->feed) {
		if (t)
			release(&t->base);
		return lk_fail(error, LK_NOMEM, "out of memory to read %zu texts",
				streams);
	}
	t->base = (lk_session){ .streams = streams,
		.distribution = distribution,
		.advance = advance,
		.free = release };
	t->vocabulary = config->vocabulary;
	t->context = context;
	t->stride = stride;
	t->end = end;
	status = lk_decoder_new(&t->decoder, model, streams, threads, error);
	if (!status)
		status = begin(t, error);
	if (status)
		release(&t->base);
	else
		*session = &t->base;
	return status;
}
