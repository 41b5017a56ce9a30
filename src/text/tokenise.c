#include "text/tokenise.h"

#include "text/reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What becomes of one stretch. */
typedef struct {
	lk_ids ids;
	lk_status status;
	lk_error error;
} result;

typedef struct {
	result *result;
	size_t count;
} results;

static size_t cut(const void *context, const unsigned char *text, size_t nbytes,
		size_t at)
{
	return lk_tokenizer_cut(context, text, nbytes, at);
}

/* Documents and parts of such, with an end of text behind those that end. */
static lk_status encode(result *r, const lk_stretch *s, const lk_tokenizer *tokenizer)
{
	size_t at = 0;
	lk_status status = LK_OK;

	r->ids.count = 0;
	for (size_t i = 0; i <= s->ends && !status; i++) {
		size_t end = i < s->ends ? s->end[i] : s->nbytes;

		if (end > at)
			status = lk_tokenizer_encode_at(tokenizer, s->text + at, end - at,
					s->offset + at, &r->ids, &r->error);
		if (!status && i < s->ends)
			status = lk_ids_push(&r->ids, tokenizer->end, &r->error);
		at = end;
	}
	return status;
}

static lk_status reserve(results *all, size_t count, lk_error *error)
{
	result *grown;

	if (count <= all->count)
		return LK_OK;
	grown = realloc(all->result, count * sizeof *grown);
	if (!grown)
		return lk_fail(error, LK_NOMEM, "out of memory for encoding text");
	memset(grown + all->count, 0, (count - all->count) * sizeof *grown);
	all->result = grown;
	all->count = count;
	return LK_OK;
}

/* Encode a round and pass it on in its order. The first failure counts. */
static lk_status do_round(results *all, const lk_stretch *stretch, size_t count,
		const lk_tokenizer *tokenizer, int threads, lk_ids_sink *sink,
		void *context, lk_error *error)
{
	lk_status status = reserve(all, count, error);

	if (status)
		return status;
	#pragma omp parallel for schedule(dynamic) num_threads(threads)
	for (size_t i = 0; i < count; i++)
		all->result[i].status = encode(&all->result[i], &stretch[i], tokenizer);
	for (size_t i = 0; i < count && !status; i++) {
		const result *r = &all->result[i];
		const char *path = stretch[i].path;

		if (r->status) {
			lk_fail(error, r->status, "%s", r->error.text);
			return lk_fail_in(error, r->status, "%s",
					strcmp(path, "-") ? path : "standard input");
		}
		status = sink(context, r->ids.data, r->ids.count, error);
	}
	return status;
}

lk_status lk_tokenise(const lk_documents *documents, const lk_tokenizer *tokenizer,
		const lk_tokenise_config *config, lk_ids_sink *sink, void *context,
		lk_error *error)
{
	const lk_stretch *stretch;
	lk_reader *reader = NULL;
	results all = { 0 };
	uint64_t done = 0;
	size_t count = 1;
	lk_status status = lk_reader_new(&reader, documents, cut, tokenizer, 0, error);

	assert(config->threads > 0);
	if (!status)
		status = sink(context, &tokenizer->end, 1, error);
	while (!status && count) {
		status = lk_reader_next(reader, &stretch, &count, error);
		if (!status)
			status = do_round(&all, stretch, count, tokenizer,
					config->threads, sink, context, error);
		for (size_t i = 0; i < count; i++)
			done += stretch[i].nbytes;
		if (!status)
			lk_text_watch_show(&config->watch, "tokenised", done,
					documents->nbytes);
	}
	for (size_t i = 0; i < all.count; i++)
		lk_ids_free(&all.result[i].ids);
	free(all.result);
	lk_reader_free(reader);
	return status;
}
