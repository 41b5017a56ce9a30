/* likely train: the tokenizer. */
#include "cli/train_run.h"

#include "cli/command.h"
#include "cli/load.h"
#include "cli/tokenizer_choice.h"
#include "cli/tokenizer_output.h"
#include "formats/model_directory.h"
#include "text/bpe_train.h"

#include <stdlib.h>

/* That of the checkpoint from which a run goes on. */
static lk_status load_saved(lk_train_run *run, lk_error *error)
{
	char *last = lk_run_last(run->run);
	lk_status status = last
			? lk_model_directory_tokenizer(&run->tokenizer, last, error)
			: lk_fail(error, LK_IO,
					  "%s: this run ended before its first "
					  "checkpoint; remove it and begin anew",
					  run->out);

	free(last);
	return status;
}

/* Byte-level BPE from the part that trains alone. */
static lk_status learn(lk_train_run *run, const lk_corpus *corpus,
		const lk_tokenizer_choice *choice, lk_reading *reading, lk_error *error)
{
	uint32_t wanted = choice->larger ? choice->larger : choice->vocabulary;
	lk_bpe_train_config config = { .vocabulary = wanted,
		.split = LK_SPLIT_GPT2,
		.threads = reading->threads,
		.watch = lk_reading_watch(reading) };
	lk_bpe_train_result result;
	lk_status status = lk_tokenizer_new_bpe_trained(&run->tokenizer,
			lk_corpus_training(corpus), &config, &result, error);

	lk_reading_hide(reading);
	if (!status && choice->larger)
		status = lk_train_choose_vocabulary(
				run, corpus, choice->vocabulary, error);
	if (status)
		return status;
	if (run->tokenizer->vocabulary == choice->vocabulary)
		result.exhausted = false;
	if (!run->common.quiet)
		lk_say_learnt(&result, run->tokenizer, wanted);
	return LK_OK;
}

lk_status lk_train_make_tokenizer(lk_train_run *run, const lk_corpus *corpus,
		lk_reading *reading, lk_error *error)
{
	const char *argument = run->options.tokenizer;
	lk_tokenizer_choice choice;
	lk_status status;

	if (run->tokenizer)
		return LK_OK;
	if (run->saved)
		return load_saved(run, error);
	status = lk_tokenizer_choice_parse(&choice, argument, error);
	if (status)
		return status;
	if (corpus)
		status = lk_train_choose_tokenizer(
				run, &choice, lk_corpus_training(corpus), error);
	if (status)
		return status;
	if (corpus)
		lk_tokenizer_choice_settle(&choice, lk_corpus_training(corpus)->nbytes);
	run->tokenizer_reason = choice.reason;
	switch (choice.kind) {
	case LK_CHOICE_CHAR:
		return lk_tokenizer_new_char_corpus(&run->tokenizer, corpus, error);
	case LK_CHOICE_BPE:
		return learn(run, corpus, &choice, reading, error);
	case LK_CHOICE_DIRECTORY:
		status = lk_load_tokenizer(&run->tokenizer, argument, error);
		return status ? lk_fail_in(error, status,
						"--tokenizer %s is neither auto, byte, "
						"char nor bpe:N", argument)
			      : LK_OK;
	default: /* byte, or a token file and no word of its tokenizer */
		return lk_tokenizer_new_byte(&run->tokenizer, error);
	}
}
