/* cli/score.h
 * What the files of `likely score` share: score.c parses and runs, score_batch.c
 * scores many records at once, score_output.c prints them, score_save.c keeps
 * them for `likely compare`. */
#ifndef LK_CLI_SCORE_H
#define LK_CLI_SCORE_H

#include "cli/load.h"
#include "cli/score_records.h"
#include "evaluate/score.h"

/* Some records and what they cost. */
typedef struct {
	lk_record *record;
	size_t count, capacity;
	lk_ids *ids;       /* [capacity]: each record's tokens, the context's first */
	size_t *text_from; /* [capacity]: the first of the text's own */
	double **nll;      /* [capacity]: of its ids, and then of its end; points
			      into `all` */
	double *all;
} lk_score_batch;

/* Room for `capacity` records. Free also after a failure. */
lk_status lk_score_batch_new(lk_score_batch *batch, size_t capacity, lk_error *error);
void lk_score_batch_free(lk_score_batch *batch);
void lk_score_batch_clear(lk_score_batch *batch); /* of its records */

/* Encode and score the records at hand. A record that the tokenizer refuses, or
 * does not spell, fails, naming it. */
lk_status lk_score_batch_run(lk_score_batch *batch, lk_predictor *predictor,
		const lk_tokenizer *tokenizer, int threads, lk_error *error);

/* The score of record i: its text's tokens, the context's not. */
lk_score lk_score_batch_at(const lk_score_batch *batch, size_t i);

/* How records are printed. */
typedef struct {
	const char *model;
	lk_policy policy;
	const lk_tokenizer *tokenizer;
	bool json, per_token;
} lk_score_output;

void lk_score_print_heading(const lk_score_output *out);
lk_status lk_score_print_record(const lk_score_output *out, const lk_score_batch *batch,
		size_t i, lk_error *error);
lk_status lk_score_print_total(const lk_score_output *out, const lk_score *total,
		uint64_t records, lk_error *error);

/* Scores kept for a file (cli/scores_file.h). */
typedef struct lk_score_keeper lk_score_keeper;
lk_status lk_score_keeper_new(lk_score_keeper **keeper, lk_error *error);
void lk_score_keeper_free(lk_score_keeper *keeper); /* accepts NULL */
lk_status lk_score_keep(lk_score_keeper *keeper, const lk_score_batch *batch,
		const lk_tokenizer *tokenizer, lk_error *error);
lk_status lk_score_keeper_write(const lk_score_keeper *keeper, const char *path,
		const lk_policy *policy, const char *model, lk_error *error);

#endif
