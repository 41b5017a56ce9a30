#include "compress/codec.h"

#include "base/cpu.h"
#include "base/hash.h"
#include "compress/symbols.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	STREAMS_MOST = 64,    /* rows of a step's matrix products */
	STREAM_TOKENS = 2048, /* least tokens of a stream */
};

size_t lk_codec_streams(uint64_t tokens, size_t most)
{
	uint64_t streams = tokens / STREAM_TOKENS;

	if (streams > STREAMS_MOST)
		streams = STREAMS_MOST;
	if (streams > most)
		streams = most;
	return streams ? (size_t)streams : 1;
}

/* Where stretch s of `count` tokens begins. */
static uint64_t stretch(uint64_t count, size_t streams, size_t s)
{
	uint64_t each = count / streams, longer = count % streams;

	return s * each + (s < longer ? s : longer);
}

/* One coding, in either direction. */
typedef struct {
	const lk_codec *codec;
	size_t streams;
	uint64_t count;
	lk_symbols *symbols; /* [streams] */
	uint32_t *latest;    /* [streams] the ids just coded */
	lk_status *status;   /* [streams] of the distributions */
	lk_error *error;     /* [streams] */
} coding;

static void release(coding *c)
{
	for (size_t s = 0; c->symbols && s < c->streams; s++)
		lk_symbols_free(&c->symbols[s]);
	free(c->symbols);
	free(c->latest);
	free(c->status);
	free(c->error);
}

static lk_status prepare(
		coding *c, const lk_codec *codec, uint64_t count, lk_error *error)
{
	size_t streams = codec->session->streams;
	lk_status status = LK_OK;

	*c = (coding){ .codec = codec, .streams = streams, .count = count };
	c->symbols = calloc(streams, sizeof *c->symbols);
	c->latest = calloc(streams, sizeof *c->latest);
	c->status = calloc(streams, sizeof *c->status);
	c->error = calloc(streams, sizeof *c->error);
	if (!c->symbols || !c->latest || !c->status || !c->error)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu streams",
				streams);
	for (size_t s = 0; s < streams && !status; s++)
		status = lk_symbols_new(&c->symbols[s], codec->vocabulary, error);
	return status;
}

/* The shares of the first `active` streams' next tokens. */
static lk_status predict(coding *c, size_t active, lk_error *error)
{
	lk_session *session = c->codec->session;

#pragma omp parallel num_threads(c->codec->threads)
	{
		lk_cpu_flush_denormals();
#pragma omp for schedule(dynamic)
		for (size_t s = 0; s < active; s++) {
			c->status[s] = session->distribution(
					session, s, c->symbols[s].p, &c->error[s]);
			if (!c->status[s])
				lk_symbols_prepare(&c->symbols[s]);
		}
	}
	for (size_t s = 0; s < active; s++)
		if (c->status[s]) {
			*error = c->error[s];
			return c->status[s];
		}
	return LK_OK;
}

/* Codes one token of stream s, number `at` of the text, leaving its id in
 * latest[s]. */
typedef lk_status code_function(
		void *context, coding *c, size_t s, uint64_t at, lk_error *error);

static lk_status run(coding *c, code_function *code, void *context, lk_error *error)
{
	const lk_codec *codec = c->codec;
	uint64_t each = c->count / c->streams, longer = c->count % c->streams;
	uint64_t steps = each + (longer > 0), done = 0;
	lk_status status = LK_OK;

	for (uint64_t t = 0; t < steps && !status; t++) {
		/* After a step that not all take part in, there is none. */
		size_t active = t < each ? c->streams : (size_t)longer;

		status = predict(c, active, error);
		for (size_t s = 0; s < active && !status; s++)
			status = code(context, c, s,
					stretch(c->count, c->streams, s) + t, error);
		if (!status && t + 1 < steps)
			status = codec->session->advance(
					codec->session, c->latest, error);
		done += active;
		if (!status && codec->progress)
			codec->progress(codec->context, done, c->count);
	}
	return status;
}

lk_status lk_codec_probe(uint64_t *probe, const lk_codec *codec, lk_error *error)
{
	double *p = malloc(codec->vocabulary * sizeof *p);
	lk_status status;

	if (!p)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu probabilities",
				codec->vocabulary);
	status = codec->session->distribution(codec->session, 0, p, error);
	if (!status)
		*probe = lk_hash64(p, codec->vocabulary * sizeof *p);
	free(p);
	return status;
}

typedef struct {
	lk_range_encoder *encoder;
	const uint32_t *ids;
	double nll;
} encoding;

static lk_status refuse(
		const coding *c, const uint32_t *ids, uint64_t at, lk_error *error)
{
	unsigned long long byte = 0;
	size_t nbytes;

	for (uint64_t i = 0; i < at; i++) {
		lk_tokenizer_piece(c->codec->tokenizer, ids[i], &nbytes);
		byte += nbytes;
	}
	return lk_fail(error, LK_RANGE,
			"the model gives probability 0 to what stands at byte %llu, so "
			"it "
			"cannot be coded; a smoothed model would do",
			byte);
}

static lk_status encode_one(
		void *context, coding *c, size_t s, uint64_t at, lk_error *error)
{
	encoding *e = context;
	uint32_t id = e->ids[at];
	double p = c->symbols[s].p[id];

	if (!(p > 0))
		return refuse(c, e->ids, at, error);
	e->nll -= log(p);
	lk_symbols_encode(&c->symbols[s], e->encoder, id);
	c->latest[s] = id;
	return LK_OK;
}

lk_status lk_codec_encode(lk_range_encoder *encoder, double *nll, const lk_codec *codec,
		const uint32_t *ids, size_t count, lk_error *error)
{
	encoding e = { .encoder = encoder, .ids = ids };
	coding c;
	lk_status status = prepare(&c, codec, count, error);

	assert(count);
	if (!status)
		status = run(&c, encode_one, &e, error);
	*nll = e.nll;
	release(&c);
	return status;
}

typedef struct {
	lk_range_decoder *decoder;
	lk_ids *ids; /* [streams] */
	size_t nbytes, most;
} decoding;

static lk_status decode_one(
		void *context, coding *c, size_t s, uint64_t at, lk_error *error)
{
	const lk_tokenizer *tokenizer = c->codec->tokenizer;
	decoding *d = context;
	uint32_t id;
	size_t nbytes = 0;
	lk_status status = lk_symbols_decode(&id, &c->symbols[s], d->decoder, error);

	(void)at;
	if (status)
		return status;
	if (id < tokenizer->vocabulary)
		lk_tokenizer_piece(tokenizer, id, &nbytes);
	/* No encoder codes the end of text, or more text than there is. */
	if (!nbytes || nbytes > d->most - d->nbytes)
		return lk_fail(error, LK_FORMAT, "the compressed text is damaged");
	d->nbytes += nbytes;
	c->latest[s] = id;
	return lk_ids_push(&d->ids[s], id, error);
}

static lk_status join(unsigned char **text, size_t *nbytes, const decoding *d,
		const coding *c, lk_error *error)
{
	unsigned char *all = malloc(d->nbytes + 1);
	size_t used = 0;

	if (!all)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu bytes of text",
				d->nbytes);
	for (size_t s = 0; s < c->streams; s++)
		for (size_t i = 0; i < d->ids[s].count; i++) {
			size_t length;
			const unsigned char *piece =
					lk_tokenizer_piece(c->codec->tokenizer,
							d->ids[s].data[i], &length);

			memcpy(all + used, piece, length);
			used += length;
		}
	*text = all;
	*nbytes = used;
	return LK_OK;
}

lk_status lk_codec_decode(unsigned char **text, size_t *nbytes, size_t most,
		const lk_codec *codec, lk_range_decoder *decoder, uint64_t count,
		lk_error *error)
{
	size_t streams = codec->session->streams;
	decoding d = { .decoder = decoder, .most = most };
	coding c;
	lk_status status = prepare(&c, codec, count, error);

	if (!status && !(d.ids = calloc(streams, sizeof *d.ids)))
		status = lk_fail(error, LK_NOMEM, "out of memory for %zu streams",
				streams);
	if (!status)
		status = run(&c, decode_one, &d, error);
	if (!status)
		status = join(text, nbytes, &d, &c, error);
	for (size_t s = 0; d.ids && s < streams; s++)
		lk_ids_free(&d.ids[s]);
	free(d.ids);
	release(&c);
	return status;
}
