#include "text/bpe_train.h"

#include "text/bpe_learn.h"
#include "text/tokenizer_bpe.h"

#include <assert.h>
#include <stdlib.h>

/* With no words, nothing repeats: all of the text is kept. */
static lk_status check_size(const lk_documents *documents,
		const lk_bpe_train_config *config, lk_error *error)
{
	size_t most = config->most_distinct ? config->most_distinct
					    : LK_BPE_MOST_DISTINCT;

	if (config->split != LK_SPLIT_NONE || documents->nbytes <= most)
		return LK_OK;
	return lk_fail(error, LK_RANGE,
			"split none learns from a text that is held in memory whole, %zu "
			"bytes at most, and here are %llu; use less text, or split gpt2",
			most, (unsigned long long)documents->nbytes);
}

lk_status lk_tokenizer_new_bpe_trained(lk_tokenizer **tokenizer,
		const lk_documents *documents, const lk_bpe_train_config *config,
		lk_bpe_train_result *result, lk_error *error)
{
	lk_bpe_train_result found = { 0 };
	lk_word_counts counts = { 0 };
	lk_bpe_merge *merge = NULL;
	uint32_t tokens = config->vocabulary - 1, made = 0;
	lk_status status = check_size(documents, config, error);

	assert(config->threads > 0);
	assert(config->vocabulary >= LK_BPE_LEAST_VOCABULARY);
	assert(config->vocabulary <= LK_BPE_MOST_VOCABULARY);
	if (!status)
		status = lk_word_counts_make(&counts, documents, config, &found, error);
	if (!status)
		status = lk_bpe_learn(&merge, &found.merges, &made, &counts, tokens,
				&config->watch, error);
	if (!status && !found.merges) /* the same ids */
		status = lk_tokenizer_new_byte(tokenizer, error);
	else if (!status)
		status = lk_tokenizer_new_bpe_merges(tokenizer, config->split, merge,
				found.merges, error);
	found.exhausted = made < tokens;
	free(merge);
	lk_word_counts_free(&counts);
	if (!status && result)
		*result = found;
	return status;
}
