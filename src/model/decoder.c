#include "model/decoder.h"

#include "base/size.h"
#include "model/engine.h"

#include <assert.h>
#include <stdlib.h>

/* A long prompt goes through in pieces of so many rows. */
enum { PIECE_ROWS = 512 };

static void bind(lk_decoder *decoder)
{
	size_t V = decoder->model->config.vocabulary, S = decoder->streams;
	lk_arena *arena = &decoder->arena;

	decoder->live = lk_arena_take(arena, S, sizeof *decoder->live);
	decoder->ids = lk_arena_take(arena, S, sizeof *decoder->ids);
	decoder->logits = lk_arena_take(arena, S * V, sizeof *decoder->logits);
	decoder->model->engine->bind_decoder(decoder, arena);
}

lk_status lk_decoder_new(lk_decoder **out, lk_model *model, size_t streams,
		int threads, lk_error *error)
{
	lk_decoder *decoder = calloc(1, sizeof *decoder);
	lk_status status;

	assert(streams && threads > 0);
	if (decoder)
		decoder->decoding = calloc(1, model->engine->decoding_nbytes);
	if (!decoder || !decoder->decoding) {
		free(decoder);
		return lk_fail(error, LK_NOMEM, "out of memory for a decoder");
	}
	decoder->model = model;
	decoder->streams = streams;
	decoder->capacity = model->config.context;
	decoder->piece = lk_least(decoder->capacity, PIECE_ROWS);
	decoder->threads = threads;
	bind(decoder);
	status = lk_arena_reserve(&decoder->arena,
			"the cache of keys and values", error);
	if (status) {
		lk_decoder_free(decoder);
		return status;
	}
	bind(decoder);
	for (size_t i = 0; i < streams; i++)
		decoder->live[i] = i;
	decoder->live_count = streams;
	*out = decoder;
	return LK_OK;
}

void lk_decoder_free(lk_decoder *decoder)
{
	if (!decoder)
		return;
	lk_arena_release(&decoder->arena);
	free(decoder->decoding);
	free(decoder);
}

size_t lk_decoder_length(const lk_decoder *decoder)
{
	return decoder->length;
}

size_t lk_decoder_capacity(const lk_decoder *decoder)
{
	return decoder->capacity;
}

void lk_decoder_clear(lk_decoder *decoder)
{
	decoder->length = 0;
}

void lk_decoder_drop(lk_decoder *decoder, size_t stream)
{
	size_t kept = 0;

	for (size_t i = 0; i < decoder->live_count; i++)
		if (decoder->live[i] != stream)
			decoder->live[kept++] = decoder->live[i];
	assert(kept);
	decoder->live_count = kept;
}

/* n ids of one stream; the decoder's length stays. */
static void feed_stream(lk_decoder *decoder, size_t stream, const uint32_t *ids,
		size_t n)
{
	const lk_engine *engine = decoder->model->engine;
	size_t length = decoder->length;

	for (size_t done = 0, count; done < n; done += count) {
		count = lk_least(decoder->piece, n - done);
		lk_piece piece = { &stream, 1, count, done + count == n };

		#pragma omp parallel num_threads(decoder->threads)
		{
			lk_cpu_flush_denormals();
			engine->decode(decoder, ids + done, piece);
		}
		decoder->length += count;
	}
	decoder->length = length;
}

/* One id of every stream. */
static void feed_token(lk_decoder *decoder, const uint32_t *ids)
{
	const lk_engine *engine = decoder->model->engine;
	lk_piece piece = { decoder->live, decoder->live_count, 1, true };

	for (size_t i = 0; i < decoder->live_count; i++)
		decoder->ids[i] = ids[decoder->live[i]];
	#pragma omp parallel num_threads(decoder->threads)
	{
		lk_cpu_flush_denormals();
		engine->decode(decoder, decoder->ids, piece);
	}
}

const float *lk_decoder_feed(lk_decoder *decoder, const uint32_t *ids, size_t n)
{
	assert(n && n <= decoder->capacity - decoder->length);
	if (n == 1)
		feed_token(decoder, ids);
	for (size_t i = 0; n > 1 && i < decoder->live_count; i++)
		feed_stream(decoder, decoder->live[i], ids + decoder->live[i] * n, n);
	decoder->length += n;
	return decoder->logits;
}

const float *lk_decoder_feed_same(lk_decoder *decoder, const uint32_t *ids, size_t n)
{
	const lk_engine *engine = decoder->model->engine;

	assert(n && n <= decoder->capacity - decoder->length);
	feed_stream(decoder, decoder->live[0], ids, n);
	#pragma omp parallel num_threads(decoder->threads)
	engine->share(decoder, n);
	decoder->length += n;
	return decoder->logits;
}
