/* likely compare --json: leaks, baselines, where the difference lies. */
#include "cli/command.h"
#include "cli/compare.h"
#include "formats/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *leak_json(const lk_leak *leak)
{
	/* clang-format off */
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I}",
		"known", leak->known,
		"looked_through", leak->looked,
		"same_bytes", (json_int_t)leak->same,
		"shared_bytes", (json_int_t)leak->shared.covered,
		"longest", (json_int_t)leak->shared.longest,
		"longest_at", (json_int_t)leak->shared.start);
	/* clang-format on */
}

static lk_status print_leak(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	bool known;
	char *warning = lk_compare_warning(c, m, &known);
	/* clang-format off */
	json_t *object = json_pack("{s:s, s:s, s:o, s:o, s:b, s:i, s:s?}",
		"event", "leak",
		"model", m->name,
		"training", leak_json(&m->trained_on),
		"validation", leak_json(&m->chosen_by),
		"best", m->best,
		"shared_least", LK_SHARED_LEAST,
		"warning", warning);
	/* clang-format on */

	free(warning);
	return lk_print_json(object, error);
}

static lk_status print_baseline(
		const lk_comparison *c, const lk_baseline *b, lk_error *error)
{
	const lk_compressed *z = &b->compressed;
	double primed = (double)z->primed * 8 / (double)c->text.nbytes;
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:I, s:s}",
		"event", "baseline",
		"name", b->name,
		"kind", z->program ? "compressor" : "ngram",
		"nll", lk_json_new_real(b->nll),
		"bits_per_byte", lk_json_new_real(lk_compare_bits(c, b->nll)),
		"impossible_bytes", (json_int_t)b->impossible,
		"compressed_bytes", z->program ? json_integer((json_int_t)z->cold) : json_null(),
		"bits_per_byte_primed", z->primed_with ? lk_json_new_real(primed) : json_null(),
		"primed_with", (json_int_t)z->primed_with,
		"fitted_on", c->fitted_on), error);
	/* clang-format on */
}

/* One row: name is "letters (ASCII)", say, and by "byte class". */
static lk_status print_row(const lk_candidate *m, const char *by, const char *name,
		const lk_tally *tally, lk_error *error)
{
	double bits = tally->nbytes ? tally->nll / (log(2) * (double)tally->nbytes)
				    : NAN;

	if (!tally->nbytes && !tally->tokens)
		return LK_OK;
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:I}",
		"event", "breakdown",
		"model", m->name,
		"by", by,
		"row", name,
		"nll", lk_json_new_real(tally->nll),
		"bits_per_byte", lk_json_new_real(bits),
		"tokens", (json_int_t)tally->tokens,
		"bytes", (json_int_t)tally->nbytes), error);
	/* clang-format on */
}

static lk_status print_classes(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	lk_tally tally[LK_BYTE_CLASS_COUNT];
	lk_status status = LK_OK;

	lk_tally_classes(tally, &m->costs, c->text.data);
	for (size_t k = 0; k < LK_BYTE_CLASS_COUNT && !status; k++)
		status = print_row(m, "byte class", lk_byte_class_text(k), &tally[k],
				error);
	return status;
}

static lk_status print_seen(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	lk_tally tally[2];
	char by[64];
	lk_status status;

	snprintf(by, sizeof by, "the %zu bytes before in training", c->options->seen);
	lk_tally_marked(tally, &m->costs, c->seen);
	status = print_row(m, by, "no", &tally[0], error);
	return status ? status : print_row(m, by, "yes", &tally[1], error);
}

static lk_status print_positions(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	lk_tally tally[LK_POSITIONS];
	char name[64];
	lk_status status = LK_OK;

	lk_tally_positions(tally, &m->costs, c->text.start, m->policy.context,
			m->policy.stride);
	for (size_t k = 0; k < LK_POSITIONS && !status; k++) {
		snprintf(name, sizeof name, "%zu to %zu", (size_t)1 << k,
				((size_t)2 << k) - 1);
		status = print_row(m, "tokens of context", name, &tally[k], error);
	}
	return status;
}

static lk_status print_documents(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	size_t documents = c->text.documents.count;
	double *nll = malloc(documents * sizeof *nll);
	lk_status status =
			nll ? LK_OK
			    : lk_fail(error, LK_NOMEM, "out of memory for documents");

	if (nll)
		lk_costs_sum(nll, &m->costs, c->text.start, documents);
	for (size_t d = 0; d < documents && !status; d++) {
		const lk_document *document = &c->text.documents.document[d];

		/* clang-format off */
		status = lk_print_json(json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:o}",
			"event", "document",
			"model", m->name,
			"document", (json_int_t)d,
			"file", lk_text_file_name(document->path),
			"offset", (json_int_t)document->offset,
			"bytes", (json_int_t)document->nbytes,
			"nll", lk_json_new_real(nll[d])), error);
		/* clang-format on */
	}
	free(nll);
	return status;
}

static lk_status print_calibration(const lk_candidate *m, lk_error *error)
{
	const lk_calibration *b = &m->calibrated;
	json_t *bins = json_array();

	for (int i = 0; i < LK_CALIBRATION_BINS; i++)
		json_array_append_new(bins,
				json_pack("{s:f, s:f, s:I, s:I, s:f}", "from",
						(double)i / LK_CALIBRATION_BINS, "to",
						(double)(i + 1) / LK_CALIBRATION_BINS,
						"tokens", (json_int_t)b->tokens[i],
						"right", (json_int_t)b->right[i],
						"confidence_sum", b->confidence[i]));
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:o, s:I, s:o}",
		"event", "calibration",
		"model", m->name,
		"expected_calibration_error", lk_json_new_real(lk_calibration_error(b)),
		"tokens", (json_int_t)lk_calibration_tokens(b),
		"bins", bins), error);
	/* clang-format on */
}

static lk_status print_passages(const lk_comparison *c, const lk_candidate *a,
		const lk_candidate *b, const lk_passage *best, size_t count, void *out,
		lk_error *error)
{
	lk_status status = LK_OK;

	(void)c;
	(void)out;
	for (size_t i = 0; i < count && !status; i++)
		/* clang-format off */
		status = lk_print_json(json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o}",
			"event", "passage",
			"model", a->name,
			"over", b->name,
			"start", (json_int_t)best[i].start,
			"bytes", (json_int_t)best[i].nbytes,
			"nll", lk_json_new_real(best[i].a),
			"nll_over", lk_json_new_real(best[i].b)), error);
	/* clang-format on */
	return status;
}

static lk_status print_candidate(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	lk_status status = print_leak(c, m, error);

	if (!status)
		status = print_documents(c, m, error);
	if (!status)
		status = print_classes(c, m, error);
	if (!status && c->seen)
		status = print_seen(c, m, error);
	if (!status)
		status = print_positions(c, m, error);
	if (!status && lk_calibration_tokens(&m->calibrated))
		status = print_calibration(m, error);
	return status;
}

lk_status lk_compare_print_json_details(const lk_comparison *c, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < c->baselines && !status; i++)
		status = print_baseline(c, &c->baseline[i], error);
	for (size_t i = 0; i < c->candidates && !status; i++)
		status = print_candidate(c, &c->candidate[i], error);
	return status ? status : lk_compare_passages(c, print_passages, NULL, error);
}
