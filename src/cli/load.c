#include "cli/load.h"

#include "base/directory.h"
#include "cli/command.h"
#include "formats/model_directory.h"
#include "formats/ngram_directory.h"
#include "formats/run_directory.h"

#include <stdlib.h>
#include <string.h>

/* The directory that argument means, or the newest run. */
static lk_status find(
		char **directory, const char *argument, bool quiet, lk_error *error)
{
	char *run;
	lk_status status;

	if (argument)
		return lk_model_directory_find(directory, argument, error);
	status = lk_run_newest(&run, LK_RUNS, error);
	if (status)
		return status;
	status = lk_model_directory_find(directory, run, error);
	if (!status && !quiet)
		lk_say("no model was named; this is the newest run, %s", *directory);
	free(run);
	return status;
}

lk_status lk_find_model(char **directory, const char *argument, lk_error *error)
{
	return find(directory, argument, false, error);
}

lk_status lk_load_tokenizer(
		lk_tokenizer **tokenizer, const char *argument, lk_error *error)
{
	char *directory = NULL;
	lk_status status;

	if (!strcmp(argument, "byte"))
		return lk_tokenizer_new_byte(tokenizer, error);
	/* of a run, its checkpoint; a tokenizer's directory need not be a model's */
	if (lk_model_directory_find(&directory, argument, NULL))
		directory = NULL;
	if (!directory && !lk_path_is_directory(argument))
		return lk_fail(error, LK_IO,
				lk_path_exists(argument)
						? "%s: is no directory, and holds no "
						  "tokenizer"
						: "%s: there is no such directory",
				argument);
	status = lk_model_directory_tokenizer(
			tokenizer, directory ? directory : argument, error);
	free(directory);
	return status;
}

static lk_status load_tokenizer(
		lk_loaded *loaded, const char *tokenizer, lk_error *error)
{
	lk_error why;
	lk_status status;

	if (tokenizer)
		return lk_load_tokenizer(&loaded->tokenizer, tokenizer, error);
	status = lk_model_directory_tokenizer(
			&loaded->tokenizer, loaded->directory, &why);
	if (status == LK_IO || status == LK_UNSUPPORTED)
		return lk_fail(error, status, "%s; --tokenizer takes another one",
				why.text);
	return status ? lk_fail(error, status, "%s", why.text) : LK_OK;
}

/* The model itself, and how many ids it knows. */
static lk_status load_model(lk_loaded *loaded, size_t *ids, lk_error *error)
{
	lk_isa isa;
	lk_status status = lk_isa_choose(&isa, error);

	if (!status && lk_ngram_directory_is(loaded->directory)) {
		status = lk_ngram_directory_load(
				&loaded->ngram, loaded->directory, error);
		if (!status)
			*ids = lk_ngram_get_options(loaded->ngram)->vocabulary;
	} else if (!status) {
		status = lk_model_directory_load(
				&loaded->model, loaded->directory, isa, error);
		if (!status)
			*ids = lk_model_get_config(loaded->model)->vocabulary;
	}
	return status;
}

/* A text's beginning is the end of text to an n-gram model: the tokenizer's must be
 * the one that it was estimated with. */
static lk_status check_fit(const lk_loaded *loaded, size_t ids, lk_error *error)
{
	const lk_tokenizer *t = loaded->tokenizer;

	if (t->vocabulary > ids)
		return lk_fail(error, LK_RANGE,
				"%s: the tokenizer has %lu ids, the model only %zu: they "
				"do not belong together",
				loaded->directory, (unsigned long)t->vocabulary, ids);
	if (loaded->ngram && lk_ngram_get_options(loaded->ngram)->end != t->end)
		return lk_fail(error, LK_RANGE,
				"%s: the end of text is id %lu to the tokenizer, but %lu to "
				"the model: they do not belong together",
				loaded->directory, (unsigned long)t->end,
				(unsigned long)lk_ngram_get_options(loaded->ngram)->end);
	return LK_OK;
}

lk_status lk_load(lk_loaded *loaded, const char *argument, const char *tokenizer,
		bool quiet, lk_error *error)
{
	size_t ids;
	lk_status status;

	*loaded = (lk_loaded){ 0 };
	status = find(&loaded->directory, argument, quiet, error);
	if (!status)
		status = load_tokenizer(loaded, tokenizer, error);
	if (!status)
		status = load_model(loaded, &ids, error);
	return status ? status : check_fit(loaded, ids, error);
}

lk_status lk_load_transformer(lk_loaded *loaded, const char *argument,
		const char *tokenizer, bool quiet, const char *what, lk_error *error)
{
	lk_status status = lk_load(loaded, argument, tokenizer, quiet, error);

	if (!status && !loaded->model)
		status = lk_fail(error, LK_UNSUPPORTED,
				"%s: is an n-gram model, but %s takes a Transformer",
				loaded->directory, what);
	return status;
}

lk_status lk_loaded_policy(lk_policy *policy, const lk_loaded *loaded, size_t stride,
		lk_error *error)
{
	size_t context;

	if (loaded->ngram) {
		*policy = (lk_policy){ lk_ngram_get_options(loaded->ngram)->order - 1, 0 };
		return stride ? lk_fail(error, LK_RANGE,
						"--stride is not for %s, an n-gram model: each "
						"token is predicted from the %zu before it",
						loaded->directory, policy->context)
			      : LK_OK;
	}
	context = lk_model_get_config(loaded->model)->context;
	*policy = (lk_policy){ context, stride ? stride : (context + 1) / 2 };
	if (stride > context)
		return lk_fail(error, LK_RANGE,
				"--stride %zu is out of range; use 1 to %zu, the context "
				"of %s",
				stride, context, loaded->directory);
	return LK_OK;
}

#define X(name, text) text,
const char *const lk_quantize_choices[] = { LK_WEIGHTS(X) NULL };
#undef X

lk_status lk_loaded_freeze(const lk_loaded *loaded, lk_weights weights, int threads,
		lk_error *error)
{
	if (loaded->model)
		return lk_model_freeze(loaded->model, weights, threads, error);
	if (weights != LK_WEIGHTS_FULL)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: is an n-gram model, which has no matrices to quantize; "
				"leave out --quantize",
				loaded->directory);
	return LK_OK;
}

/* Windows that go through the model at a time. */
static size_t batch_of(size_t context)
{
	enum { ROWS = 4096 };

	return context < ROWS ? ROWS / context : 1;
}

lk_status lk_loaded_predictor(lk_predictor **predictor, const lk_loaded *loaded,
		const lk_policy *policy, int threads, lk_error *error)
{
	lk_status status;

	if (loaded->ngram)
		return lk_predictor_new_ngram(predictor, loaded->ngram, error);
	size_t batch = batch_of(policy->context);
	status = lk_model_reserve(loaded->model, batch, policy->context, false, error);
	return status ? status
		      : lk_predictor_new_transformer(predictor, loaded->model, batch,
					policy->stride, threads, error);
}

void lk_loaded_free(lk_loaded *loaded)
{
	free(loaded->directory);
	lk_model_free(loaded->model);
	lk_ngram_free(loaded->ngram);
	lk_tokenizer_free(loaded->tokenizer);
	*loaded = (lk_loaded){ 0 };
}
