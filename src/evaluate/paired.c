#include "evaluate/paired.h"

#include "base/cpu.h"
#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double LEVEL = 0.95;
static const double POWER_Z = 0.8416212335729143; /* normal quantile of 80 % */

/* What all resamples share. */
typedef struct {
	lk_pair *pair;
	const lk_entry *entry;
	const double *nbytes;
	const lk_resampling *how;
	size_t pairs, units, entries;
	double total;  /* bytes */
	double *d;     /* (pairs, units): bits of a minus bits of b */
	double *t;     /* (resamples, pairs): |t| */
	bool *flipped; /* (resamples, pairs): |sum| of random signs as great */
} comparison;

/* Sums over units, each with its weight, and what follows from them. */
typedef struct {
	double n, nn, d, dd, dn;
} sums;

static void add(sums *s, double weight, double d, double n)
{
	s->n += weight * n;
	s->nn += weight * n * n;
	s->d += weight * d;
	s->dd += weight * d * d;
	s->dn += weight * d * n;
}

static double squared_error(const sums *s, size_t units)
{
	double ratio = s->d / s->n, U = (double)units;
	double squares = s->dd - 2 * ratio * s->dn + ratio * ratio * s->nn;

	return fmax(squares, 0) * U / (U - 1) / (s->n * s->n);
}

static double seed_variance(const comparison *c, const lk_pair *pair)
{
	return c->entry[pair->a].seed_variance + c->entry[pair->b].seed_variance;
}

static void estimate(comparison *c, size_t p)
{
	lk_pair *pair = &c->pair[p];
	double *d = c->d + p * c->units;
	sums s = { 0 };

	pair->a_wins = pair->b_wins = 0;
	for (size_t u = 0; u < c->units; u++) {
		d[u] = c->entry[pair->a].bits[u] - c->entry[pair->b].bits[u];
		add(&s, 1, d[u], c->nbytes[u]);
		pair->a_wins += d[u] < 0;
		pair->b_wins += d[u] > 0;
	}
	c->total = s.n;
	pair->difference = s.d / s.n;
	pair->unit_error = sqrt(pair->inflation * squared_error(&s, c->units));
	pair->error = hypot(pair->unit_error, sqrt(seed_variance(c, pair)));
}

/* How often each unit is drawn in resample b. */
static void draw(uint32_t *weight, size_t units, lk_rng rng, uint64_t b)
{
	memset(weight, 0, units * sizeof *weight);
	for (size_t i = 0; i < units; i += 4) {
		lk_rng_block block = lk_rng_at(rng, (uint32_t)(i / 4), 0, (uint32_t)b,
				(uint32_t)(b >> 32));

		for (size_t k = 0; k < 4 && i + k < units; k++)
			weight[(uint64_t)block.word[k] * units >> 32]++;
	}
}

/* A draw of the seeds' deviation, and of the variance that so few runs would
 * show: normal and chi-squared with runs - 1 degrees of freedom. */
static double draw_seeds(const lk_entry *entry, lk_rng rng, uint64_t b, uint64_t e,
		double *variance)
{
	enum { RUNS_MOST = 1 << 20 };
	uint64_t at = b * RUNS_MOST * 2, freedom = entry->runs - 1;
	double chi = 0;

	*variance = 0;
	if (entry->runs < 2)
		return 0;
	for (uint64_t i = 0; i < freedom; i++) {
		double z = lk_rng_normal(rng, at + 1 + i, e);

		chi += z * z;
	}
	*variance = entry->seed_variance * chi / (double)freedom;
	return sqrt(entry->seed_variance) * lk_rng_normal(rng, at, e);
}

static double studentised(double deviation, double squared)
{
	if (squared > 0)
		return fabs(deviation) / sqrt(squared);
	return deviation == 0 ? 0 : INFINITY;
}

/* Resample b of every pair. */
static void resample(const comparison *c, size_t b, uint32_t *weight, double *seed,
		double *variance)
{
	lk_rng rng = lk_rng_new(c->how->seed, LK_RNG_RESAMPLE);
	lk_rng seeds = lk_rng_new(c->how->seed, LK_RNG_SEEDS);

	draw(weight, c->units, rng, b);
	for (size_t e = 0; e < c->entries; e++)
		seed[e] = draw_seeds(&c->entry[e], seeds, b, e, &variance[e]);
	for (size_t p = 0; p < c->pairs; p++) {
		const lk_pair *pair = &c->pair[p];
		const double *d = c->d + p * c->units;
		sums s = { 0 };

		for (size_t u = 0; u < c->units; u++)
			add(&s, weight[u], d[u], c->nbytes[u]);
		double deviation =
				sqrt(pair->inflation) * (s.d / s.n - pair->difference) +
				seed[pair->a] - seed[pair->b];
		c->t[b * c->pairs + p] =
				s.n > 0 ? studentised(deviation,
							  pair->inflation * squared_error(&s,
											    c->units) +
									  variance[pair->a] +
									  variance[pair->b])
					: INFINITY;
	}
}

/* Do random signs of all units give a sum as great as the one observed? */
static void flip(const comparison *c, size_t b)
{
	lk_rng rng = lk_rng_new(c->how->seed, LK_RNG_SIGNS);

	for (size_t p = 0; p < c->pairs; p++) {
		const double *d = c->d + p * c->units;
		double sum = 0, observed = c->pair[p].difference * c->total;
		lk_rng_block block = { { 0 } };

		for (size_t u = 0; u < c->units; u++) {
			if (u % 128 == 0)
				block = lk_rng_at(rng, (uint32_t)(u / 128), 0,
						(uint32_t)b,
						(uint32_t)((uint64_t)b >> 32));
			sum += block.word[u % 128 / 32] >> (u % 32) & 1 ? d[u] : -d[u];
		}
		/* Rounding must not make an equal sum a smaller one. */
		c->flipped[b * c->pairs + p] =
				fabs(sum) >= fabs(observed) * (1 - 1e-12);
	}
}

static lk_status run(const comparison *c, lk_error *error)
{
	bool enough = true;

#pragma omp parallel num_threads(c->how->threads)
	{
		uint32_t *weight = malloc(c->units * sizeof *weight);
		double *seed = malloc(2 * c->entries * sizeof *seed);

		lk_cpu_flush_denormals();
		if (!weight || !seed) {
#pragma omp critical
			enough = false;
		}
#pragma omp barrier
#pragma omp for
		for (size_t b = 0; b < c->how->resamples; b++)
			if (enough) {
				resample(c, b, weight, seed, seed + c->entries);
				flip(c, b);
			}
		free(weight);
		free(seed);
	}
	return enough ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory to resample");
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The quantile of the greatest |t| of the pairs; reorders greatest[resamples]. */
static double quantile(const comparison *c, double *greatest)
{
	size_t B = c->how->resamples, rank = (size_t)ceil(LEVEL * (double)(B + 1));

	for (size_t b = 0; b < B; b++) {
		greatest[b] = 0;
		for (size_t p = 0; p < c->pairs; p++)
			if (c->pair[p].error > 0)
				greatest[b] = fmax(greatest[b], c->t[b * c->pairs + p]);
	}
	qsort(greatest, B, sizeof *greatest, ascending);
	return greatest[(rank < B ? rank : B) - 1];
}

static double p_value(const comparison *c, size_t p)
{
	const lk_pair *pair = &c->pair[p];
	bool recipes = c->entry[pair->a].runs > 1 || c->entry[pair->b].runs > 1;
	double t = studentised(pair->difference, pair->error * pair->error);
	size_t as_great = 0;

	for (size_t b = 0; b < c->how->resamples; b++) {
		size_t i = b * c->pairs + p;

		as_great += recipes ? c->t[i] >= t : c->flipped[i];
	}
	return (double)(as_great + 1) / (double)(c->how->resamples + 1);
}

static void conclude(const comparison *c, double critical)
{
	for (size_t p = 0; p < c->pairs; p++) {
		lk_pair *pair = &c->pair[p];
		double half = pair->error > 0 ? critical * pair->error : 0;

		pair->low = pair->difference - half;
		pair->high = pair->difference + half;
		pair->p = p_value(c, p);
	}
}

lk_status lk_compare(lk_pair *pair, size_t pairs, double *critical,
		const lk_entry *entry, const double *nbytes, size_t units,
		const lk_resampling *how, lk_error *error)
{
	comparison c = { .pair = pair,
		.entry = entry,
		.nbytes = nbytes,
		.how = how,
		.pairs = pairs,
		.units = units };
	double *greatest = malloc(how->resamples * sizeof *greatest);
	lk_status status;

	assert(units >= 2 && pairs && how->resamples && how->threads > 0);
	for (size_t p = 0; p < pairs; p++) {
		c.entries = c.entries > pair[p].a ? c.entries : pair[p].a + 1;
		c.entries = c.entries > pair[p].b ? c.entries : pair[p].b + 1;
	}
	c.d = malloc(pairs * units * sizeof *c.d);
	c.t = malloc(how->resamples * pairs * sizeof *c.t);
	c.flipped = malloc(how->resamples * pairs * sizeof *c.flipped);
	if (!greatest || !c.d || !c.t || !c.flipped) {
		status = lk_fail(error, LK_NOMEM,
				"out of memory for %zu resamples of %zu pairs",
				how->resamples, pairs);
	} else {
		for (size_t p = 0; p < pairs; p++)
			estimate(&c, p);
		status = run(&c, error);
		if (!status) {
			*critical = quantile(&c, greatest);
			conclude(&c, *critical);
		}
	}
	free(greatest);
	free(c.d);
	free(c.t);
	free(c.flipped);
	return status;
}

void lk_entry_of_runs(lk_entry *entry, double *mean, const double *const *bits,
		size_t runs, const double *nbytes, size_t units)
{
	double total = 0, average = 0, squares = 0;

	assert(runs);
	for (size_t u = 0; u < units; u++) {
		mean[u] = 0;
		for (size_t r = 0; r < runs; r++)
			mean[u] += bits[r][u];
		mean[u] /= (double)runs;
		average += mean[u];
		total += nbytes[u];
	}
	average /= total;
	for (size_t r = 0; r < runs; r++) {
		double sum = 0;

		for (size_t u = 0; u < units; u++)
			sum += bits[r][u];
		squares += (sum / total - average) * (sum / total - average);
	}
	*entry = (lk_entry){ .bits = mean,
		.runs = runs,
		.seed_variance = runs > 1 ? squares / (double)(runs - 1) / (double)runs
					  : 0 };
}

double lk_detectable(const lk_pair *pair, double critical)
{
	return pair->error > 0 ? (critical + POWER_Z) * pair->error : 0;
}

double lk_bytes_to_detect(const lk_pair *pair, double critical, double nbytes, double x)
{
	double wanted = x / (critical + POWER_Z);
	double seeds = pair->error * pair->error - pair->unit_error * pair->unit_error;
	double left = wanted * wanted - seeds;

	if (pair->error == 0)
		return 0;
	return left > 0 ? nbytes * pair->unit_error * pair->unit_error / left
			: INFINITY;
}
