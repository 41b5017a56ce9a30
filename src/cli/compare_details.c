/* likely compare --details: where the difference lies. */
#include "cli/command.h"
#include "cli/compare.h"
#include "report/escape.h"
#include "report/format.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Documents are listed up to so many; --json and --csv have them all. */
enum { DOCUMENTS_SHOWN = 30 };

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for a table");
}

/* A table of a name, a count of bytes, and a column for each candidate. */
static lk_status begin_table(lk_table **table, const lk_comparison *c, const char *what,
		lk_error *error)
{
	char *alignment = malloc(c->candidates + 3);
	lk_status status;

	if (!alignment)
		return no_memory(error);
	memset(alignment, 'r', c->candidates + 2);
	alignment[0] = 'l';
	alignment[c->candidates + 2] = 0;
	status = lk_table_new(table, alignment, error);
	free(alignment);
	if (status)
		return status;
	lk_table_cell(*table, "%s", what);
	lk_table_cell(*table, "bytes");
	for (size_t i = 0; i < c->candidates; i++)
		lk_table_cell(*table, "%s", c->candidate[i].name);
	return LK_OK;
}

static lk_status end_table(lk_table *table, lk_error *error)
{
	lk_status status = lk_table_print(table, stdout, "", error);

	printf("\n");
	lk_table_free(table);
	return status;
}

static void add_count(lk_table *table, uint64_t nbytes)
{
	char text[LK_FORMAT_MOST];

	lk_table_cell(table, "%s", lk_format_whole(text, sizeof text, nbytes));
}

static void add_bits(lk_table *table, double nll, uint64_t nbytes)
{
	if (nbytes)
		lk_table_cell(table, "%.4f", nll / (log(2) * (double)nbytes));
	else
		lk_table_cell(table, "-");
}

/* The rows of a breakdown that all candidates share: tally[candidate][row]. */
static lk_status print_tallies(const lk_comparison *c, const char *what, size_t rows,
		const char *(*name)(size_t row), const lk_tally *tally, lk_error *error)
{
	lk_table *table;
	lk_status status = begin_table(&table, c, what, error);

	if (status)
		return status;
	for (size_t r = 0; r < rows; r++) {
		if (!tally[r].nbytes)
			continue;
		lk_table_cell(table, "%s", name(r));
		add_count(table, tally[r].nbytes);
		for (size_t i = 0; i < c->candidates; i++)
			add_bits(table, tally[i * rows + r].nll,
					tally[i * rows + r].nbytes);
	}
	return end_table(table, error);
}

static const char *class_name(size_t row)
{
	return lk_byte_class_text((lk_byte_class)row);
}

static const char *seen_name(size_t row)
{
	return row ? "they did" : "they did not";
}

static lk_status print_classes(const lk_comparison *c, lk_error *error)
{
	lk_tally *tally = calloc(c->candidates * LK_BYTE_CLASS_COUNT, sizeof *tally);
	lk_status status;

	if (!tally)
		return no_memory(error);
	for (size_t i = 0; i < c->candidates; i++)
		lk_tally_classes(tally + i * LK_BYTE_CLASS_COUNT,
				&c->candidate[i].costs, c->text.data);
	status = print_tallies(c, "bits per byte by class", LK_BYTE_CLASS_COUNT,
			class_name, tally, error);
	free(tally);
	return status;
}

static lk_status print_seen(const lk_comparison *c, lk_error *error)
{
	lk_tally *tally = calloc(c->candidates * 2, sizeof *tally);
	char what[96];
	lk_status status;

	if (!tally)
		return no_memory(error);
	for (size_t i = 0; i < c->candidates; i++)
		lk_tally_marked(tally + i * 2, &c->candidate[i].costs, c->seen);
	snprintf(what, sizeof what, "did the %zu bytes before occur in training?",
			c->options->seen);
	status = print_tallies(c, what, 2, seen_name, tally, error);
	free(tally);
	return status;
}

static lk_status print_documents(const lk_comparison *c, lk_error *error)
{
	size_t documents = c->text.documents.count;
	double *nll = malloc(c->candidates * documents * sizeof *nll);
	lk_table *table;
	lk_status status =
			nll ? begin_table(&table, c, "bits per byte by document", error)
			    : no_memory(error);

	if (status) {
		free(nll);
		return status;
	}
	for (size_t i = 0; i < c->candidates; i++)
		lk_costs_sum(nll + i * documents, &c->candidate[i].costs, c->text.start,
				documents);
	for (size_t d = 0; d < documents && d < DOCUMENTS_SHOWN; d++) {
		const lk_document *document = &c->text.documents.document[d];

		lk_table_cell(table, "%s, from byte %llu",
				lk_text_file_name(document->path),
				(unsigned long long)document->offset);
		add_count(table, document->nbytes);
		for (size_t i = 0; i < c->candidates; i++)
			add_bits(table, nll[i * documents + d], document->nbytes);
	}
	free(nll);
	status = end_table(table, error);
	if (documents > DOCUMENTS_SHOWN)
		printf("... and %zu documents more; --json and --csv have them all\n\n",
				documents - DOCUMENTS_SHOWN);
	return status;
}

static lk_status print_positions(
		const lk_comparison *c, const lk_candidate *m, lk_error *error)
{
	lk_tally tally[LK_POSITIONS];
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrr", error);

	if (status)
		return status;
	lk_tally_positions(tally, &m->costs, c->text.start, m->policy.context,
			m->policy.stride);
	lk_table_cell(table, "%s: tokens of context", m->name);
	lk_table_cell(table, "tokens");
	lk_table_cell(table, "bits per byte");
	for (size_t k = 0; k < LK_POSITIONS; k++) {
		if (!tally[k].nbytes)
			continue;
		lk_table_cell(table, k ? "%zu to %zu" : "%zu", (size_t)1 << k,
				((size_t)2 << k) - 1);
		add_count(table, tally[k].tokens);
		add_bits(table, tally[k].nll, tally[k].nbytes);
	}
	return end_table(table, error);
}

static lk_status print_calibration(const lk_candidate *m, lk_error *error)
{
	const lk_calibration *b = &m->calibrated;
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrr", error);

	if (status)
		return status;
	printf("%s: expected calibration error %.4f over %llu tokens\n", m->name,
			lk_calibration_error(b),
			(unsigned long long)lk_calibration_tokens(b));
	lk_table_cell(table, "confidence");
	lk_table_cell(table, "tokens");
	lk_table_cell(table, "mean confidence");
	lk_table_cell(table, "share right");
	for (int i = 0; i < LK_CALIBRATION_BINS; i++) {
		if (!b->tokens[i])
			continue;
		lk_table_cell(table, "%.1f to %.1f", (double)i / LK_CALIBRATION_BINS,
				(double)(i + 1) / LK_CALIBRATION_BINS);
		add_count(table, b->tokens[i]);
		lk_table_cell(table, "%.4f", b->confidence[i] / (double)b->tokens[i]);
		lk_table_cell(table, "%.4f",
				(double)b->right[i] / (double)b->tokens[i]);
	}
	return end_table(table, error);
}

static lk_status print_passages(const lk_comparison *c, const lk_candidate *a,
		const lk_candidate *b, const lk_passage *best, size_t count, void *out,
		lk_error *error)
{
	(void)out;
	(void)error;
	printf("where %s wins most over %s:\n", a->name, b->name);
	for (size_t i = 0; i < count; i++) {
		printf("  byte %llu, %.1f bits instead of %.1f: \"",
				(unsigned long long)best[i].start, best[i].a / log(2),
				best[i].b / log(2));
		lk_escape_write(stdout, c->text.data + best[i].start, best[i].nbytes,
				false);
		printf("\"\n");
	}
	printf("\n");
	return LK_OK;
}

lk_status lk_compare_print_details(const lk_comparison *c, lk_error *error)
{
	lk_status status =
			c->text.documents.count > 1 ? print_documents(c, error) : LK_OK;

	if (!status)
		status = print_classes(c, error);
	if (!status && c->seen)
		status = print_seen(c, error);
	for (size_t i = 0; i < c->candidates && !status; i++)
		status = print_positions(c, &c->candidate[i], error);
	return status ? status : lk_compare_passages(c, print_passages, NULL, error);
}

lk_status lk_compare_print_calibration(const lk_comparison *c, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < c->candidates && !status; i++)
		if (lk_calibration_tokens(&c->candidate[i].calibrated))
			status = print_calibration(&c->candidate[i], error);
	return status;
}
