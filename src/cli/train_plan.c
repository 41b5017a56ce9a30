/* likely train: how long, and what follows from it. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "train/plan.h"

/* What `likely train FILE` alone does: so long at most, so many passes at most
 * (more would be learnt by heart), but a text of a few words gets some steps. */
enum { MINUTES = 3, EPOCHS = 20, STEPS_LEAST = 300 };

#define CALIBRATION_SECONDS 2.0
#define CALIBRATION_SHARE   0.05 /* of the run */

/* Rates that nobody named: those of the optimiser. */
static void choose_rates(lk_train_run *run)
{
	static const struct {
		double rate, embedding;
	} usual[LK_OPTIMIZER_COUNT] = { [LK_ADAMW] = { 1e-3, 1 },
		[LK_SGD] = { 1e-3, 1 }, [LK_MUON] = { 0.02, 3 } };
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
		.mask_documents = o->mask_documents,
		.bpe_dropout = o->bpe_dropout,
		.seed = run->common.seed,
		.threads = lk_common_threads(&run->common),
	};
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
	};
}

/* Steps, and the cadence of evaluations, for so many minutes. */
static lk_status plan_minutes(lk_train_run *run, double minutes, lk_error *error)
{
	lk_training_options *o = &run->options;
	lk_trainer trainer = lk_train_trainer(run);
	double seconds = 60 * minutes, measuring = seconds * CALIBRATION_SHARE;
	double begun = lk_clock_seconds();
	uint64_t every;
	lk_pace pace;
	lk_status status;

	if (measuring > CALIBRATION_SECONDS)
		measuring = CALIBRATION_SECONDS;
	status = lk_pace_measure(&pace, &trainer, &run->train, measuring, error);
	if (status)
		return status;
	o->steps = lk_plan_seconds(&every, seconds - (lk_clock_seconds() - begun), &pace,
			o->eval_every);
	o->eval_every = every;
	return LK_OK;
}

/* Neither steps nor epochs nor minutes were asked for. */
static lk_status plan_default(lk_train_run *run, uint64_t sequences, lk_error *error)
{
	lk_training_options *o = &run->options;
	uint64_t most = lk_plan_epochs(EPOCHS, run->windows, sequences);
	bool chosen = !o->eval_every;
	lk_status status = plan_minutes(run, MINUTES, error);

	if (status)
		return status;
	most = most > STEPS_LEAST ? most : STEPS_LEAST;
	if (o->steps > most) {
		o->steps = most;
		if (chosen)
			o->eval_every = lk_plan_eval_every(most);
	}
	return LK_OK;
}

lk_status lk_train_plan(lk_train_run *run, lk_error *error)
{
	lk_training_options *o = &run->options;
	uint64_t sequences = (uint64_t)o->batch * o->accumulate;
	bool preset_warmup = o->warmup > 0;
	lk_status status = LK_OK;

	if (o->epochs > 0)
		o->steps = lk_plan_epochs(o->epochs, run->windows, sequences);
	else if (o->minutes > 0)
		status = plan_minutes(run, o->minutes, error);
	else if (!o->steps)
		status = plan_default(run, sequences, error);
	if (status)
		return status;
	if (!o->eval_every)
		o->eval_every = lk_plan_eval_every(o->steps);
	if (!run->saved) {
		bool rate = lk_options_given(&run->training_group, "learning-rate");

		if (!preset_warmup && !lk_options_given(&run->training_group, "warmup"))
			o->warmup = lk_plan_warmup(o->steps);
		if (!lk_options_given(&run->training_group, "min-learning-rate") &&
				(rate || o->min_learning_rate == 0))
			o->min_learning_rate = o->learning_rate / 10;
	}
	lk_train_configure(run);
	return LK_OK;
}
