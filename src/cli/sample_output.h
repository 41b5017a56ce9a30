/* cli/sample_output.h
 * Where the samples of `likely sample` go: the first is printed as it comes, the
 * others are kept until it has ended; or all are kept and printed as JSON. */
#ifndef LK_CLI_SAMPLE_OUTPUT_H
#define LK_CLI_SAMPLE_OUTPUT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lk_sample_output lk_sample_output;

/* The prompt is not copied. */
lk_status lk_sample_output_new(lk_sample_output **output, size_t samples,
		const unsigned char *prompt, size_t prompt_nbytes, uint64_t seed,
		bool json, lk_error *error);
void lk_sample_output_free(lk_sample_output *output); /* accepts NULL */

/* Print what comes before the first token: the prompt. */
lk_status lk_sample_output_begin(lk_sample_output *output, lk_error *error);

/* An lk_generate_text; context is the output. What went wrong is in
 * lk_sample_output_error. */
lk_status lk_sample_output_text(void *context, size_t sample,
		const unsigned char *text, size_t nbytes, bool done);
const lk_error *lk_sample_output_error(const lk_sample_output *output);

/* End the first sample and print those that were kept. */
lk_status lk_sample_output_end(lk_sample_output *output, lk_error *error);

#endif
