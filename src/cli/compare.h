/* cli/compare.h
 * What the files of `likely compare` share. In order: compare.c parses and runs,
 * compare_models.c scores, compare_pairs.c tests, and what prints reads the
 * struct they filled in. */
#ifndef LK_CLI_COMPARE_H
#define LK_CLI_COMPARE_H

#include "cli/load.h"
#include "cli/options.h"
#include "cli/text_files.h"
#include "evaluate/costs.h"
#include "evaluate/paired.h"
#include "evaluate/units.h"
#include "evaluate/words.h"

typedef struct {
	lk_texts text, group;
	const char *tokenizer, *documents;
	size_t stride, resamples;
	double detect;
} lk_compare_options;

/* A model, or what was saved of one, and what the text cost it. */
typedef struct {
	char *name;       /* as the user has it */
	char *directory;  /* the checkpoint; of saved scores, what they say */
	bool saved;       /* its costs were read from a file */
	const char *kind; /* "transformer", ...; "scores" */
	lk_policy policy; /* context 0: unlimited or unknown */
	lk_costs costs;
	double nll, ends; /* nats */
} lk_candidate;

/* What is compared: a checkpoint, or a group of runs. */
typedef struct {
	const char *name;
	size_t first, count; /* candidates */
	bool finite;         /* no probability of zero */
	double *bits;        /* [units]; of a group, the mean */
} lk_contender;

typedef struct {
	const lk_compare_options *options;
	const lk_common_options *common;
	lk_document_rule rule;
	lk_text text;
	lk_text_size size;
	lk_candidate *candidate;
	size_t candidates;
	lk_contender *contender;
	size_t contenders;
	bool groups; /* the contenders are groups of runs */
	lk_units units;
	lk_pair *pair; /* of contenders whose costs are finite */
	size_t pairs;
	double critical; /* of the simultaneous intervals */
} lk_comparison;

/* compare_models.c: names the candidates and contenders, then scores each on the
 * text. */
lk_status lk_compare_models(
		lk_comparison *c, const char *const *models, lk_error *error);

/* compare_pairs.c: units, intervals. With fewer than LK_UNITS_LEAST units there
 * are no pairs. */
lk_status lk_compare_pairs(lk_comparison *c, lk_error *error);

/* The sentence about a pair, malloc'd; NULL when out of memory. */
char *lk_compare_verdict(const lk_comparison *c, const lk_pair *pair);

/* compare_text.c, compare_json.c: results on stdout. */
lk_status lk_compare_print(const lk_comparison *c, lk_error *error);
lk_status lk_compare_print_json(const lk_comparison *c, lk_error *error);

/* Bits per byte of the text for so many nats. */
double lk_compare_bits(const lk_comparison *c, double nats);

/* "documents" or "blocks of 2,048 bytes". */
char *lk_compare_units_text(const lk_comparison *c, char *text, size_t size);

#endif
