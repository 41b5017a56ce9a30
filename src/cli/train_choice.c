/* likely train --minutes: what to train, where the user does not say. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "evaluate/recurrence.h"
#include "kernels/machine.h"
#include "model/flops.h"
#include "text/subwords.h"

#include <math.h>

#define MEASURING_SECONDS 0.3

/* Tokens of text in which to look for repetition: about 1 % of the time. */
#define COUNTED_PER_SECOND 2e4
#define COUNTED_MOST       1e6

/* Of the time, what evaluations and checkpoints leave to steps. */
#define EVALUATED 0.92

bool lk_train_chooses(const lk_train_run *run)
{
	const lk_option_group *group = &run->training_group;

	return lk_kind_is_transformer(&run->kind) && !run->saved && !run->options.from &&
			!lk_options_settled(group, "steps") &&
			!lk_options_settled(group, "epochs");
}

/* What there is to choose by. */
static lk_status know_budget(lk_train_run *run, uint64_t nbytes, lk_error *error)
{
	lk_budget *budget = &run->budget;

	budget->text_nbytes = nbytes;
	budget->seconds = 60 * run->options.minutes - (lk_clock_seconds() - run->begun);
	budget->flops = lk_machine_sgemm(
			lk_common_threads(&run->common), MEASURING_SECONDS);
	if (budget->flops <= 0)
		return lk_fail(error, LK_NOMEM, "out of memory to measure the machine");
	return LK_OK;
}

lk_status lk_train_choose_tokenizer(lk_train_run *run, lk_tokenizer_choice *choice,
		const lk_documents *training, lk_error *error)
{
	lk_recipe recipe = LK_RECIPE_OPEN;
	lk_status status;

	if (choice->kind != LK_CHOICE_AUTO || !lk_train_chooses(run))
		return LK_OK;
	status = know_budget(run, training->nbytes, error);
	if (status)
		return status;
	lk_recipe_choose_tokenizer(&recipe, &run->budget);
	choice->kind = recipe.vocabulary == LK_RECIPE_BYTES ? LK_CHOICE_BYTE
							    : LK_CHOICE_BPE;
	choice->vocabulary = recipe.vocabulary;
	choice->larger = lk_recipe_larger_vocabulary(&recipe, &run->budget);
	choice->reason = "chosen";
	return LK_OK;
}

/* Parts of the training and of the validation text; freed by the caller. */
static lk_status take_samples(lk_tokens **counted, lk_tokens **scored,
		const lk_train_run *run, lk_error *error)
{
	enum { WINDOW = LK_RECIPE_CONTEXT << (LK_RECIPE_WINDOWS - 1), SCORED_SHARE = 8 };
	double most = fmin(run->budget.seconds * COUNTED_PER_SECOND, COUNTED_MOST);
	size_t tokens = most < WINDOW ? WINDOW : (size_t)most;
	lk_status status = lk_tokens_new_sample(
			counted, run->training, WINDOW, tokens, error);

	return status ? status
		      : lk_tokens_new_sample(scored, run->validation, WINDOW,
					tokens / SCORED_SHARE, error);
}

lk_status lk_train_measure_recurrence(lk_train_run *run, const lk_tokens *counted,
		const lk_tokens *scored, const lk_tokenizer *tokenizer, lk_error *error)
{
	size_t window[LK_RECIPE_WINDOWS];

	for (size_t i = 0; i < LK_RECIPE_WINDOWS; i++)
		window[i] = (size_t)LK_RECIPE_CONTEXT << i;
	return lk_recurrence_measure(run->budget.copying, window, LK_RECIPE_WINDOWS,
			counted, scored, tokenizer->vocabulary,
			lk_common_threads(&run->common), error);
}

/* The same by the streams that there are. */
static lk_status measure_recurrence(lk_train_run *run, lk_error *error)
{
	lk_tokens *counted = NULL, *scored = NULL;
	lk_status status = take_samples(&counted, &scored, run, error);

	if (!status)
		status = lk_train_measure_recurrence(
				run, counted, scored, run->tokenizer, error);
	lk_tokens_free(scored);
	lk_tokens_free(counted);
	return status;
}

/* What is settled already, and so not to be chosen. */
static lk_recipe settled(const lk_train_run *run)
{
	const lk_model_config *c = &run->config;
	lk_recipe r = LK_RECIPE_OPEN;

#define TAKE(group, option, field, value)             \
	if (lk_options_settled(&run->group, option)) \
		r.field = value
	TAKE(model_group, "layers", shape.layers, c->layers);
	TAKE(model_group, "width", shape.width, c->width);
	TAKE(model_group, "heads", shape.heads, c->heads);
	TAKE(model_group, "kv-heads", shape.kv_heads, c->kv_heads);
	TAKE(model_group, "context", context, c->context);
	TAKE(model_group, "dropout", dropout, c->dropout);
	TAKE(training_group, "batch", batch, run->options.batch);
	TAKE(training_group, "learning-rate", muon_rate, run->options.learning_rate);
	TAKE(training_group, "adam-learning-rate", adam_rate,
			run->options.adam_learning_rate);
	TAKE(training_group, "bpe-dropout", bpe_dropout, run->options.bpe_dropout);
#undef TAKE
	r.vocabulary = run->tokenizer->vocabulary;
	return r;
}

/* Choose what run->recipe leaves open; the options become what was chosen. */
static lk_status choose(lk_train_run *run, lk_error *error)
{
	lk_recipe *r = &run->recipe;
	lk_status status = LK_OK;

	lk_recipe_choose(r, &run->budget, (double)lk_tokens_nbytes(run->training) /
					(double)lk_tokens_count(run->training));
	const struct {
		const char *option;
		double value;
	} chosen[] = { { "layers", (double)r->shape.layers }, { "width", (double)r->shape.width },
		{ "heads", (double)r->shape.heads }, { "context", (double)r->context },
		{ "batch", (double)r->batch }, { "dropout", r->dropout },
		{ "bpe-dropout",
			lk_subwords_check(run->tokenizer, NULL) ? 0 : r->bpe_dropout },
		{ "adam-learning-rate", r->adam_rate },
		{ "learning-rate",
			run->options.optimizer == LK_MUON ? r->muon_rate
							: run->options.learning_rate } };

	for (size_t i = 0; !status && i < sizeof chosen / sizeof *chosen; i++)
		status = lk_options_fill_number(run->groups, chosen[i].option,
				chosen[i].value, error);
	return status;
}

lk_status lk_train_choose(lk_train_run *run, lk_error *error)
{
	lk_status status = LK_OK;

	if (!lk_train_chooses(run))
		return LK_OK;
	if (!run->budget.flops)
		status = know_budget(run, lk_tokens_nbytes(run->training), error);
	if (status)
		return status;
	run->recipe = run->asked = settled(run);
	run->chosen = true;
	status = measure_recurrence(run, error);
	if (!status)
		status = choose(run, error);
	run->open_config = run->config;
	return status;
}

/* What the budget's C is made of, by the pace of this model; evaluations aside. */
static double measured_share(const lk_train_run *run)
{
	return EVALUATED * (double)lk_train_step_tokens(run) *
			lk_model_training_flops(&run->config, run->config.context) /
			(run->pace.step_s * run->budget.flops);
}

lk_status lk_train_choose_again(lk_train_run *run, lk_error *error)
{
	lk_recipe before = run->recipe, *r = &run->recipe;
	size_t context = run->config.context; /* the text has been cut by it */
	lk_status status;

	run->budget.share = measured_share(run);
	run->config = run->open_config;
	run->config.context = context;
	*r = run->asked;
	r->context = context;
	status = choose(run, error);
	if (r->shape.layers != before.shape.layers || r->shape.width != before.shape.width ||
			r->shape.heads != before.shape.heads || r->batch != before.batch)
		run->pace.step_s = 0; /* not known of this one */
	return status;
}
