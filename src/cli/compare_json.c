/* likely compare: results as JSON Lines. */
#include "cli/command.h"
#include "cli/compare.h"
#include "base/hash.h"
#include "formats/json.h"

#include <math.h>
#include <stdlib.h>

static lk_status print_text(const lk_comparison *c, lk_error *error)
{
	json_t *files = json_array();
	char hash[33];

	lk_hash128_text(hash, c->text.data, c->text.nbytes);
	for (size_t i = 0; i < c->text.paths.count; i++)
		json_array_append_new(files,
				json_string(lk_text_file_name(c->text.paths.path[i])));
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:f}",
		"event", "text",
		"files", files,
		"hash", hash,
		"bytes", (json_int_t)c->text.nbytes,
		"documents", (json_int_t)c->text.documents.count,
		"characters", (json_int_t)c->size.characters,
		"words", (json_int_t)c->size.words,
		"coverage", 1.0), error);
	/* clang-format on */
}

static json_t *perplexity(double nll, uint64_t per)
{
	return lk_json_new_real(exp(nll / (double)per));
}

static lk_status print_model(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:{s:I, s:I, s:s, s:s}}",
		"event", "model",
		"model", m->name,
		"checkpoint", m->directory,
		"kind", m->kind,
		"saved", m->saved,
		"nll", lk_json_new_real(m->nll),
		"nll_with_ends", lk_json_new_real(m->nll + m->ends),
		"bits_per_byte", lk_json_new_real(lk_compare_bits(c, m->nll)),
		"bits_per_byte_with_ends", lk_json_new_real(lk_compare_bits(c, m->nll + m->ends)),
		"tokens", (json_int_t)m->costs.tokens,
		"bytes", (json_int_t)c->text.nbytes,
		"perplexity_per_token", perplexity(m->nll, m->costs.tokens),
		"perplexity_per_character", perplexity(m->nll, c->size.characters),
		"perplexity_per_word", perplexity(m->nll, c->size.words),
		"policy",
		"context", (json_int_t)m->policy.context,
		"stride", (json_int_t)m->policy.stride,
		"first_token", "scored",
		"end_of_document", "nll_with_ends only"), error);
	/* clang-format on */
}

static json_t *bytes_to_detect(const lk_comparison *c, const lk_pair *pair)
{
	if (c->options->detect == 0)
		return json_null();
	return lk_json_new_real(lk_bytes_to_detect(
			pair, c->critical, (double)c->text.nbytes, c->options->detect));
}

static lk_status print_pair(
		const lk_comparison *c, const lk_pair *pair, lk_error *error)
{
	char unit[64], *verdict = lk_compare_verdict(c, pair);
	/* clang-format off */
	json_t *object = verdict ? json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:s, s:o, s:b, s:o, s:o, s:s}",
		"event", "pair",
		"a", c->contender[pair->a].name,
		"b", c->contender[pair->b].name,
		"difference", lk_json_new_real(pair->difference),
		"low", lk_json_new_real(pair->low),
		"high", lk_json_new_real(pair->high),
		"standard_error", lk_json_new_real(pair->error),
		"critical", lk_json_new_real(c->critical),
		"p", lk_json_new_real(pair->p),
		"a_wins", (json_int_t)pair->a_wins,
		"b_wins", (json_int_t)pair->b_wins,
		"units", (json_int_t)c->units.count,
		"unit", lk_compare_units_text(c, unit, sizeof unit),
		"correlation_bytes", lk_json_new_real(c->units.correlation),
		"few_units", c->units.count < LK_UNITS_FEW,
		"detectable", lk_json_new_real(lk_detectable(pair, c->critical)),
		"bytes_to_detect", bytes_to_detect(c, pair),
		"verdict", verdict) : NULL;
	/* clang-format on */

	free(verdict);
	return lk_print_json(object, error);
}

lk_status lk_compare_print_json(const lk_comparison *c, lk_error *error)
{
	lk_status status = print_text(c, error);

	for (size_t i = 0; i < c->candidates && !status; i++)
		status = print_model(c, &c->candidate[i], error);
	if (!status)
		status = lk_compare_print_json_details(c, error);
	for (size_t p = 0; p < c->pairs && !status; p++)
		status = print_pair(c, &c->pair[p], error);
	return status;
}
