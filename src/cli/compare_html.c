/* likely compare --html: a page of its own. */
#include "cli/compare.h"

#include "base/compose.h"
#include "base/printf.h"
#include "report/format.h"
#include "report/html.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the page");
}

static double bits(double nll, uint64_t nbytes)
{
	return nll / (log(2) * (double)nbytes);
}

static void write_models(const lk_comparison *c, FILE *out)
{
	fputs("<h2>Models</h2>\n<table>\n<tr><th>model<th>bits per byte<th>with ends"
	      "<th>NLL (nats)<th>tokens<th>perplexity per token<th>per character"
	      "<th>per word</tr>\n",
			out);
	for (size_t i = 0; i < c->candidates; i++) {
		const lk_candidate *m = &c->candidate[i];

		fputs("<tr><td>", out);
		lk_html_text(out, m->name, strlen(m->name));
		fprintf(out,
				"<td>%.4f<td>%.4f<td>%.2f<td>%zu<td>%.4f<td>%.4f<td>%."
				"5g"
				"</tr>\n",
				lk_compare_bits(c, m->nll),
				lk_compare_bits(c, m->nll + m->ends), m->nll,
				m->costs.tokens, exp(m->nll / (double)m->costs.tokens),
				exp(m->nll / (double)c->size.characters),
				exp(m->nll / (double)c->size.words));
	}
	fputs("</table>\n", out);
}

/* Models and baselines, the best first, as bars. */
static int by_value(const void *a, const void *b)
{
	const lk_html_mark *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static lk_status write_bars(const lk_comparison *c, FILE *out, lk_error *error)
{
	size_t count = c->candidates + c->baselines;
	lk_html_mark *mark = calloc(count, sizeof *mark);

	if (!mark)
		return no_memory(error);
	for (size_t i = 0; i < c->candidates; i++)
		mark[i] = (lk_html_mark){ c->candidate[i].name,
			lk_compare_bits(c, c->candidate[i].nll), NAN, NAN };
	for (size_t i = 0; i < c->baselines; i++)
		mark[c->candidates + i] = (lk_html_mark){ c->baseline[i].name,
			lk_compare_bits(c, c->baseline[i].nll), NAN, NAN };
	qsort(mark, count, sizeof *mark, by_value);
	lk_html_element(out, "h2", "Bits per byte");
	if (*c->fitted_on)
		lk_html_element(out, "p",
				"N-grams are of bytes, fitted on %s; "
				"compressors are cold.",
				c->fitted_on);
	lk_html_bars(out, mark, count);
	free(mark);
	return LK_OK;
}

static lk_status write_pairs(const lk_comparison *c, FILE *out, lk_error *error)
{
	lk_html_mark *mark = calloc(c->pairs ? c->pairs : 1, sizeof *mark);
	char unit[64];

	if (!mark)
		return no_memory(error);
	for (size_t p = 0; p < c->pairs; p++) {
		const lk_pair *pair = &c->pair[p];
		char *verdict = lk_compare_verdict(c, pair);
		char *name = lk_asprintf("%s - %s", c->contender[pair->a].name,
				c->contender[pair->b].name);

		mark[p] = (lk_html_mark){ name ? name : "", pair->difference, pair->low,
			pair->high };
		lk_html_element(out, "p class=\"verdict\"", "%s.",
				verdict ? verdict : "");
		free(verdict);
	}
	if (c->pairs) {
		lk_html_element(out, "h2",
				"Differences in bits per byte, 95 %% intervals");
		lk_html_intervals(out, mark, c->pairs);
		lk_html_element(out, "p",
				"Units: %zu %s; paired bootstrap-t, %zu resamples; the "
				"intervals hold for all pairs at once.",
				c->units.count,
				lk_compare_units_text(c, unit, sizeof unit),
				c->options->resamples);
	}
	for (size_t p = 0; p < c->pairs; p++)
		if (*mark[p].name)
			free((char *)(uintptr_t)mark[p].name);
	free(mark);
	return LK_OK;
}

static void write_warnings(const lk_comparison *c, FILE *out)
{
	for (size_t i = 0; i < c->candidates; i++) {
		bool known;
		char *text = lk_compare_warning(c, &c->candidate[i], &known);

		if (text)
			lk_html_element(out, "p class=\"beware\"", "Beware: %s.", text);
		free(text);
	}
}

static lk_status write_documents(const lk_comparison *c, FILE *out, lk_error *error)
{
	size_t documents = c->text.documents.count;
	double *nll = malloc(c->candidates * documents * sizeof *nll);

	if (!nll)
		return no_memory(error);
	lk_html_element(out, "h2", "By document, bits per byte");
	fputs("<table>\n<tr><th>document<th>bytes", out);
	for (size_t i = 0; i < c->candidates; i++) {
		lk_costs_sum(nll + i * documents, &c->candidate[i].costs, c->text.start,
				documents);
		lk_html_element(out, "th", "%s", c->candidate[i].name);
	}
	fputs("</tr>\n", out);
	for (size_t d = 0; d < documents; d++) {
		const lk_document *document = &c->text.documents.document[d];

		fputs("<tr>", out);
		lk_html_element(out, "td", "%s, from byte %llu",
				lk_text_file_name(document->path),
				(unsigned long long)document->offset);
		fprintf(out, "<td>%zu", document->nbytes);
		for (size_t i = 0; i < c->candidates; i++)
			fprintf(out, "<td>%.4f",
					bits(nll[i * documents + d], document->nbytes));
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
	free(nll);
	return LK_OK;
}

static lk_status write_classes(const lk_comparison *c, FILE *out, lk_error *error)
{
	lk_tally *tally = calloc(c->candidates * LK_BYTE_CLASS_COUNT, sizeof *tally);

	if (!tally)
		return no_memory(error);
	lk_html_element(out, "h2", "By class of byte, bits per byte");
	fputs("<table>\n<tr><th>class<th>bytes", out);
	for (size_t i = 0; i < c->candidates; i++) {
		lk_tally_classes(tally + i * LK_BYTE_CLASS_COUNT,
				&c->candidate[i].costs, c->text.data);
		lk_html_element(out, "th", "%s", c->candidate[i].name);
	}
	fputs("</tr>\n", out);
	for (size_t k = 0; k < LK_BYTE_CLASS_COUNT; k++) {
		if (!tally[k].nbytes)
			continue;
		fputs("<tr>", out);
		lk_html_element(out, "td", "%s", lk_byte_class_text(k));
		fprintf(out, "<td>%llu", (unsigned long long)tally[k].nbytes);
		for (size_t i = 0; i < c->candidates; i++)
			fprintf(out, "<td>%.4f",
					bits(tally[i * LK_BYTE_CLASS_COUNT + k].nll,
							tally[k].nbytes));
		fputs("</tr>\n", out);
	}
	fputs("</table>\n", out);
	free(tally);
	return LK_OK;
}

/* Of one model: bits per byte by tokens of context, and its reliability. */
static void write_model(const lk_comparison *c, const lk_candidate *m, FILE *out)
{
	lk_tally tally[LK_POSITIONS];
	lk_html_mark mark[LK_POSITIONS];
	char name[LK_POSITIONS][48];
	size_t rows = 0;

	lk_tally_positions(tally, &m->costs, c->text.start, m->policy.context,
			m->policy.stride);
	for (size_t k = 0; k < LK_POSITIONS; k++) {
		if (!tally[k].nbytes)
			continue;
		snprintf(name[rows], sizeof *name,
				k ? "%zu to %zu tokens" : "%zu token", (size_t)1 << k,
				((size_t)2 << k) - 1);
		mark[rows] = (lk_html_mark){ name[rows],
			bits(tally[k].nll, tally[k].nbytes), NAN, NAN };
		rows++;
	}
	lk_html_element(out, "h2", "%s by how much context it has, bits per byte",
			m->name);
	lk_html_bars(out, mark, rows);
	if (!lk_calibration_tokens(&m->calibrated))
		return;
	double x[LK_CALIBRATION_BINS], y[LK_CALIBRATION_BINS];
	size_t bins = 0;
	for (int b = 0; b < LK_CALIBRATION_BINS; b++) {
		double tokens = (double)m->calibrated.tokens[b];

		if (!m->calibrated.tokens[b])
			continue;
		x[bins] = m->calibrated.confidence[b] / tokens;
		y[bins++] = (double)m->calibrated.right[b] / tokens;
	}
	lk_html_element(out, "h2", "%s: expected calibration error %.4f", m->name,
			lk_calibration_error(&m->calibrated));
	lk_html_square(out, x, y, bins, "confidence", "share right");
}

static lk_status write_passages(const lk_comparison *c, const lk_candidate *a,
		const lk_candidate *b, const lk_passage *best, size_t count,
		void *context, lk_error *error)
{
	FILE *out = context;

	(void)error;
	lk_html_element(out, "h2", "Where %s wins most over %s", a->name, b->name);
	fputs("<ol>\n", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "<li>%.1f bits instead of %.1f, byte %llu: <code>",
				best[i].a / log(2), best[i].b / log(2),
				(unsigned long long)best[i].start);
		lk_html_text(out, c->text.data + best[i].start, best[i].nbytes);
		fputs("</code>\n", out);
	}
	fputs("</ol>\n", out);
	return LK_OK;
}

static lk_status write_page(FILE *out, const void *context, lk_error *error)
{
	const lk_comparison *c = context;
	char nbytes[LK_FORMAT_MOST];
	lk_status status;

	lk_html_begin(out, "Which model predicts this text better?");
	lk_html_element(out, "p",
			"%s bytes in %zu document%s; every byte is scored exactly "
			"once, the "
			"first included.",
			lk_format_whole(nbytes, sizeof nbytes, c->text.nbytes),
			c->text.documents.count,
			c->text.documents.count == 1 ? "" : "s");
	write_warnings(c, out);
	status = write_pairs(c, out, error);
	write_models(c, out);
	if (!status)
		status = write_bars(c, out, error);
	if (!status)
		status = write_classes(c, out, error);
	if (!status && c->text.documents.count > 1)
		status = write_documents(c, out, error);
	for (size_t i = 0; i < c->candidates; i++)
		write_model(c, &c->candidate[i], out);
	if (!status)
		status = lk_compare_passages(c, write_passages, out, error);
	lk_html_end(out);
	return status;
}

lk_status lk_compare_write_html(const lk_comparison *c, lk_error *error)
{
	return lk_file_compose(c->options->html, write_page, c, error);
}
