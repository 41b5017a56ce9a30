/* likely score: results. */
#include "cli/command.h"
#include "cli/score.h"
#include "formats/json.h"
#include "report/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lk_score_print_heading(const lk_score_output *out)
{
	if (!out->json)
		printf("bits/byte\tNLL\ttokens\tbytes\trecord\n");
}

/* NaN where there are no bytes, which JSON has as "nan". */
static double bits(const lk_score *score)
{
	return score->nbytes ? lk_score_bits_per_byte(score) : NAN;
}

static json_t *tokens_json(
		const lk_score_output *out, const lk_score_batch *batch, size_t i)
{
	json_t *ids = json_array(), *nll = json_array(), *nbytes = json_array();

	for (size_t t = batch->text_from[i]; t < batch->ids[i].count; t++) {
		uint32_t id = batch->ids[i].data[t];
		size_t length;

		lk_tokenizer_piece(out->tokenizer, id, &length);
		json_array_append_new(ids, json_integer(id));
		json_array_append_new(nll, lk_json_new_real(batch->nll[i][t]));
		json_array_append_new(nbytes, json_integer((json_int_t)length));
	}
	return json_pack("{s:o, s:o, s:o}", "id", ids, "nll", nll, "bytes", nbytes);
}

static lk_status print_json(const lk_score_output *out, const lk_score_batch *batch,
		size_t i, const lk_score *score, lk_error *error)
{
	const lk_record *record = &batch->record[i];
	/* clang-format off */
	json_t *object = json_pack("{s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:o}",
		"event", "score",
		"file", record->file,
		"record", (json_int_t)record->number,
		"nll", lk_json_new_real(score->nll),
		"nll_with_ends", lk_json_new_real(score->nll_with_ends),
		"tokens", (json_int_t)score->tokens,
		"bytes", (json_int_t)score->nbytes,
		"bits_per_byte", lk_json_new_real(bits(score)));
	/* clang-format on */

	if (object && out->per_token &&
			json_object_set_new(
					object, "token", tokens_json(out, batch, i))) {
		json_decref(object);
		object = NULL;
	}
	return lk_print_json(object, error);
}

static lk_status print_tokens(const lk_score_output *out, const lk_score_batch *batch,
		size_t i, lk_error *error)
{
	for (size_t t = batch->text_from[i]; t < batch->ids[i].count; t++) {
		size_t length;
		const unsigned char *piece = lk_tokenizer_piece(
				out->tokenizer, batch->ids[i].data[t], &length);
		char *shown = lk_escape(piece, length, false);

		if (!shown)
			return lk_fail(error, LK_NOMEM, "out of memory");
		printf("\t%.4f\t\t%zu\t'%s'\n", batch->nll[i][t], length, shown);
		free(shown);
	}
	return LK_OK;
}

static void print_row(const lk_score *score)
{
	printf("%.4f\t%.4f\t%llu\t%llu\t", bits(score), score->nll,
			(unsigned long long)score->tokens,
			(unsigned long long)score->nbytes);
}

lk_status lk_score_print_record(const lk_score_output *out, const lk_score_batch *batch,
		size_t i, lk_error *error)
{
	lk_score score = lk_score_batch_at(batch, i);

	if (out->json)
		return print_json(out, batch, i, &score, error);
	print_row(&score);
	lk_escape_write(stdout, batch->record[i].file, strlen(batch->record[i].file),
			false);
	printf(":%llu\n", (unsigned long long)batch->record[i].number);
	return out->per_token ? print_tokens(out, batch, i, error) : LK_OK;
}

lk_status lk_score_print_total(const lk_score_output *out, const lk_score *total,
		uint64_t records, lk_error *error)
{
	if (!out->json) {
		print_row(total);
		printf("total of %llu records\n", (unsigned long long)records);
		return lk_flush_output(error);
	}
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:o, s:{s:I, s:I, s:s, s:s}}",
		"event", "total",
		"model", out->model,
		"records", (json_int_t)records,
		"nll", lk_json_new_real(total->nll),
		"nll_with_ends", lk_json_new_real(total->nll_with_ends),
		"tokens", (json_int_t)total->tokens,
		"bytes", (json_int_t)total->nbytes,
		"bits_per_byte", lk_json_new_real(bits(total)),
		"policy",
		"context", (json_int_t)out->policy.context,
		"stride", (json_int_t)out->policy.stride,
		"first_token", "scored",
		"end_of_document", "nll_with_ends only"), error);
	/* clang-format on */
}
