#include "model/decoder.h"

#include "base/size.h"
#include "model/engine.h"

#include <assert.h>
#include <stdlib.h>

/* A long prompt goes through in pieces of about this many rows. */
enum { PIECE_ROWS = 512 };

static void bind(lk_decoder *decoder)
{
	size_t V = decoder->model->config.vocabulary;

	decoder->ids = lk_arena_take(&decoder->arena,
			decoder->streams * decoder->piece, sizeof *decoder->ids);
	decoder->logits = lk_arena_take(&decoder->arena, decoder->streams * V,
			sizeof *decoder->logits);
	decoder->model->engine->bind_decoder(decoder, &decoder->arena);
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
	decoder->piece = lk_least(decoder->capacity,
			streams < PIECE_ROWS ? PIECE_ROWS / streams : 1);
	decoder->threads = threads;
	bind(decoder);
	status = lk_arena_reserve(&decoder->arena,
			"the cache of keys and values", error);
	if (status) {
		lk_decoder_free(decoder);
		return status;
	}
	bind(decoder);
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

const float *lk_decoder_feed(lk_decoder *decoder, const uint32_t *ids, size_t n)
{
	const lk_engine *engine = decoder->model->engine;

	assert(n && n <= decoder->capacity - decoder->length);
	for (size_t done = 0; done < n;) {
		size_t piece = lk_least(decoder->piece, n - done);

		for (size_t s = 0; s < decoder->streams; s++)
			for (size_t i = 0; i < piece; i++)
				decoder->ids[s * piece + i] = ids[s * n + done + i];
		#pragma omp parallel num_threads(decoder->threads)
		{
			lk_cpu_flush_denormals();
			engine->decode(decoder, decoder->ids, piece);
		}
		decoder->length += piece;
		done += piece;
	}
	return decoder->logits;
}
