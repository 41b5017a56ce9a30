/* cli/compare.h
 * What the files of `likely compare` share. In order: compare.c parses and runs,
 * compare_models.c scores, compare_pairs.c tests, and what prints reads the
 * struct they filled in. */
#ifndef LK_CLI_COMPARE_H
#define LK_CLI_COMPARE_H

#include "cli/load.h"
#include "cli/options.h"
#include "cli/text_files.h"
#include "evaluate/breakdown.h"
#include "evaluate/calibration.h"
#include "evaluate/compressors.h"
#include "evaluate/costs.h"
#include "evaluate/paired.h"
#include "evaluate/shared.h"
#include "evaluate/units.h"
#include "evaluate/words.h"

typedef struct {
	lk_texts text, group, train_text;
	const char *tokenizer, *documents, *html, *csv;
	size_t stride, resamples, seen;
	double detect;
	bool details, calibration, baselines;
} lk_compare_options;

/* A stretch of a file that a run trained or validated on. */
typedef struct {
	char *path;
	uint64_t offset, nbytes, file_nbytes;
	char hash[33]; /* of the whole file; "": not known */
} lk_part;

typedef struct {
	lk_part *part;
	size_t count;
} lk_parts;

/* What a text has in common with some parts. */
typedef struct {
	bool known;               /* the parts are */
	bool looked;              /* and could be read */
	uint64_t same;            /* bytes of the text that are in them by their files'
				     hashes and ranges */
	lk_shared_summary shared; /* stretches of LK_SHARED_LEAST bytes and more */
	char why[256];            /* not looked: why */
} lk_leak;

/* A model, or what was saved of one, and what the text cost it. */
typedef struct {
	char *name;       /* as the user has it */
	char *directory;  /* the checkpoint; of saved scores, what they say */
	bool saved;       /* its costs were read from a file */
	const char *kind; /* "transformer", ...; "scores" */
	lk_policy policy; /* context 0: unlimited or unknown */
	lk_costs costs;
	double nll, ends; /* nats */
	bool best;        /* the checkpoint that its run's validation text chose */
	lk_parts training, validation;
	lk_leak trained_on, chosen_by;
	lk_calibration calibrated; /* where asked for */
} lk_candidate;

/* A simple model or a compressor that the others are set beside. */
typedef struct {
	char name[64];
	double nll;               /* nats; of compressors, of what they make, cold */
	uint64_t impossible;      /* tokens of probability zero */
	lk_compressed compressed; /* of compressors, else no program */
} lk_baseline;

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
	bool *seen;      /* [bytes]: did the bytes before it stand in a training
			    text? NULL: no training text is known */
	lk_baseline *baseline;
	size_t baselines;
	char fitted_on[256]; /* in words, what the baselines were fitted on; "": no
				training text */
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

/* compare_training.c: what each model was trained on, as far as its run says, and
 * what of it is in the text. */
lk_status lk_compare_leaks(lk_comparison *c, lk_error *error);
void lk_parts_free(lk_parts *parts);

/* What is wrong with comparing this candidate on this text, a sentence, malloc'd;
 * NULL and *known false: nothing is known; NULL and *known true: nothing wrong. */
char *lk_compare_warning(const lk_comparison *c, const lk_candidate *m, bool *known);

/* compare_baselines.c */
lk_status lk_compare_baselines(lk_comparison *c, lk_error *error);

/* compare_passages.c: find the passages on which a candidate wins most over another
 * and have them shown, for every two of them, either way round. Where there are
 * none, nothing is shown. `out` is what the caller of lk_compare_passages gave. */
typedef lk_status lk_passages_show(const lk_comparison *c, const lk_candidate *a,
		const lk_candidate *b, const lk_passage *best, size_t count, void *out,
		lk_error *error);
lk_status lk_compare_passages(const lk_comparison *c, lk_passages_show *show,
		void *out, lk_error *error);

/* compare_details.c: tables of where the difference lies, on stdout. */
lk_status lk_compare_print_details(const lk_comparison *c, lk_error *error);
lk_status lk_compare_print_calibration(const lk_comparison *c, lk_error *error);

/* compare_text.c, compare_json.c: results on stdout. */
lk_status lk_compare_print(const lk_comparison *c, lk_error *error);
lk_status lk_compare_print_json(const lk_comparison *c, lk_error *error);

/* compare_json_details.c: leaks, baselines, breakdowns, passages. */
lk_status lk_compare_print_json_details(const lk_comparison *c, lk_error *error);

/* compare_html.c, compare_csv.c: into the files that the options name, atomically. */
lk_status lk_compare_write_html(const lk_comparison *c, lk_error *error);
lk_status lk_compare_write_csv(const lk_comparison *c, lk_error *error);

/* Bits per byte of the text for so many nats. */
double lk_compare_bits(const lk_comparison *c, double nats);

/* "documents" or "blocks of 2,048 bytes". */
char *lk_compare_units_text(const lk_comparison *c, char *text, size_t size);

#endif
