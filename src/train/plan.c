#include "train/plan.h"

#include "base/clock.h"
#include "train/step.h"

#include <math.h>

enum { EVALUATIONS = 20, WARMUP_MOST = 100, WARMUP_SHARE = 10, MUON_SHARE = 50 };

#define STEPS_MOST 1e12
#define EVALUATION_SHARE (1.0 / 12) /* of the time */

static uint64_t to_steps(double steps)
{
	return steps < 1 ? 1 : steps > STEPS_MOST ? (uint64_t)STEPS_MOST : (uint64_t)steps;
}

static uint64_t ceil_div(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

uint64_t lk_plan_epochs(double epochs, uint64_t windows, uint64_t sequences)
{
	return to_steps(ceil(epochs * (double)windows / (double)sequences));
}

uint64_t lk_plan_eval_every(uint64_t steps)
{
	return ceil_div(steps, EVALUATIONS);
}

uint64_t lk_plan_warmup(uint64_t steps, bool muon)
{
	uint64_t share = steps / (muon ? MUON_SHARE : WARMUP_SHARE);

	return share < WARMUP_MOST ? share : WARMUP_MOST;
}

/* Steps with an evaluation after each so many of them, and after the last. */
static double steps_between(double seconds, const lk_pace *pace, double every)
{
	double round_s = every * pace->step_s + pace->eval_s;
	double rounds = floor(seconds / round_s);
	double rest = seconds - rounds * round_s - pace->eval_s;

	return rounds * every + floor(fmax(rest, 0) / pace->step_s);
}

uint64_t lk_plan_seconds(uint64_t *chosen, double seconds, const lk_pace *pace,
		uint64_t eval_every)
{
	double evaluations = floor(seconds * EVALUATION_SHARE / fmax(pace->eval_s, 1e-9));
	uint64_t steps;

	*chosen = eval_every;
	if (eval_every)
		return to_steps(steps_between(seconds, pace, (double)eval_every));
	evaluations = fmin(fmax(evaluations, 1), EVALUATIONS);
	steps = to_steps((seconds - evaluations * pace->eval_s) / pace->step_s);
	*chosen = ceil_div(steps, (uint64_t)evaluations);
	return steps;
}

/* The time of a step: a quarter of `seconds` to warm up, then the mean of what
 * fits in the rest, of some steps at least unless they are very long. */
static lk_status measure_step(double *step_s, lk_stepper *stepper, double seconds,
		lk_error *error)
{
	enum { SOME = 3, TIMES = 5 };
	double begin = lk_clock_seconds(), start = 0, now = begin;
	uint64_t step = 0, timed = 0;

	while (!timed || now - begin < seconds ||
			(timed < SOME && now - begin < TIMES * seconds)) {
		lk_status status = lk_stepper_run(stepper, step, 0,
				step * lk_stepper_sequences(stepper), 0, error);

		if (status)
			return status;
		now = lk_clock_seconds();
		if (start > 0)
			timed++;
		else if (now - begin >= seconds / 4)
			start = now;
		step++;
	}
	*step_s = fmax((now - start) / (double)timed, 1e-9);
	return LK_OK;
}

static lk_status ignore(void *context, size_t first, size_t count, const double *nll)
{
	(void)context, (void)first, (void)count, (void)nll;
	return LK_OK;
}

/* The time of one batch of windows, for all of the text. */
static lk_status measure_evaluation(double *eval_s, const lk_trainer *trainer,
		const lk_train_config *config, lk_error *error)
{
	size_t context = lk_model_get_config(trainer->model)->context;
	size_t all = lk_tokens_count(trainer->validation) - 1;
	size_t targets = all < config->batch * context ? all : config->batch * context;
	lk_predictor *predictor = NULL;
	double start;
	lk_status status = lk_predictor_new_transformer(&predictor, trainer->model,
			config->batch, context, config->threads, error);

	start = lk_clock_seconds();
	if (!status)
		status = predictor->score(predictor, trainer->validation, 0, targets + 1,
				ignore, NULL, error);
	*eval_s = (lk_clock_seconds() - start) * (double)all / (double)targets;
	lk_predictor_free(predictor);
	return status;
}

lk_status lk_pace_measure(lk_pace *pace, const lk_trainer *trainer,
		const lk_train_config *config, double seconds, lk_error *error)
{
	lk_stepper *stepper = NULL;
	lk_status status = lk_stepper_new(&stepper, trainer, config, error);

	if (!status)
		status = measure_step(&pace->step_s, stepper, seconds, error);
	if (!status)
		status = measure_evaluation(&pace->eval_s, trainer, config, error);
	lk_optimizer_reset(trainer->optimizer);
	lk_stepper_free(stepper);
	return status;
}
