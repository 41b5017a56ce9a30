#include "evaluate/units.h"

#include <math.h>
#include <stdlib.h>

enum { CELL = 64, CELLS_MOST = 1 << 18, WINDOW = 5 };

void lk_units_free(lk_units *units)
{
	free(units->start);
	*units = (lk_units){ 0 };
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the units of a text");
}

static double covariance(const double *x, size_t n, double mean, size_t lag)
{
	double sum = 0;

	for (size_t i = lag; i < n; i++)
		sum += (x[i] - mean) * (x[i - lag] - mean);
	return sum / (double)n;
}

double lk_correlation_time(const double *x, size_t n)
{
	double mean = 0, variance, time = 1;

	for (size_t i = 0; i < n; i++)
		mean += x[i] / (double)n;
	variance = n ? covariance(x, n, mean, 0) : 0;
	if (!(variance > 0))
		return 1;
	for (size_t lag = 1; lag < n / 4 && (double)lag < WINDOW * time; lag++)
		time += 2 * covariance(x, n, mean, lag) / variance;
	return time > 1 ? time : 1;
}

/* The difference in cost by cells of bytes into x[cells]; scratch is as long. */
static void difference(double *x, double *scratch, const lk_costs_pair *pair,
		const uint64_t *start, size_t cells)
{
	lk_costs_sum(x, pair->a, start, cells);
	lk_costs_sum(scratch, pair->b, start, cells);
	for (size_t i = 0; i < cells; i++) {
		x[i] -= scratch[i];
		if (!isfinite(x[i]))
			x[i] = 0;
	}
}

/* The correlation length of each pair, in bytes. */
static lk_status find_correlations(
		uint64_t text, lk_costs_pair *pair, size_t pairs, lk_error *error)
{
	uint64_t cell = CELL;

	while (text / cell > CELLS_MOST)
		cell *= 2;
	size_t cells = (size_t)((text + cell - 1) / cell);
	uint64_t *start = malloc((cells + 1) * sizeof *start);
	double *x = malloc(cells * sizeof *x), *scratch = malloc(cells * sizeof *x);

	if (start && x && scratch) {
		for (size_t i = 0; i <= cells; i++)
			start[i] = i < cells ? i * cell : text;
		for (size_t p = 0; p < pairs; p++) {
			difference(x, scratch, &pair[p], start, cells);
			pair[p].correlation = (double)cell / 2 *
					      lk_correlation_time(x, cells);
		}
	}
	bool enough = start && x && scratch;
	free(start);
	free(x);
	free(scratch);
	return enough ? LK_OK : no_memory(error);
}

/* How long a block must be. */
static uint64_t block_nbytes(uint64_t text, double correlation)
{
	double most = (double)text / LK_BLOCKS_MOST,
	       wanted = (double)text / LK_BLOCKS_WANTED;
	double lengths = LK_BLOCK_LENGTHS * correlation;

	if (lengths > wanted)
		lengths = fmax(wanted, LK_BLOCK_LENGTHS_LEAST * correlation);
	return (uint64_t)ceil(fmax(LK_BLOCK_LEAST, fmax(lengths, most)));
}

/* Each document by itself, or so many neighbours as one. */
static void take_documents(lk_units *units, const uint64_t *start, size_t documents)
{
	units->documents = (documents + LK_UNITS_MOST - 1) / LK_UNITS_MOST;
	for (size_t i = 0; i < documents; i += units->documents)
		units->start[units->count++] = start[i];
	units->start[units->count] = start[documents];
}

/* Each document in equal parts, none shorter than `least` where it can be. */
static void take_blocks(lk_units *units, const uint64_t *start, size_t documents,
		uint64_t least)
{
	units->blocks = true;
	units->documents = 1;
	for (size_t d = 0; d < documents; d++) {
		uint64_t nbytes = start[d + 1] - start[d], parts = nbytes / least;

		parts = parts ? parts : 1;
		for (uint64_t i = 0; i < parts; i++)
			units->start[units->count++] =
					start[d] +
					(uint64_t)((double)nbytes * (double)i /
							(double)parts);
	}
	units->start[units->count] = start[documents];
}

lk_status lk_units_choose(lk_units *units, const uint64_t *start, size_t documents,
		lk_costs_pair *pair, size_t pairs, lk_error *error)
{
	uint64_t text = start[documents];
	lk_status status;

	*units = (lk_units){ 0 };
	units->start = malloc((documents + LK_BLOCKS_MOST + 1) * sizeof *units->start);
	if (!units->start)
		return no_memory(error);
	if (documents >= LK_UNITS_DOCUMENTS) {
		for (size_t p = 0; p < pairs; p++)
			pair[p].correlation = 0;
		take_documents(units, start, documents);
		return LK_OK;
	}
	status = find_correlations(text, pair, pairs, error);
	if (status)
		return status;
	for (size_t p = 0; p < pairs; p++)
		units->correlation = fmax(units->correlation, pair[p].correlation);
	take_blocks(units, start, documents, block_nbytes(text, units->correlation));
	return LK_OK;
}

double lk_units_inflation(const lk_units *units, const lk_costs_pair *pair)
{
	uint64_t text = units->start[units->count];
	double block = (double)text / (double)units->count;

	return units->blocks ? 1 / (1 - fmin(pair->correlation / block, 0.5)) : 1;
}
