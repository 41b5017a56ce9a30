/* likely train: how long, and what follows from it. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "train/plan.h"

#include <math.h>

/* Without a length: so many passes at most where nothing else bounds them (more
 * would be learnt by heart), but a text of a few words gets some steps. */
enum { EPOCHS = 20, STEPS_LEAST = 300 };

/* After a quarter of them the steps that minutes hold are counted anew, unless they are
 * few or nearly what they were. */
enum { PLAN_AGAIN = 4, PLAN_AGAIN_STEPS = 50 };

#define CHANGE_LEAST 0.01

#define SPARE 0.02 /* of the minutes, for a machine that gets slower */

#define CALIBRATION_SECONDS 2.0
#define CALIBRATION_SHARE   0.025 /* of the run; it may be done twice */

#define SGD_USUAL 0.1 /* though nobody can know */

static const struct {
	double rate, embedding;
} usual[LK_OPTIMIZER_COUNT] = { [LK_ADAMW] = { 1e-3, 1 },
	[LK_SGD] = { 1e-3, 1 }, [LK_MUON] = { 0.02, 3 } };

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

/* Of the minutes. Where n-grams may well win, they are to be counted once more. */
static double seconds_left(const lk_train_run *run)
{
	return (1 - SPARE) * 60 * run->options.minutes - (lk_clock_seconds() - run->begun) -
			(lk_train_ngrams_may_win(run) ? run->bar.again_s : 0);
}

/* Steps that are of use to a text, SIZE_MAX where nobody knows. */
static uint64_t useful_steps(const lk_train_run *run)
{
	double each = (double)lk_train_step_tokens(run);

	return run->chosen ? (uint64_t)ceil(run->recipe.tokens_most / each) : UINT64_MAX;
}

/* While the rate is constant, the number of steps does not matter yet. */
static bool may_plan_again(const lk_training_options *o)
{
	return o->schedule == LK_SCHEDULE_WSD && o->cooldown < 1 - 1.0 / PLAN_AGAIN &&
			o->steps >= PLAN_AGAIN_STEPS;
}

lk_status lk_train_measure_pace(lk_train_run *run, lk_error *error)
{
	lk_trainer trainer = lk_train_trainer(run);
	double seconds = 60 * run->options.minutes * CALIBRATION_SHARE;

	return lk_pace_measure(&run->pace, &trainer, &run->train,
			fmin(seconds, CALIBRATION_SECONDS), error);
}

/* Steps, and the cadence of evaluations, for the minutes that there are, less what
 * has been used up. */
static lk_status plan_minutes(lk_train_run *run, lk_error *error)
{
	lk_training_options *o = &run->options;
	uint64_t every, useful = useful_steps(run);
	lk_status status = run->pace.step_s > 0 ? LK_OK : lk_train_measure_pace(run, error);

	if (status)
		return status;
	o->steps = lk_plan_seconds(&every, seconds_left(run), &run->pace, o->eval_every);
	o->steps -= lk_train_beginning_steps(run, o->steps);
	run->text_is_short = o->steps > useful;
	if (run->text_is_short) {
		o->steps = useful;
		every = o->eval_every ? every : lk_plan_eval_every(useful);
	}
	o->eval_every = every;
	if (may_plan_again(o))
		run->plan_again_at = o->steps / PLAN_AGAIN;
	return LK_OK;
}

lk_status lk_train_plan_again(lk_train_run *run, uint64_t step, double step_s,
		lk_error *error)
{
	lk_training_options *o = &run->options;
	double slower = step_s / run->pace.step_s;
	lk_pace pace = { step_s, run->pace.eval_s * slower };
	uint64_t every = run->train.eval_every;
	uint64_t steps = step + lk_plan_seconds(&every, seconds_left(run), &pace, every);
	/* what has been done was done at the peak, and must have been right */
	uint64_t least = (uint64_t)ceil((double)step / (1 - o->cooldown)) + 1;
	double change;
	json_t *description;
	lk_status status;

	steps = steps < useful_steps(run) ? steps : useful_steps(run);
	steps = steps > least ? steps : least;
	change = (double)steps / (double)o->steps;
	if (change > 1 - CHANGE_LEAST && change < 1 + CHANGE_LEAST)
		return LK_OK;
	o->steps = run->train.schedule.steps = steps;
	description = lk_train_describe(run);
	if (!description)
		return lk_fail(error, LK_NOMEM, "out of memory for run.json");
	status = lk_run_describe(run->run, description, error);
	json_decref(description);
	return status;
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
		status = plan_minutes(run, error);
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
