/* evaluate/paired.h
 * Which of several models costs less, and how sure that is: a paired comparison
 * over units that all models were scored on.
 *
 *   D(a, b) = sum over units of (bits of a - bits of b) / sum of bytes
 *
 * a ratio of sums, with the standard error of its linearisation
 *
 *   e^2 = f U/(U-1) sum (d_u - D n_u)^2 / (sum n_u)^2  [+ variance of the seeds]
 *
 * where f, 1 for units that are independent, makes up for some correlation between
 * them (lk_units_inflation).
 *
 * Units are resampled with replacement, the same ones for all pairs, and each
 * resampled difference is studentised with its own standard error (the
 * bootstrap-t) [Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch.
 * 12]. The intervals D -+ q e hold for all pairs at once: q is the 95 % quantile,
 * over resamples, of the greatest |t| of all pairs [Romano & Wolf 2005,
 * Econometrica 73(4)].
 *
 * An entry is one checkpoint, or several runs of one recipe, whose costs are then
 * averaged; the spread of their bits per byte counts, as does how few they are: a
 * resample draws it anew from a normal and its estimate from a chi-squared
 * distribution.
 *
 * p: of checkpoints, how often random signs of the units' differences give a
 * |sum| as great, (b + 1) / (B + 1); of recipes, how often |t| of a resample is
 * as great. It is for the pair alone; the intervals are for all pairs.
 *
 * Random numbers: Philox keyed by the seed (base/rng.h), the counter being the
 * number of the draw and the stream that of the resample. */
#ifndef LK_EVALUATE_PAIRED_H
#define LK_EVALUATE_PAIRED_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
	const double *bits;   /* [units]: of the checkpoint, or the runs' mean */
	size_t runs;          /* 1: a checkpoint */
	double seed_variance; /* of the mean of the runs' bits per byte; 0 for a
				 checkpoint */
} lk_entry;

typedef struct {
	size_t a, b;      /* entries */
	double inflation; /* f */
	/* set by lk_compare */
	double difference; /* bits per byte of a, minus those of b */
	double unit_error; /* its standard error, as far as the units make it */
	double error;      /* and with that of the seeds */
	double low, high;  /* simultaneous; equal to difference where error is 0 */
	double p;
	size_t a_wins, b_wins; /* units on which it costs less */
} lk_pair;

typedef struct {
	size_t resamples; /* B */
	uint64_t seed;
	int threads; /* results do not depend on it */
} lk_resampling;

/* Compare the pairs on these units: at least 2, bits finite, nbytes[units] of
 * which not all are 0. critical receives q. */
lk_status lk_compare(lk_pair *pair, size_t pairs, double *critical,
		const lk_entry *entry, const double *nbytes, size_t units,
		const lk_resampling *how, lk_error *error);

/* A runs' mean and spread: fills in entry from bits[runs], of `units` units each;
 * mean[units] becomes entry->bits. */
void lk_entry_of_runs(lk_entry *entry, double *mean, const double *const *bits,
		size_t runs, const double *nbytes, size_t units);

/* The smallest true difference that is told apart in 80 of 100 texts like this
 * one: (q + z) e, z the 80 % quantile of the normal distribution. */
double lk_detectable(const lk_pair *pair, double critical);

/* How many bytes of such text tell a difference of x apart, in 80 of 100 texts,
 * where this one has nbytes; INFINITY where the seeds' spread alone is too large. */
double lk_bytes_to_detect(
		const lk_pair *pair, double critical, double nbytes, double x);

#endif
