/* Many records through the model at once, as one stream of documents. */
#include "cli/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

lk_status lk_score_batch_new(lk_score_batch *batch, size_t capacity, lk_error *error)
{
	*batch = (lk_score_batch){ .record = calloc(capacity, sizeof *batch->record),
		.capacity = capacity,
		.ids = calloc(capacity, sizeof *batch->ids),
		.text_from = calloc(capacity, sizeof *batch->text_from),
		.nll = calloc(capacity, sizeof *batch->nll) };
	if (!batch->record || !batch->ids || !batch->text_from || !batch->nll)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu records",
				capacity);
	return LK_OK;
}

void lk_score_batch_clear(lk_score_batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		lk_record_free(&batch->record[i]);
		batch->ids[i].count = 0;
	}
	batch->count = 0;
	free(batch->all);
	batch->all = NULL;
}

void lk_score_batch_free(lk_score_batch *batch)
{
	lk_score_batch_clear(batch);
	for (size_t i = 0; batch->ids && i < batch->capacity; i++)
		lk_ids_free(&batch->ids[i]);
	free(batch->record);
	free(batch->ids);
	free(batch->text_from);
	free(batch->nll);
	*batch = (lk_score_batch){ 0 };
}

/* Do these ids spell the text? */
static bool spells(const lk_tokenizer *tokenizer, const uint32_t *id, size_t count,
		const unsigned char *text, size_t nbytes)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		size_t length;
		const unsigned char *piece =
				lk_tokenizer_piece(tokenizer, id[i], &length);

		if (length > nbytes - at || memcmp(piece, text + at, length) != 0)
			return false;
		at += length;
	}
	return at == nbytes;
}

static lk_status encode(lk_score_batch *batch, size_t i, const lk_tokenizer *tokenizer,
		lk_error *error)
{
	const lk_record *record = &batch->record[i];
	lk_ids *ids = &batch->ids[i];
	lk_status status = LK_OK;

	if (record->context)
		status = lk_tokenizer_encode(tokenizer, record->context,
				record->context_nbytes, ids, error);
	batch->text_from[i] = ids->count;
	if (!status)
		status = lk_tokenizer_encode(
				tokenizer, record->text, record->nbytes, ids, error);
	if (!status && !spells(tokenizer, ids->data + batch->text_from[i],
				       ids->count - batch->text_from[i], record->text,
				       record->nbytes))
		status = lk_fail(error, LK_FORMAT,
				"the tokens do not spell the text: this tokenizer "
				"changes "
				"it, and bits per byte would mean nothing");
	return status ? lk_fail_in(error, status, "%s: record %llu", record->file,
					(unsigned long long)record->number)
		      : LK_OK;
}

/* All records, by several threads; the first failure counts. */
static lk_status encode_all(lk_score_batch *batch, const lk_tokenizer *tokenizer,
		int threads, lk_error *error)
{
	size_t failed = batch->count;
	lk_status status = LK_OK;

#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
	for (size_t i = 0; i < batch->count; i++) {
		lk_error why;
		lk_status here = encode(batch, i, tokenizer, &why);

#pragma omp critical
		if (here && i < failed) {
			failed = i;
			status = here;
			if (error)
				*error = why;
		}
	}
	return status;
}

/* end record end record ... end */
static lk_status join(lk_tokens **tokens, const lk_score_batch *batch,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_ids all = { 0 };
	lk_status status = lk_ids_push(&all, tokenizer->end, error);

	for (size_t i = 0; i < batch->count && !status; i++) {
		size_t count = batch->ids[i].count;

		status = lk_ids_reserve(&all, all.count + count + 1, error);
		if (!status && count)
			memcpy(all.data + all.count, batch->ids[i].data,
					count * sizeof *all.data);
		all.count += status ? 0 : count;
		if (!status)
			status = lk_ids_push(&all, tokenizer->end, error);
	}
	if (!status)
		status = lk_tokens_new_ids(
				tokens, all.data, all.count, tokenizer->end, error);
	lk_ids_free(&all);
	return status;
}

static lk_status take(void *context, size_t first, size_t count, const double *nll)
{
	double *all = context;

	memcpy(all + first - 1, nll, count * sizeof *nll);
	return LK_OK;
}

lk_status lk_score_batch_run(lk_score_batch *batch, lk_predictor *predictor,
		const lk_tokenizer *tokenizer, int threads, lk_error *error)
{
	lk_tokens *tokens = NULL;
	lk_status status = encode_all(batch, tokenizer, threads, error);

	if (!status)
		status = join(&tokens, batch, tokenizer, error);
	if (status)
		return status;
	size_t count = lk_tokens_count(tokens);
	batch->all = malloc(count * sizeof *batch->all);
	if (!batch->all)
		status = lk_fail(
				error, LK_NOMEM, "out of memory for %zu scores", count);
	else if (count > 1)
		status = predictor->score(
				predictor, tokens, 0, count, take, batch->all, error);
	double *at = batch->all;
	for (size_t i = 0; i < batch->count && !status; i++) {
		batch->nll[i] = at;
		at += batch->ids[i].count + 1;
	}
	lk_tokens_free(tokens);
	return status;
}

lk_score lk_score_batch_at(const lk_score_batch *batch, size_t i)
{
	size_t from = batch->text_from[i], count = batch->ids[i].count;
	lk_score score = {
		.tokens = count - from, .ends = 1, .nbytes = batch->record[i].nbytes
	};

	for (size_t t = from; t < count; t++)
		score.nll += batch->nll[i][t];
	score.nll_with_ends = score.nll + batch->nll[i][count];
	return score;
}
