/* cli/compare_calibrate.h
 * A model's calibration on a text (evaluate/calibration.h), from the whole
 * distributions that it gives. */
#ifndef LK_CLI_COMPARE_CALIBRATE_H
#define LK_CLI_COMPARE_CALIBRATE_H

#include "cli/load.h"
#include "evaluate/calibration.h"

/* Of the text's first tokens, as many as make two thousand million probabilities;
 * ends of documents do not count. A Transformer must have been reserved, as
 * lk_loaded_predictor does; predictor is the loaded model's. */
lk_status lk_compare_calibrate(lk_calibration *out, const lk_loaded *loaded,
		lk_predictor *predictor, const lk_policy *policy,
		const lk_documents *documents, int threads, lk_error *error);

#endif
