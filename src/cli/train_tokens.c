/* likely train x.tokens: a text that has been tokenised already. */
#include "cli/train_run.h"

#include "cli/tokenizer_choice.h"

#include "formats/token_file.h"

#include <string.h>

/* As run.json describes files: a part of the text behind the ids. */
static lk_status describe(lk_document *document, const char *path, uint64_t offset,
		uint64_t nbytes, lk_error *error)
{
	lk_token_header header;
	lk_status status = lk_token_file_describe(&header, path, error);

	if (status)
		return status;
	*document = (lk_document){ .path = path,
		.nbytes = nbytes,
		.offset = offset,
		.file_nbytes = header.nbytes };
	memcpy(document->hash, header.checksum, sizeof document->hash);
	return LK_OK;
}

/* Everything that a token file leaves no choice in. */
static lk_status check_choices(const lk_train_run *run, lk_error *error)
{
	const lk_texts *val = &run->options.val;

	if (run->path_count > 1)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: is a token file, which is a corpus by itself; tokenise "
				"all texts into one file",
				run->path[0]);
	if (!run->saved && lk_options_given(&run->training_group, "documents"))
		return lk_fail(error, LK_RANGE,
				"%s: is a token file, whose documents were chosen when it "
				"was made; leave --documents away",
				run->path[0]);
	if (!run->saved && lk_tokenizer_choice_is_new(run->options.tokenizer))
		return lk_fail(error, LK_RANGE,
				"%s: is a token file, and holds no text to make a "
				"tokenizer of; --tokenizer takes the directory of the one "
				"that it was made with",
				run->path[0]);
	if (val->count > 1 || (val->count && !lk_token_file_is(val->text[0])))
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: beside a token file, --val takes one token file",
				val->text[val->count - 1]);
	return LK_OK;
}

static lk_status open_streams(lk_train_run *run, lk_reading *reading, lk_error *error)
{
	lk_text_watch watch = lk_reading_watch(reading);
	const lk_texts *val = &run->options.val;
	lk_status status;

	if (!val->count)
		return lk_token_file_open_split(&run->training, &run->validation,
				run->path[0], run->tokenizer, &watch, error);
	status = lk_token_file_open(
			&run->training, run->path[0], run->tokenizer, &watch, error);
	if (!status)
		status = lk_token_file_open(&run->validation, val->text[0],
				run->tokenizer, &watch, error);
	return status;
}

lk_status lk_train_open_token_file(lk_train_run *run, lk_reading *reading,
		lk_error *error)
{
	const lk_texts *val = &run->options.val;
	lk_document part[2];
	uint64_t nbytes;
	lk_status status = check_choices(run, error);

	if (!status)
		status = lk_train_make_tokenizer(run, NULL, reading, error);
	if (!status)
		status = open_streams(run, reading, error);
	lk_reading_hide(reading);
	if (status)
		return status;
	nbytes = lk_tokens_nbytes(run->training);
	status = describe(&part[0], run->path[0], 0, nbytes, error);
	if (!status)
		status = describe(&part[1], val->count ? val->text[0] : run->path[0],
				val->count ? 0 : nbytes,
				lk_tokens_nbytes(run->validation), error);
	if (status)
		return status;
	return lk_train_describe_corpus(run,
			&(lk_documents){ &part[0], 1, part[0].nbytes },
			&(lk_documents){ &part[1], 1, part[1].nbytes }, error);
}
