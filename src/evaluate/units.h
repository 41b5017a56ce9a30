/* evaluate/units.h
 * The units over which models are compared: stretches of bytes that are the same
 * for all of them, and that may pass for independent of each other.
 *
 * Documents, where there are LK_UNITS_DOCUMENTS of them or more (of more than
 * LK_UNITS_MOST, neighbours are joined); otherwise blocks of a document, equally
 * long, of at least
 *
 *     2,048 bytes                 LK_BLOCK_LEAST
 *     10 correlation lengths      of any of the differences that are tested;
 *                                 where that leaves less than 10 blocks, a tenth
 *                                 of the text, but never less than two lengths
 *     1/32 of the text            so that what the correlation length misses,
 *                                 a drift of the subject, say, stays inside
 *
 * The correlation length l of a difference in cost is half its integrated
 * autocorrelation time, 1 + 2 sum of rho_k, with the sum cut at the first lag of
 * at least five times itself [Sokal 1997, "Monte Carlo methods in statistical
 * mechanics"], from sums over cells of 64 bytes (longer ones in texts of more than
 * 16 MB). Where correlation decays like exp(-d / l), means over blocks of L bytes
 * that are taken for independent show but the share 1 - l / L of the variance of
 * the whole's; lk_units_inflation makes up for it. */
#ifndef LK_EVALUATE_UNITS_H
#define LK_EVALUATE_UNITS_H

#include "evaluate/costs.h"

enum {
	LK_UNITS_DOCUMENTS = 6,
	LK_UNITS_MOST = 16384,
	LK_UNITS_FEW = 30,  /* below: "few independent units" */
	LK_UNITS_LEAST = 5, /* below: no interval */
	LK_BLOCK_LEAST = 2048,
	LK_BLOCK_LENGTHS = 10, /* correlation lengths of a block, */
	LK_BLOCK_LENGTHS_LEAST = 2,
	LK_BLOCKS_WANTED = 10,
	LK_BLOCKS_MOST = 32,
};

typedef struct {
	uint64_t *start; /* [count + 1], in bytes of the whole text */
	size_t count;
	bool blocks;        /* not documents */
	size_t documents;   /* joined into a unit; 1: none */
	double correlation; /* bytes; of blocks, else 0 */
} lk_units;

/* Two costs whose difference is tested. */
typedef struct {
	const lk_costs *a, *b;
	double correlation; /* set by lk_units_choose: length in bytes; of blocks,
			       else 0 */
} lk_costs_pair;

/* document_start[documents + 1] ascends from 0 to the length of the text. Costs
 * that are infinite do not count for the correlation length. Free with
 * lk_units_free, also after a failure. */
lk_status lk_units_choose(lk_units *units, const uint64_t *document_start,
		size_t documents, lk_costs_pair *pair, size_t pairs, lk_error *error);
void lk_units_free(lk_units *units);

/* By what the variance of a pair's mean over these units is to be multiplied. */
double lk_units_inflation(const lk_units *units, const lk_costs_pair *pair);

/* Integrated autocorrelation time of n values, in values: at least 1. */
double lk_correlation_time(const double *x, size_t n);

#endif
