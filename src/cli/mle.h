/* cli/mle.h
 * The parts of `likely mle`. Each prints text, or, with json, one event for each
 * thing it has to say. */
#ifndef LK_CLI_MLE_H
#define LK_CLI_MLE_H

#include "cli/options.h"
#include "likelihood/family.h"
#include "likelihood/observations.h"
#include "report/table.h"

#include <stdint.h>

typedef struct {
	const char *prior, *svg;
	size_t successes, trials, categories, simulate;
	double l2;
	bool bytes;
} lk_mle_options;

/* What is fitted, and where it comes from. */
typedef struct {
	const lk_mle_options *options;
	const lk_common_options *common;
	const char *source; /* "data.txt", "standard input" */
} lk_mle;

/* One estimate in all its forms. */
typedef struct {
	bool prior;   /* MAP */
	lk_mode mode; /* closed form */
	double *adam; /* [P]; NULL where there was nothing to find */
	double off;   /* largest difference of the two, in standard errors */
} lk_mle_fit;

/* By maximum likelihood and, where the family has a prior, by MAP; into fits [2].
 * Free each with lk_mle_fit_free, also after a failure. */
lk_status lk_mle_fit_all(lk_mle_fit *fits, const lk_family *family, lk_error *error);
void lk_mle_fit_free(lk_mle_fit *fit);
lk_status lk_mle_fit_print(const lk_mle *mle, const lk_family *family,
		const lk_mle_fit *fit, lk_error *error);

/* The curves around the maxima; also into the file of --svg. */
lk_status lk_mle_curves(const lk_mle *mle, const lk_family *family,
		const lk_mle_fit *fits, lk_error *error);

/* --simulate: the estimates as the truth. Uses the family's data up. */
lk_status lk_mle_simulate(const lk_mle *mle, lk_family *family, const lk_mle_fit *fits,
		lk_error *error);

/* The regression on rows of numbers, y last. */
lk_status lk_mle_regression(
		const lk_mle *mle, const lk_numbers *numbers, lk_error *error);

/* The parameters that are worth a curve: *count of them into j [2]. */
void lk_mle_notable(
		size_t *j, size_t *count, const lk_family *family, const lk_mode *mode);

/* Wrapped at 79 columns, each line after two blanks. */
void lk_mle_paragraph(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A cell of %.`digits`g, "none" for NAN. */
void lk_mle_cell(lk_table *table, int digits, double value);

/* As lk_json_new_real, null for NAN; and an array of them. */
json_t *lk_mle_real(double value);
json_t *lk_mle_reals(const double *value, size_t count);

/* A name out of the data as it may be shown: malloc'd, NULL when out of memory. */
char *lk_mle_name(const char *name);

#endif
