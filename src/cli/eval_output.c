/* likely eval: what was measured, as a table or as JSON Lines. */
#include "cli/eval.h"

#include "cli/command.h"
#include "cli/text_files.h"
#include "formats/json.h"
#include "report/format.h"

#include <stdio.h>
#include <string.h>

/* With all weights as they are: of one file, or the total (path NULL). NULL where
 * nothing is quantized. */
static const lk_score *full_score(const lk_evaluation *e, size_t file, const char *path)
{
	if (!e->full)
		return NULL;
	return path ? &e->full[file] : &e->full_total;
}

static double cost_of(const lk_score *score, const lk_score *full)
{
	return lk_score_perplexity(score) - lk_score_perplexity(full);
}

/* What quantizing adds to an event; nothing where nothing is quantized. */
static json_t *add_cost(json_t *event, const lk_evaluation *e, const lk_score *score,
		const lk_score *full)
{
	if (!event || !full)
		return event;
	json_object_set_new(event, "quantize",
			json_string(lk_quantize_choices[e->quantize]));
	json_object_set_new(event, "perplexity_full",
			lk_json_new_real(lk_score_perplexity(full)));
	json_object_set_new(event, "perplexity_cost",
			lk_json_new_real(cost_of(score, full)));
	return event;
}

static json_t *policy_json(const lk_evaluation *e)
{
	/* clang-format off */
	size_t stride = e->policy.stride;

	return json_pack("{s:I, s:o, s:s, s:s}",
		"context", (json_int_t)e->policy.context,
		"stride", stride ? json_integer((json_int_t)stride) : json_null(),
		"first_token", "scored",
		"end_of_document", "nll_with_ends only");
	/* clang-format on */
}

/* path NULL: the total. */
static lk_status print_event(const lk_evaluation *e, const char *path,
		const lk_score *score, const lk_score *full, lk_error *error)
{
	/* clang-format off */
	return lk_print_json(add_cost(json_pack("{s:s, s:s, s:s?, s:b, s:I, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:s, s:o}",
		"event", "eval",
		"model", e->loaded->directory,
		"file", path ? lk_text_file_name(path) : NULL,
		"total", !path,
		"files", path ? (json_int_t)1 : (json_int_t)e->files.count,
		"nll", lk_json_new_real(score->nll),
		"nll_per_token", lk_json_new_real(lk_score_nll_per_token(score)),
		"perplexity", lk_json_new_real(lk_score_perplexity(score)),
		"bits_per_byte", lk_json_new_real(lk_score_bits_per_byte(score)),
		"nll_with_ends", lk_json_new_real(score->nll_with_ends),
		"tokens", (json_int_t)score->tokens,
		"ends", (json_int_t)score->ends,
		"bytes", (json_int_t)score->nbytes,
		"documents", e->documents,
		"policy", policy_json(e)), e, score, full), error);
	/* clang-format on */
}

static void add_row(lk_table *table, const char *name, const lk_score *score,
		const lk_score *full)
{
	char tokens[LK_FORMAT_MOST], nbytes[LK_FORMAT_MOST];

	lk_table_cell(table, "%s", name);
	lk_table_cell(table, "%s",
			lk_format_whole(tokens, sizeof tokens, score->tokens));
	lk_table_cell(table, "%s",
			lk_format_whole(nbytes, sizeof nbytes, score->nbytes));
	lk_table_cell(table, "%.2f", score->nll);
	lk_table_cell(table, "%.4f", lk_score_nll_per_token(score));
	lk_table_cell(table, "%.4f", lk_score_perplexity(score));
	lk_table_cell(table, "%.4f", lk_score_bits_per_byte(score));
	if (full) {
		lk_table_cell(table, "%.4f", lk_score_perplexity(full));
		lk_table_cell(table, "%+.4f", cost_of(score, full));
	}
}

lk_status lk_eval_begin_table(lk_evaluation *e, bool quantized, lk_error *error)
{
	static const char *const heading[] = { "file", "tokens", "bytes", "NLL (nats)",
		"NLL/token", "perplexity", "bits/byte", "not quantized", "difference" };
	size_t count = sizeof heading / sizeof *heading - (quantized ? 0 : 2);
	lk_status status = lk_table_new(
			&e->table, quantized ? "lrrrrrrrr" : "lrrrrrr", error);

	for (size_t i = 0; i < count && !status; i++)
		lk_table_cell(e->table, "%s", heading[i]);
	return status;
}

lk_status lk_eval_add_file(const lk_evaluation *e, size_t i, const lk_score *score,
		lk_error *error)
{
	const char *path = e->files.path[i];
	const lk_score *full = full_score(e, i, path);

	if (e->common->json)
		return print_event(e, path, score, full, error);
	add_row(e->table, lk_text_file_name(path), score, full);
	return LK_OK;
}

lk_status lk_eval_print(const lk_evaluation *e, lk_error *error)
{
	lk_status status;

	if (e->common->json)
		return e->files.count > 1 ? print_event(e, NULL, &e->total,
						    full_score(e, 0, NULL), error)
					  : LK_OK;
	if (e->files.count > 1)
		add_row(e->table, "total", &e->total, full_score(e, 0, NULL));
	printf("%s: context %zu", e->loaded->directory, e->policy.context);
	if (e->policy.stride)
		printf(", stride %zu", e->policy.stride);
	if (strcmp(e->documents, "files"))
		printf(", documents: %s", e->documents);
	printf("; every token is scored once, the first included, ends of texts are not "
	       "counted\n\n");
	status = lk_table_print(e->table, stdout, "", error);
	return status ? status : lk_flush_output(error);
}
