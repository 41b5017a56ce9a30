/* likely train: the model, new, of --from, or of a run that goes on, and the
 * optimiser that goes with it. */
#include "cli/train_run.h"

#include "cli/tokenizer_choice.h"

#include "cli/load.h"
#include "formats/model_directory.h"
#include "train/numeric_path.h"

#include <string.h>

/* Weights of the same model, whose context is as long or longer: of positions, the
 * first ones. */
static void copy(lk_model *model, lk_model *longer)
{
	size_t count;
	const lk_tensor *to = lk_model_parameters(model, &count);
	const lk_tensor *from = lk_model_parameters(longer, &count);

	for (size_t i = 0; i < count; i++)
		memcpy(to[i].data, from[i].data, lk_tensor_nbytes(&to[i]));
}

/* The same model that sees fewer tokens at once: positions beyond are cut off. */
static lk_status shorten(lk_model **model, size_t context, lk_error *error)
{
	lk_model_config config = *lk_model_get_config(*model);
	lk_model *shorter;
	lk_status status;

	config.context = context;
	status = lk_model_new(&shorter, &config, lk_model_get_isa(*model), error);
	if (status)
		return status;
	copy(shorter, *model);
	lk_model_free(*model);
	*model = shorter;
	return LK_OK;
}

/* What was asked for beside --from must be what the model has, except for its
 * dropout and a shorter context. */
static lk_status agree(lk_train_run *run, lk_error *error)
{
	static const char *const free_options[] = { "context", "dropout", NULL };
	lk_model_config config = *lk_model_get_config(run->model);
	lk_option_group group = lk_model_group(&config);
	json_t *has = lk_options_json(&group);
	size_t context = run->config.context;
	double dropout = run->config.dropout;
	char text[512];
	lk_status status = LK_OK;

	if (!has)
		return lk_fail(error, LK_NOMEM, "out of memory");
	if (lk_train_contradiction(text, sizeof text, &run->model_group, has,
			    free_options, "the model's"))
		lk_usage_error(&run->line, "%s; --from fixes it", text);
	json_decref(has);
	run->config = config;
	if (lk_options_given(&run->model_group, "dropout"))
		run->config.dropout = dropout;
	if (!lk_options_given(&run->model_group, "context"))
		return LK_OK;
	if (context > config.context)
		lk_usage_error(&run->line,
				"--context %zu is more than the %zu of the model of "
				"--from", context, config.context);
	run->config.context = context;
	if (context < config.context)
		status = shorten(&run->model, context, error);
	return status;
}

/* Another tokenizer than the model's own would make other text of its ids; one is
 * to be named where the model's directory has none. */
static lk_status check_own_tokenizer(
		const lk_train_run *run, const lk_loaded *loaded, lk_error *error)
{
	char own[33], named[33];
	lk_tokenizer *tokenizer;

	if (lk_model_directory_tokenizer(&tokenizer, loaded->directory, NULL))
		return LK_OK;
	lk_tokenizer_hash(tokenizer, own);
	lk_tokenizer_free(tokenizer);
	lk_tokenizer_hash(loaded->tokenizer, named);
	return strcmp(own, named) ? lk_fail(error, LK_RANGE,
						    "--tokenizer %s is not the tokenizer "
						    "that %s was trained with; leave it "
						    "away",
						    run->options.tokenizer,
						    run->options.from)
				  : LK_OK;
}

lk_status lk_train_load_model(lk_train_run *run, lk_error *error)
{
	bool own = lk_options_given(&run->training_group, "tokenizer");
	lk_loaded loaded;
	lk_status status;

	if (run->saved || !run->options.from)
		return LK_OK;
	if (own && lk_tokenizer_choice_is_new(run->options.tokenizer))
		lk_usage_error(&run->line, "--tokenizer %s makes new ids; a model of "
					   "--from has ids of its own",
				run->options.tokenizer);
	own = own && strcmp(run->options.tokenizer, "auto") != 0;
	status = lk_load_transformer(&loaded, run->options.from,
			own ? run->options.tokenizer : NULL, run->common.quiet, "--from",
			error);
	if (!status && own)
		status = check_own_tokenizer(run, &loaded, error);
	if (!status) {
		run->model = loaded.model;
		run->tokenizer = loaded.tokenizer;
		run->options.tokenizer = run->tokenizer->kind->name;
		loaded.model = NULL;
		loaded.tokenizer = NULL;
		status = agree(run, error);
	}
	lk_loaded_free(&loaded);
	return status;
}

static lk_status new_model(lk_train_run *run, lk_error *error)
{
	lk_status status;

	if (!run->saved)
		run->config.vocabulary = run->tokenizer->vocabulary;
	else if (run->config.vocabulary < run->tokenizer->vocabulary)
		return lk_fail(error, LK_RANGE,
				"%s: the tokenizer has %lu ids, run.json says %zu: they "
				"do not belong together", run->out,
				(unsigned long)run->tokenizer->vocabulary,
				run->config.vocabulary);
	status = lk_model_config_complete(&run->config, error);
	if (!status)
		status = lk_model_new(&run->model, &run->config, run->isa, error);
	if (!status && !run->saved)
		lk_model_initialise(run->model, lk_train_initial_seed(run));
	return status;
}

uint64_t lk_train_initial_seed(const lk_train_run *run)
{
	return run->common.seed + run->beginning;
}

/* The weights of --from, once more. */
static lk_status copy_weights(lk_model *to, const char *directory, lk_error *error)
{
	lk_loaded loaded;
	const lk_tensor *source, *target;
	size_t count, same;
	lk_status status = lk_load_transformer(&loaded, directory, NULL, true, "--from",
			error);

	if (status)
		return status;
	target = lk_model_parameters(to, &count);
	source = lk_model_parameters(loaded.model, &same);
	if (same != count)
		status = lk_fail(error, LK_RANGE, "%s: is no longer the model that the "
						  "run began with", directory);
	for (size_t i = 0; !status && i < count; i++)
		if (lk_tensor_nbytes(&source[i]) < lk_tensor_nbytes(&target[i]))
			status = lk_fail(error, LK_RANGE,
					"%s: is no longer the model that the run began "
					"with: %s has shrunk", directory, target[i].name);
	if (!status)
		copy(to, loaded.model);
	lk_loaded_free(&loaded);
	return status;
}

lk_status lk_train_renew(void *context, lk_model *model, lk_error *error)
{
	const lk_train_run *run = context;

	if (run->options.from)
		return copy_weights(model, run->options.from, error);
	lk_model_initialise(model, lk_train_initial_seed(run));
	lk_model_set_dropout(model, run->config.dropout, run->common.seed);
	return LK_OK;
}

/* Where a run that goes on stands. */
static lk_status restore(lk_train_run *run, lk_error *error)
{
	lk_training_state *state = &run->state;
	char hash[33];
	lk_status status = lk_run_restore(run->run, run->model, run->optimizer, state,
			error);

	if (status)
		return status;
	lk_tokenizer_hash(run->tokenizer, hash);
	if (strcmp(hash, state->tokenizer_hash))
		return lk_fail(error, LK_RANGE,
				"%s: its tokenizer is not the one that it began with",
				run->out);
	return LK_OK;
}

lk_status lk_train_make_model(lk_train_run *run, lk_error *error)
{
	const lk_tensor *parameters;
	size_t count;
	lk_status status = run->model ? LK_OK : new_model(run, error);

	if (status)
		return status;
	lk_model_set_dropout(run->model, run->config.dropout, run->common.seed);
	status = lk_model_reserve(run->model, run->train.batch, run->config.context, true,
			error);
	if (status)
		return status;
	parameters = lk_model_parameters(run->model, &count);
	status = lk_optimizer_new(&run->optimizer, &run->optimizer_config, parameters,
			lk_model_gradients(run->model, &count),
			lk_model_roles(run->model), count, run->isa, error);
	if (!status && run->saved)
		status = restore(run, error);
	else if (!status)
		lk_tokenizer_hash(run->tokenizer, run->state.tokenizer_hash);
	return status;
}
