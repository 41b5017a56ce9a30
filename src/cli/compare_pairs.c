/* likely compare: units, intervals, verdicts. */
#include "cli/compare.h"

#include "base/printf.h"
#include "report/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double LN2 = 0.69314718055994530942;

double lk_compare_bits(const lk_comparison *c, double nats)
{
	return nats / (LN2 * (double)c->text.nbytes);
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the comparison");
}

/* The pairs of contenders that can be compared: both finite. */
static lk_status list_pairs(lk_comparison *c, lk_error *error)
{
	size_t most = c->contenders * (c->contenders - 1) / 2;

	c->pair = calloc(most ? most : 1, sizeof *c->pair);
	if (!c->pair)
		return no_memory(error);
	for (size_t a = 0; a < c->contenders; a++)
		for (size_t b = a + 1; b < c->contenders; b++)
			if (c->contender[a].finite && c->contender[b].finite)
				c->pair[c->pairs++] = (lk_pair){ .a = a, .b = b };
	return LK_OK;
}

/* Units that do for the difference of any two checkpoints that are tested; of
 * groups, their first runs. */
static lk_status choose_units(lk_comparison *c, lk_error *error)
{
	lk_costs_pair *pair = calloc(c->pairs ? c->pairs : 1, sizeof *pair);
	lk_status status;

	if (!pair)
		return no_memory(error);
	for (size_t p = 0; p < c->pairs; p++)
		pair[p] = (lk_costs_pair){
			.a = &c->candidate[c->contender[c->pair[p].a].first].costs,
			.b = &c->candidate[c->contender[c->pair[p].b].first].costs
		};
	status = lk_units_choose(&c->units, c->text.start, c->text.documents.count,
			pair, c->pairs, error);
	for (size_t p = 0; p < c->pairs && !status; p++)
		c->pair[p].inflation = lk_units_inflation(&c->units, &pair[p]);
	free(pair);
	return status;
}

/* A contender's bits by units. */
static lk_status sum_contender(lk_comparison *c, lk_contender *k, lk_entry *entry,
		const double *nbytes, lk_error *error)
{
	size_t units = c->units.count;
	double *all = malloc(k->count * units * sizeof *all);
	const double **runs = malloc(k->count * sizeof *runs);

	k->bits = malloc(units * sizeof *k->bits);
	if (all && runs && k->bits) {
		for (size_t r = 0; r < k->count; r++) {
			double *bits = all + r * units;

			lk_costs_sum(bits, &c->candidate[k->first + r].costs,
					c->units.start, units);
			for (size_t u = 0; u < units; u++)
				bits[u] /= LN2;
			runs[r] = bits;
		}
		lk_entry_of_runs(entry, k->bits, runs, k->count, nbytes, units);
	}
	bool enough = all && runs && k->bits;
	free(all);
	free(runs);
	return enough ? LK_OK : no_memory(error);
}

static lk_status test_pairs(lk_comparison *c, lk_error *error)
{
	size_t units = c->units.count;
	lk_resampling how = { c->options->resamples, c->common->seed,
		lk_common_threads(c->common) };
	lk_entry *entry = calloc(c->contenders, sizeof *entry);
	double *nbytes = malloc(units * sizeof *nbytes);
	lk_status status = entry && nbytes ? LK_OK : no_memory(error);

	for (size_t u = 0; u < units && !status; u++)
		nbytes[u] = (double)(c->units.start[u + 1] - c->units.start[u]);
	for (size_t k = 0; k < c->contenders && !status; k++)
		status = sum_contender(c, &c->contender[k], &entry[k], nbytes, error);
	if (!status)
		status = lk_compare(c->pair, c->pairs, &c->critical, entry, nbytes,
				units, &how, error);
	free(entry);
	free(nbytes);
	return status;
}

lk_status lk_compare_pairs(lk_comparison *c, lk_error *error)
{
	lk_status status = list_pairs(c, error);

	if (!status)
		status = choose_units(c, error);
	if (status || !c->pairs)
		return status;
	if (c->units.count < LK_UNITS_LEAST)
		c->pairs = 0;
	return c->pairs ? test_pairs(c, error) : LK_OK;
}

char *lk_compare_units_text(const lk_comparison *c, char *text, size_t size)
{
	const lk_units *units = &c->units;
	char number[LK_FORMAT_MOST];
	uint64_t mean = units->count ? c->text.nbytes / units->count : 0;

	if (units->blocks)
		snprintf(text, size, "blocks of %s bytes",
				lk_format_whole(number, sizeof number, mean));
	else if (units->documents > 1)
		snprintf(text, size, "groups of %zu documents", units->documents);
	else
		snprintf(text, size, "documents");
	return text;
}

/* What the verdict is about. */
static const char *scope(const lk_comparison *c)
{
	if (!c->units.blocks)
		return "";
	return c->text.documents.count == 1 ? ", for text like this document"
					    : ", for text like these documents";
}

char *lk_compare_verdict(const lk_comparison *c, const lk_pair *pair)
{
	bool b_better = pair->difference > 0;
	const char *a = c->contender[pair->a].name, *b = c->contender[pair->b].name;
	double low = b_better ? pair->low : -pair->high;
	double high = b_better ? pair->high : -pair->low;
	char unit[64], few[64] = "";

	if (c->units.count < LK_UNITS_FEW)
		snprintf(few, sizeof few, "; few independent units (%zu)",
				c->units.count);
	if (pair->error == 0 && pair->difference == 0)
		return lk_asprintf("%s and %s cost the same on every part of this text", a,
				b);
	if (low > 0)
		return lk_asprintf("%s beats %s by %.4f bits per byte [%.4f, %.4f], on %zu "
				   "of %zu %s%s%s",
				b_better ? b : a, b_better ? a : b,
				fabs(pair->difference), low, high,
				b_better ? pair->b_wins : pair->a_wins, c->units.count,
				lk_compare_units_text(c, unit, sizeof unit), scope(c),
				few);
	return lk_asprintf("%s and %s cannot be told apart on this text: the difference is "
			   "%.4f bits per byte [%.4f, %.4f]; the smallest difference it "
			   "could show is %.4f (at 80 %% power)%s%s",
			a, b, pair->difference, pair->low, pair->high,
			lk_detectable(pair, c->critical), scope(c), few);
}
