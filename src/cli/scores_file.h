/* cli/scores_file.h
 * Scores on disk, so that models can be compared later without them: a
 * safetensors file (formats/safetensors.h) of
 *
 *   nll          F64 [tokens]     nats
 *   nbytes       U32 [tokens]     bytes that each stands for
 *   end_nll      F64 [documents]  nats, of documents' ends; NaN: not scored
 *   document     U64 [documents]  bytes of each
 *
 * with, in its metadata, "likely_scores": "1", the model, context and stride, and
 * "text_hash", the XXH3-128 of the documents' bytes, one after the other. */
#ifndef LK_CLI_SCORES_FILE_H
#define LK_CLI_SCORES_FILE_H

#include "cli/load.h"
#include "cli/text_files.h"
#include "evaluate/costs.h"

/* text_hash as above; document[costs->documents] bytes of each. */
lk_status lk_scores_write(const char *path, const lk_costs *costs,
		const lk_policy *policy, const char *model, const char *text_hash,
		const uint64_t *document, lk_error *error);

/* The scores of this text: refused where the file's are of other bytes, or of
 * other documents. *model is malloc'd. Free costs also after a failure. */
lk_status lk_scores_read(lk_costs *costs, lk_policy *policy, char **model,
		const char *path, const lk_text *text, lk_error *error);

#endif
