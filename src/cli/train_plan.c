/* likely train: how long, and what follows from it. */
#include "cli/train_run.h"

#include "train/plan.h"

#include <math.h>

/* Without a length: so many passes at most where nothing else bounds them (more
 * would be learnt by heart), but a text of a few words gets some steps. */
enum { EPOCHS = 20, STEPS_LEAST = 300 };

#define SGD_USUAL 0.1 /* though nobody can know */

static const struct {
	double rate, embedding;
} usual[LK_OPTIMIZER_COUNT] = { [LK_ADAMW] = { 1e-3, 1 },
	[LK_SGD] = { 1e-3, 1 }, [LK_MUON] = { LK_RECIPE_MUON_MOST, 3 } };

/* How high the rates are, over those that usually do. */
static double rate_excess(const lk_training_options *o)
{
	double excess = o->learning_rate / usual[o->optimizer].rate;
	double adam = o->adam_learning_rate / LK_RECIPE_ADAM_MOST;

	if (o->optimizer == LK_SGD)
		return o->learning_rate / SGD_USUAL;
	return o->optimizer == LK_MUON && adam > excess ? adam : excess;
}

/* Rates that nobody named: those of the optimiser. */
static void choose_rates(lk_train_run *run)
{
	lk_training_options *o = &run->options;
	const lk_option_group *group = &run->training_group;

	if (!run->saved && o->learning_rate == 0 &&
			!lk_options_given(group, "learning-rate"))
		o->learning_rate = usual[o->optimizer].rate;
	if (o->embedding_rate == 0)
		o->embedding_rate = usual[o->optimizer].embedding;
}

void lk_train_configure(lk_train_run *run)
{
	const lk_training_options *o = &run->options;
	bool muon = o->optimizer == LK_MUON;

	choose_rates(run);
	run->optimizer_config = (lk_optimizer_config){
		.kind = o->optimizer,
		.beta1 = o->beta1,
		.beta2 = o->beta2,
		.epsilon = o->epsilon,
		.momentum = muon ? o->muon_momentum : o->momentum,
		.nesterov = o->nesterov,
		.weight_decay = o->weight_decay,
		.l2 = o->l2,
		.clip = o->clip,
		.adam_rate = muon && o->learning_rate > 0
				? o->adam_learning_rate / o->learning_rate
				: 0,
		.embedding_rate = o->embedding_rate,
		.threads = lk_common_threads(&run->common),
	};
	run->train = (lk_train_config){
		.schedule = { .kind = o->schedule,
			.peak = o->learning_rate,
			.least = o->min_learning_rate,
			.warmup = o->warmup,
			.steps = o->steps,
			.cooldown = o->cooldown },
		.batch = o->batch,
		.accumulate = o->accumulate,
		.eval_every = o->eval_every,
		.save_every = o->save_every,
		.patience = o->patience,
		.recover = o->recover,
		.rate_excess = rate_excess(o),
		.mask_documents = o->mask_documents,
		.bpe_dropout = o->bpe_dropout,
		.seed = run->common.seed,
		.threads = lk_common_threads(&run->common),
	};
}

uint64_t lk_train_step_tokens(const lk_train_run *run)
{
	return (uint64_t)run->train.batch * run->train.accumulate * run->config.context;
}

lk_trainer lk_train_trainer(const lk_train_run *run)
{
	return (lk_trainer){
		.model = run->model,
		.optimizer = run->optimizer,
		.tokenizer = run->tokenizer,
		.training = run->training,
		.validation = run->validation,
		.training_name = run->training_name,
		.validation_name = run->validation_name,
		.run = run->run,
		.renew = lk_train_renew,
		.renew_context = (void *)run,
	};
}

/* Nothing was asked for, and the model was given: not without end. */
static void bound_passes(lk_train_run *run, uint64_t sequences, bool chosen_cadence)
{
	lk_training_options *o = &run->options;
	uint64_t most = lk_plan_epochs(EPOCHS, run->windows, sequences);

	most = most > STEPS_LEAST ? most : STEPS_LEAST;
	if (o->steps <= most)
		return;
	o->steps = most;
	if (chosen_cadence)
		o->eval_every = lk_plan_eval_every(most);
}

/* Warm-up and least rate, unless somebody said them. A preset's least rate goes
 * with its own peak, unless it is 0. */
static void choose_course(lk_train_run *run)
{
	lk_training_options *o = &run->options;
	const lk_option_group *group = &run->training_group;
	bool another_peak = lk_options_given(group, "learning-rate") &&
			!lk_options_given(group, "min-learning-rate") &&
			o->min_learning_rate > 0;

	if (!lk_options_settled(group, "warmup"))
		o->warmup = lk_plan_warmup(o->steps, o->optimizer == LK_MUON);
	if (!lk_options_settled(group, "min-learning-rate") || another_peak)
		o->min_learning_rate = o->learning_rate / 10;
}

lk_status lk_train_plan(lk_train_run *run, lk_error *error)
{
	lk_training_options *o = &run->options;
	uint64_t sequences = (uint64_t)o->batch * o->accumulate;
	lk_status status = LK_OK;

	bool cadence = o->eval_every > 0;

	if (o->epochs > 0)
		o->steps = lk_plan_epochs(o->epochs, run->windows, sequences);
	else if (!o->steps)
		status = lk_train_plan_minutes(run, error);
	if (status)
		return status;
	if (!run->chosen && !run->saved && !o->epochs &&
			!lk_options_given(&run->training_group, "minutes") &&
			!lk_options_settled(&run->training_group, "steps"))
		bound_passes(run, sequences, !cadence);
	if (!o->eval_every)
		o->eval_every = lk_plan_eval_every(o->steps);
	if (!run->saved)
		choose_course(run);
	lk_train_configure(run);
	return LK_OK;
}
