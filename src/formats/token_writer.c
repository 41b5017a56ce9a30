#include "formats/token_header.h"

#include "base/hash.h"
#include "base/output.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1 << 20 /* bytes; ids do not straddle it */ };

struct lk_token_writer {
	lk_output *output;
	lk_hasher *hasher;
	const lk_tokenizer *tokenizer;
	lk_token_header header;
	unsigned char *buffer;
	size_t used;
};

static void release(lk_token_writer *w)
{
	lk_hasher_free(w->hasher);
	free(w->buffer);
	free(w);
}

lk_status lk_token_writer_new(lk_token_writer **writer, const char *path,
		const lk_tokenizer *tokenizer, const char *text, bool wait,
		lk_error *error)
{
	static const unsigned char nothing[LK_TOKEN_HEADER];
	lk_token_writer *w = calloc(1, sizeof *w);
	lk_status status;

	if (w) {
		w->hasher = lk_hasher_new();
		w->buffer = malloc(BUFFER);
	}
	if (!w || !w->hasher || !w->buffer) {
		if (w)
			release(w);
		return lk_fail(error, LK_NOMEM, "%s: out of memory for writing it", path);
	}
	w->tokenizer = tokenizer;
	w->header.vocabulary = tokenizer->vocabulary;
	w->header.end = tokenizer->end;
	w->header.width = lk_token_width(tokenizer->vocabulary);
	lk_tokenizer_hash(tokenizer, w->header.tokenizer);
	if (text)
		memcpy(w->header.text, text, sizeof w->header.text);
	status = lk_output_new(&w->output, path, wait, error);
	/* Room for the header, which is known at the end. */
	if (!status)
		status = lk_output_write(w->output, nothing, sizeof nothing, error);
	if (status)
		lk_token_writer_drop(w);
	else
		*writer = w;
	return status;
}

static lk_status flush(lk_token_writer *w, lk_error *error)
{
	lk_status status = lk_output_write(w->output, w->buffer, w->used, error);

	lk_hasher_add(w->hasher, w->buffer, w->used);
	w->used = 0;
	return status;
}

/* Ids that fit into the buffer. */
static void pack(lk_token_writer *w, const uint32_t *ids, size_t count)
{
	unsigned char *to = w->buffer + w->used;

	if (w->header.width == sizeof(uint16_t))
		for (size_t i = 0; i < count; i++) {
			uint16_t id = htole16((uint16_t)ids[i]);

			memcpy(to + i * sizeof id, &id, sizeof id);
		}
	else
		for (size_t i = 0; i < count; i++) {
			uint32_t id = htole32(ids[i]);

			memcpy(to + i * sizeof id, &id, sizeof id);
		}
	w->used += count * w->header.width;
}

lk_status lk_token_writer_add(
		void *writer, const uint32_t *ids, size_t count, lk_error *error)
{
	lk_token_writer *w = writer;
	const uint32_t *piece_nbytes = w->tokenizer->piece_nbytes;
	lk_status status = LK_OK;

	w->header.count += count;
	while (count && !status) {
		size_t room = (BUFFER - w->used) / w->header.width;
		size_t n = count < room ? count : room;

		pack(w, ids, n);
		for (size_t i = 0; i < n; i++)
			w->header.nbytes += piece_nbytes[ids[i]];
		if (w->used == BUFFER)
			status = flush(w, error);
		ids += n;
		count -= n;
	}
	return status;
}

lk_status lk_token_writer_finish(lk_token_writer *w, lk_error *error)
{
	unsigned char raw[LK_TOKEN_HEADER];
	lk_status status = flush(w, error);

	lk_hasher_text(w->hasher, w->header.checksum);
	lk_token_header_pack(raw, &w->header);
	if (!status)
		status = lk_output_write_at(w->output, raw, sizeof raw, 0, error);
	if (status) {
		lk_token_writer_drop(w);
		return status;
	}
	status = lk_output_finish(w->output, error);
	release(w);
	return status;
}

void lk_token_writer_drop(lk_token_writer *w)
{
	if (!w)
		return;
	lk_output_drop(w->output);
	release(w);
}
