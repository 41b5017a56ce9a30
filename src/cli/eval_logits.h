/* cli/eval_logits.h
 * The file of `likely eval --logits`: what a model predicted, to be compared with
 * other programs. Tensors, one row for each scored target, files in the order
 * given, each file's tokens in its order, its end last:
 *   logits     F32 [n, V]
 *   input_ids  I64 [n]     the id before the target
 *   targets    I64 [n]
 * Metadata: context, stride (decimal), model. */
#ifndef LK_CLI_EVAL_LOGITS_H
#define LK_CLI_EVAL_LOGITS_H

#include "cli/load.h"
#include "text/tokens.h"

#define LK_EVAL_LOGITS_MOST (UINT64_C(8) << 30) /* bytes of logits in a file */

/* Refuse streams that would make more, saying how much text would not. */
lk_status lk_eval_check_logits(const char *path, const lk_loaded *loaded,
		lk_tokens *const *streams, size_t count, lk_error *error);

/* Write the logits of these streams, of a model that is reserved for at least
 * (1, context). */
lk_status lk_eval_write_logits(const char *path, const lk_loaded *loaded,
		lk_tokens *const *streams, size_t count, size_t stride, int threads,
		lk_error *error);

#endif
