/* cli/tokenizer_output.h
 * What commands that learn or describe a tokenizer say. */
#ifndef LK_CLI_TOKENIZER_OUTPUT_H
#define LK_CLI_TOKENIZER_OUTPUT_H

#include "cli/options.h"
#include "text/bpe_train.h"

/* Sentences on stderr about what should be known of a tokenizer just learnt:
 * nothing, where it has all `wanted` tokens from exact counts. */
void lk_say_learnt(const lk_bpe_train_result *result, const lk_tokenizer *tokenizer,
		uint32_t wanted);

/* likely tokenizer info: arguments are MODEL and files, common the options. */
lk_status lk_tokenizer_info(char **arguments, const char *documents,
		const lk_common_options *common, lk_error *error);

#endif
