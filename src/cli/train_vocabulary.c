/* likely train --minutes: so many ids, or twice as many. */
#include "cli/train_run.h"

#include "text/extract.h"
#include "text/tokenizer_bpe.h"

#include <math.h>
#include <stdlib.h>

/* Bytes of text to measure by: about half a percent of the time. */
#define COUNTED_PER_SECOND 2e4
#define COUNTED_MOST       2e6
enum { SCORED_SHARE = 8, LEAST = 1 << 14 };

/* About so many bytes of the documents as ids. */
static lk_status tokenise(lk_tokens **tokens, const lk_documents *documents, double nbytes,
		const lk_tokenizer *tokenizer, const lk_train_run *run, lk_error *error)
{
	const lk_text_work work = { .threads = lk_common_threads(&run->common) };
	lk_documents extract;
	lk_status status = lk_documents_extract(&extract, documents,
			nbytes < LEAST ? LEAST : (uint64_t)nbytes, error);

	if (!status)
		status = lk_tokens_new_tokenised(
				tokens, &extract, tokenizer, &work, error);
	free(extract.document);
	return status;
}

/* How far back the text repeats itself, as told from parts of it in this tokenizer. */
static lk_status measure(lk_train_run *run, const lk_corpus *corpus,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	double nbytes = fmin(run->budget.seconds * COUNTED_PER_SECOND, COUNTED_MOST);
	lk_tokens *counted = NULL, *scored = NULL;
	lk_status status = tokenise(&counted, lk_corpus_training(corpus), nbytes,
			tokenizer, run, error);

	if (!status)
		status = tokenise(&scored, lk_corpus_validation(corpus),
				nbytes / SCORED_SHARE, tokenizer, run, error);
	if (!status)
		status = lk_train_measure_recurrence(
				run, counted, scored, tokenizer, error);
	lk_tokens_free(scored);
	lk_tokens_free(counted);
	return status;
}

lk_status lk_train_choose_vocabulary(lk_train_run *run, const lk_corpus *corpus,
		uint32_t vocabulary, lk_error *error)
{
	lk_tokenizer *smaller, *larger = run->tokenizer;
	lk_status status;

	if (larger->vocabulary <= vocabulary)
		return LK_OK; /* the text has no more */
	status = lk_tokenizer_new_bpe_smaller(&smaller, larger, vocabulary, error);
	if (status)
		return status;
	status = measure(run, corpus, smaller, error);
	if (!status && lk_recipe_prefers_larger(&run->budget)) {
		run->tokenizer_reason = "chosen for a text that hardly repeats itself";
		lk_tokenizer_free(smaller);
	} else {
		lk_tokenizer_free(larger);
		run->tokenizer = smaller;
	}
	return status;
}
