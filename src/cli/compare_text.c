/* likely compare: results as text. */
#include "cli/command.h"
#include "cli/compare.h"
#include "report/format.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void add_heading(lk_table *table, const char *const *heading)
{
	for (; *heading; heading++)
		lk_table_cell(table, "%s", *heading);
}

static void add_model(lk_table *table, const lk_comparison *c, const lk_candidate *m)
{
	char tokens[LK_FORMAT_MOST];

	lk_table_cell(table, "%s", m->name);
	lk_table_cell(table, "%.4f", lk_compare_bits(c, m->nll));
	lk_table_cell(table, "%.4f", lk_compare_bits(c, m->nll + m->ends));
	lk_table_cell(table, "%.2f", m->nll);
	lk_table_cell(table, "%s",
			lk_format_whole(tokens, sizeof tokens, m->costs.tokens));
	lk_table_cell(table, "%.4f", exp(m->nll / (double)m->costs.tokens));
	lk_table_cell(table, "%.4f", exp(m->nll / (double)c->size.characters));
	lk_table_cell(table, "%.5g", exp(m->nll / (double)c->size.words));
}

static lk_status print_models(const lk_comparison *c, lk_error *error)
{
	static const char *const heading[] = { "model", "bits/byte", "with ends",
		"NLL (nats)", "tokens", "ppl/token", "ppl/char", "ppl/word", NULL };
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrrrrrr", error);

	if (status)
		return status;
	add_heading(table, heading);
	for (size_t i = 0; i < c->candidates; i++)
		add_model(table, c, &c->candidate[i]);
	status = lk_table_print(table, stdout, "", error);
	lk_table_free(table);
	return status;
}

static void print_text(const lk_comparison *c)
{
	char nbytes[LK_FORMAT_MOST], documents[LK_FORMAT_MOST],
			characters[LK_FORMAT_MOST], words[LK_FORMAT_MOST];

	printf("text: %s bytes, %s document%s, %s characters, %s words; coverage "
	       "100.00 %%: every byte is scored exactly once, the first included\n",
			lk_format_whole(nbytes, sizeof nbytes, c->text.nbytes),
			lk_format_whole(documents, sizeof documents,
					c->text.documents.count),
			c->text.documents.count == 1 ? "" : "s",
			lk_format_whole(characters, sizeof characters,
					c->size.characters),
			lk_format_whole(words, sizeof words, c->size.words));
	for (size_t i = 0; i < c->candidates; i++) {
		const lk_candidate *m = &c->candidate[i];

		printf("%s: ", m->name);
		if (m->saved)
			printf("saved scores of %s, ", m->directory);
		if (m->policy.stride)
			printf("context %zu, stride %zu\n", m->policy.context,
					m->policy.stride);
		else
			printf("every token from the %zu before it\n",
					m->policy.context);
	}
	printf("\n");
}

static lk_status print_pairs(const lk_comparison *c, lk_error *error)
{
	static const char *const heading[] = { "difference (bits/byte)", "",
		"95 % interval", "p", "better on", NULL };
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrrrr", error);

	if (status)
		return status;
	add_heading(table, heading);
	for (size_t p = 0; p < c->pairs; p++) {
		const lk_pair *pair = &c->pair[p];

		lk_table_cell(table, "%s - %s", c->contender[pair->a].name,
				c->contender[pair->b].name);
		lk_table_cell(table, "%+.4f", pair->difference);
		lk_table_cell(table, "[%+.4f, %+.4f]", pair->low, pair->high);
		lk_table_cell(table, "%.4f", pair->p);
		lk_table_cell(table, "%zu : %zu", pair->a_wins, pair->b_wins);
	}
	status = lk_table_print(table, stdout, "", error);
	lk_table_free(table);
	return status;
}

static void print_detect(const lk_comparison *c, const lk_pair *pair)
{
	double wanted = c->options->detect;
	double nbytes = lk_bytes_to_detect(
			pair, c->critical, (double)c->text.nbytes, wanted);
	char text[LK_FORMAT_MOST];

	if (isinf(nbytes))
		printf("  no text shows a difference of %g at 80 %% power: the seeds "
		       "differ too much; train more of them\n",
				wanted);
	else
		printf("  to show a difference of %g at 80 %% power takes about %s of "
		       "such text\n",
				wanted, lk_format_bytes(text, sizeof text, nbytes));
}

static lk_status print_verdicts(const lk_comparison *c, lk_error *error)
{
	for (size_t p = 0; p < c->pairs; p++) {
		char *text = lk_compare_verdict(c, &c->pair[p]);

		if (!text)
			return lk_fail(error, LK_NOMEM, "out of memory");
		printf("%s.\n", text);
		free(text);
		if (c->options->detect > 0)
			print_detect(c, &c->pair[p]);
	}
	return LK_OK;
}

static void print_units(const lk_comparison *c)
{
	char unit[64], resamples[LK_FORMAT_MOST];

	printf("\nunits: %zu %s", c->units.count,
			lk_compare_units_text(c, unit, sizeof unit));
	if (c->units.blocks)
		printf(" (the difference has a correlation length of %.0f bytes)",
				c->units.correlation);
	printf("; paired bootstrap-t, %s resamples, intervals simultaneous over %zu "
	       "pair%s\n\n",
			lk_format_whole(resamples, sizeof resamples,
					c->options->resamples),
			c->pairs, c->pairs == 1 ? "" : "s");
}

/* Why there may be no intervals. */
static void print_incomparable(const lk_comparison *c)
{
	size_t finite = 0;

	for (size_t k = 0; k < c->contenders; k++) {
		finite += c->contender[k].finite;
		if (!c->contender[k].finite)
			printf("\n%s gives this text a probability of zero: no finite "
			       "number says how much worse it is.\n",
					c->contender[k].name);
	}
	if (finite > 1 && !c->pairs)
		printf("\nNo verdict: the text makes only %zu independent unit%s, and "
		       "an "
		       "interval takes %d; give more text.\n",
				c->units.count, c->units.count == 1 ? "" : "s",
				LK_UNITS_LEAST);
}

static void print_leaks(const lk_comparison *c)
{
	printf("\n");
	for (size_t i = 0; i < c->candidates; i++) {
		const lk_candidate *m = &c->candidate[i];
		bool known;
		char *text = lk_compare_warning(c, m, &known);

		if (text)
			printf("beware: %s\n", text);
		else if (known)
			printf("%s: nothing of %d bytes or more stands in its training "
			       "text\n",
					m->name, LK_SHARED_LEAST);
		else
			printf("%s: what it was trained on is not known; --train-text "
			       "names it\n",
					m->name);
		free(text);
	}
}

static void add_baseline(lk_table *table, const lk_comparison *c, const lk_baseline *b)
{
	double bits = lk_compare_bits(c, b->nll);
	char note[128] = "", number[LK_FORMAT_MOST];

	if (b->impossible)
		snprintf(note, sizeof note, "%s of the text's bytes impossible",
				lk_format_whole(number, sizeof number, b->impossible));
	if (b->compressed.primed_with)
		snprintf(note, sizeof note, "%.4f primed with %s",
				(double)b->compressed.primed * 8 /
						(double)c->text.nbytes,
				lk_format_bytes(number, sizeof number,
						(double)b->compressed.primed_with));
	else if (b->compressed.program)
		snprintf(note, sizeof note, "not primed: it looks back on %s",
				lk_format_bytes(number, sizeof number,
						(double)b->compressed.reach));
	lk_table_cell(table, "%s", b->name);
	lk_table_cell(table, "%.4f", bits);
	lk_table_cell(table, "%s", note);
}

static lk_status print_baselines(const lk_comparison *c, lk_error *error)
{
	lk_table *table;
	lk_status status = lk_table_new(&table, "lrl", error);

	if (status)
		return status;
	lk_table_cell(table, "baseline");
	lk_table_cell(table, "bits/byte");
	lk_table_cell(table, "%s", "");
	for (size_t i = 0; i < c->baselines; i++)
		add_baseline(table, c, &c->baseline[i]);
	if (*c->fitted_on)
		printf("\nbaselines: n-grams of bytes, fitted on %s; compressors, cold "
		       "and "
		       "primed with the end of it\n\n",
				c->fitted_on);
	else
		printf("\nbaselines: compressors alone; no training text is known, and "
		       "--train-text names it\n\n");
	status = lk_table_print(table, stdout, "", error);
	lk_table_free(table);
	return status;
}

lk_status lk_compare_print(const lk_comparison *c, lk_error *error)
{
	lk_status status;

	print_text(c);
	status = print_models(c, error);
	if (!status && c->baselines)
		status = print_baselines(c, error);
	else if (!status && c->options->baselines)
		printf("\nbaselines: none; no training text is known, and --train-text "
		       "names it; xz, zstd, brotli and bzip2 are not installed\n");
	if (!status)
		print_leaks(c);
	if (!status && c->options->details) {
		printf("\n");
		status = lk_compare_print_details(c, error);
	}
	if (!status && c->options->calibration) {
		printf("\n");
		status = lk_compare_print_calibration(c, error);
	}
	if (!status && c->pairs) {
		print_units(c);
		status = print_pairs(c, error);
		printf("\n");
		if (!status)
			status = print_verdicts(c, error);
	}
	print_incomparable(c);
	return status ? status : lk_flush_output(error);
}
