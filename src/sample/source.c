#include "sample/source.h"

#include "model/decoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lk_source_free(lk_source *source)
{
	if (source)
		source->free(source);
}

void lk_source_drop(lk_source *source, size_t stream)
{
	source->dropped[stream] = true;
	if (source->drop)
		source->drop(source, stream);
}

static lk_status no_memory(size_t streams, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for %zu samples", streams);
}

typedef struct {
	lk_source base;
	lk_decoder *decoder;
	uint32_t *feed; /* (streams, capacity): what the decoder reads */
} transformer;

static void transformer_drop(lk_source *source, size_t stream)
{
	lk_decoder_drop(((transformer *)source)->decoder, stream);
}

/* The stream that has what all have to read, or none: SIZE_MAX. */
static size_t same_for_all(const transformer *t, size_t n)
{
	size_t first = SIZE_MAX;

	for (size_t s = 0; s < t->base.streams; s++) {
		if (t->base.dropped[s])
			continue;
		if (first == SIZE_MAX)
			first = s;
		else if (memcmp(t->feed + s * n, t->feed + first * n,
					 n * sizeof *t->feed))
			return SIZE_MAX;
	}
	return first;
}

static const float *transformer_logits(lk_source *source, const lk_ids *ids, size_t fresh)
{
	transformer *t = (transformer *)source;
	size_t capacity = lk_decoder_capacity(t->decoder);
	size_t length = lk_decoder_length(t->decoder), n = fresh;

	if (n > capacity - length) {
		/* The newer half, or the prompt's end. */
		n = length ? capacity / 2 : capacity;
		n = n ? n : 1;
		lk_decoder_clear(t->decoder);
	}
	for (size_t s = 0; s < source->streams; s++)
		if (!source->dropped[s])
			memcpy(t->feed + s * n, ids[s].data + ids[s].count - n,
					n * sizeof *t->feed);
	if (!lk_decoder_length(t->decoder)) { /* a prompt is read once */
		size_t same = same_for_all(t, n);

		if (same < SIZE_MAX)
			return lk_decoder_feed_same(t->decoder, t->feed + same * n, n);
	}
	return lk_decoder_feed(t->decoder, t->feed, n);
}

static void transformer_free(lk_source *source)
{
	transformer *t = (transformer *)source;

	lk_decoder_free(t->decoder);
	free(t->base.dropped);
	free(t->feed);
	free(t);
}

lk_status lk_source_new_transformer(lk_source **source, lk_model *model, size_t streams,
		int threads, lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	transformer *t = calloc(1, sizeof *t);
	lk_status status;

	if (!t)
		return no_memory(streams, error);
	t->base = (lk_source){ .streams = streams,
		.vocabulary = config->vocabulary,
		.dropped = calloc(streams, sizeof *t->base.dropped),
		.logits = transformer_logits,
		.drop = transformer_drop,
		.free = transformer_free };
	t->feed = calloc(streams * config->context, sizeof *t->feed);
	status = t->feed && t->base.dropped
			? lk_decoder_new(&t->decoder, model, streams, threads, error)
			: no_memory(streams, error);
	if (status)
		transformer_free(&t->base);
	else
		*source = &t->base;
	return status;
}

typedef struct {
	lk_source base;
	const lk_ngram *ngram;
	double *p;     /* [V] */
	float *logits; /* (streams, V) */
	lk_ngram_state state[]; /* [streams] */
} counted;

static const float *counted_logits(lk_source *source, const lk_ids *ids, size_t fresh)
{
	counted *c = (counted *)source;
	size_t V = source->vocabulary;

	for (size_t s = 0; s < source->streams; s++) {
		if (source->dropped[s])
			continue;
		for (size_t i = ids[s].count - fresh; i < ids[s].count; i++)
			lk_ngram_next(c->ngram, &c->state[s], ids[s].data[i]);
		lk_ngram_distribution(c->ngram, &c->state[s], c->p);
		for (size_t id = 0; id < V; id++)
			c->logits[s * V + id] = logf((float)c->p[id]);
	}
	return c->logits;
}

static void counted_free(lk_source *source)
{
	counted *c = (counted *)source;

	free(c->base.dropped);
	free(c->p);
	free(c->logits);
	free(c);
}

lk_status lk_source_new_ngram(lk_source **source, const lk_ngram *ngram, size_t streams,
		lk_error *error)
{
	size_t V = lk_ngram_get_options(ngram)->vocabulary;
	counted *c = calloc(1, sizeof *c + streams * sizeof *c->state);

	if (!c)
		return no_memory(streams, error);
	c->base = (lk_source){ .streams = streams,
		.vocabulary = V,
		.dropped = calloc(streams, sizeof *c->base.dropped),
		.logits = counted_logits,
		.free = counted_free };
	c->ngram = ngram;
	c->p = malloc(V * sizeof *c->p);
	c->logits = calloc(streams, V * sizeof *c->logits);
	if (!c->p || !c->logits || !c->base.dropped) {
		counted_free(&c->base);
		return no_memory(streams, error);
	}
	for (size_t s = 0; s < streams; s++)
		lk_ngram_begin(ngram, &c->state[s]);
	*source = &c->base;
	return LK_OK;
}
