/* cli/eval.h
 * What `likely eval` measures, and how it says it: as a table, or as JSON Lines. */
#ifndef LK_CLI_EVAL_H
#define LK_CLI_EVAL_H

#include "cli/load.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "evaluate/score.h"
#include "report/table.h"
#include "text/paths.h"

/* What is evaluated and how. */
typedef struct {
	const lk_loaded *loaded;
	const lk_common_options *common;
	lk_policy policy;
	const char *documents; /* the rule */
	lk_reading reading;
	lk_paths files;
	lk_tokens **streams; /* [files.count], where logits are wanted; else NULL */
	lk_predictor *predictor;
	lk_table *table;
	lk_weights quantize;
	lk_score *full; /* [files.count], with the weights as they are; or NULL */
	lk_score total, full_total;
} lk_evaluation;

/* Make e->table, and its first row; the caller frees it. quantized: with columns for
 * what 8 bits cost. */
lk_status lk_eval_begin_table(lk_evaluation *e, bool quantized, lk_error *error);

/* File i has this score: a row of the table, or an event, printed at once. */
lk_status lk_eval_add_file(
		const lk_evaluation *e, size_t i, const lk_score *score, lk_error *error);

/* The total, where there are several files, and the table. */
lk_status lk_eval_print(const lk_evaluation *e, lk_error *error);

#endif
