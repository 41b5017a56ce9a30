/* likely compare --csv: one table of everything [RFC 4180]. */
#include "cli/compare.h"

#include "base/compose.h"

#include <math.h>
#include <stdlib.h>

static void text(FILE *out, const char *cell)
{
	fputc('"', out);
	for (; *cell; cell++) {
		if (*cell == '"')
			fputc('"', out);
		fputc(*cell, out);
	}
	fputc('"', out);
}

/* A row of a sum of costs. */
static void row(FILE *out, const char *model, const char *by, const char *name,
		const lk_tally *tally)
{
	if (!tally->nbytes && !tally->tokens)
		return;
	text(out, model);
	fputc(',', out);
	text(out, by);
	fputc(',', out);
	text(out, name);
	fprintf(out, ",%llu,%llu,%.17g,%.17g,,,\r\n", (unsigned long long)tally->nbytes,
			(unsigned long long)tally->tokens, tally->nll,
			tally->nll / (log(2) * (double)tally->nbytes));
}

static lk_status write_documents(const lk_comparison *c, const lk_candidate *m,
		FILE *out, lk_error *error)
{
	size_t documents = c->text.documents.count;
	double *nll = malloc(documents * sizeof *nll);
	char name[32];

	if (!nll)
		return lk_fail(error, LK_NOMEM, "out of memory for the table");
	lk_costs_sum(nll, &m->costs, c->text.start, documents);
	for (size_t d = 0; d < documents; d++) {
		lk_tally tally = { .nll = nll[d],
			.nbytes = c->text.documents.document[d].nbytes };

		snprintf(name, sizeof name, "%zu", d);
		row(out, m->name, "document", name, &tally);
	}
	free(nll);
	return LK_OK;
}

static lk_status write_model(const lk_comparison *c, const lk_candidate *m, FILE *out,
		lk_error *error)
{
	lk_tally all = { m->nll, m->costs.tokens, c->text.nbytes };
	lk_tally classes[LK_BYTE_CLASS_COUNT], seen[2], positions[LK_POSITIONS];
	char name[64];

	row(out, m->name, "whole text", "", &all);
	lk_tally_classes(classes, &m->costs, c->text.data);
	for (size_t k = 0; k < LK_BYTE_CLASS_COUNT; k++)
		row(out, m->name, "byte class", lk_byte_class_text(k), &classes[k]);
	if (c->seen) {
		lk_tally_marked(seen, &m->costs, c->seen);
		snprintf(name, sizeof name, "the %zu bytes before in training",
				c->options->seen);
		row(out, m->name, name, "no", &seen[0]);
		row(out, m->name, name, "yes", &seen[1]);
	}
	lk_tally_positions(positions, &m->costs, c->text.start, m->policy.context,
			m->policy.stride);
	for (size_t k = 0; k < LK_POSITIONS; k++) {
		snprintf(name, sizeof name, "%zu to %zu", (size_t)1 << k,
				((size_t)2 << k) - 1);
		row(out, m->name, "tokens of context", name, &positions[k]);
	}
	return write_documents(c, m, out, error);
}

static lk_status write_table(FILE *out, const void *context, lk_error *error)
{
	const lk_comparison *c = context;
	lk_status status = LK_OK;

	fputs("model,by,row,bytes,tokens,nll,bits_per_byte,low,high,p\r\n", out);
	for (size_t i = 0; i < c->candidates && !status; i++)
		status = write_model(c, &c->candidate[i], out, error);
	for (size_t i = 0; i < c->baselines; i++) {
		lk_tally all = { c->baseline[i].nll, 0, c->text.nbytes };

		row(out, c->baseline[i].name, "baseline", "", &all);
	}
	for (size_t p = 0; p < c->pairs; p++) {
		const lk_pair *pair = &c->pair[p];

		text(out, c->contender[pair->a].name);
		fputs(",minus,", out);
		text(out, c->contender[pair->b].name);
		fprintf(out, ",%llu,,,%.17g,%.17g,%.17g,%.17g\r\n",
				(unsigned long long)c->text.nbytes, pair->difference,
				pair->low, pair->high, pair->p);
	}
	return status;
}

lk_status lk_compare_write_csv(const lk_comparison *c, lk_error *error)
{
	return lk_file_compose(c->options->csv, write_table, c, error);
}
