/* likely train --restarts: which of several beginnings goes on. */
#include "cli/train_run.h"

#include "cli/command.h"
#include "formats/json.h"
#include "train/step.h"

#include <math.h>

/* Steps of a beginning, as shares of all: of one, and of all together. */
enum { SHARE_EACH = 40, LEAST_EACH = 20, SHARE_ALL = 5 };

static uint64_t steps_each(const lk_train_run *run, uint64_t steps)
{
	uint64_t each = steps / SHARE_EACH;
	uint64_t most = steps / SHARE_ALL / run->options.restarts;

	each = each > LEAST_EACH ? each : LEAST_EACH;
	each = each < most ? each : most;
	return each ? each : 1;
}

uint64_t lk_train_beginning_steps(const lk_train_run *run, uint64_t steps)
{
	uint64_t count = run->options.restarts;

	return count > 1 ? count * steps_each(run, steps) : 0;
}

/* The very first steps of training; the mean loss of their later half. INFINITY
 * where they diverge. */
static lk_status try(double *loss, lk_train_run *run, lk_stepper *stepper, uint64_t steps,
		lk_error *error)
{
	double sum = 0;
	lk_status status = lk_train_renew(run, run->model, error);

	lk_optimizer_reset(run->optimizer);
	for (uint64_t i = 0; !status && i < steps; i++) {
		status = lk_stepper_run(stepper, i, 0, i * lk_stepper_sequences(stepper),
				lk_schedule_rate(&run->train.schedule, i), error);
		if (!status && i >= steps / 2)
			sum += lk_stepper_loss(stepper);
	}
	*loss = status ? INFINITY : sum / (double)(steps - steps / 2);
	return status == LK_DIVERGED ? LK_OK : status;
}

lk_status lk_train_choose_beginning(lk_train_run *run, lk_error *error)
{
	lk_trainer trainer = lk_train_trainer(run);
	uint64_t count = run->options.restarts, steps = steps_each(run, run->options.steps);
	uint64_t best = 0;
	double loss, least = INFINITY;
	lk_stepper *stepper = NULL;
	lk_status status;

	if (run->saved || count == 1)
		return LK_OK;
	if (!run->common.quiet)
		lk_say("--restarts: %llu beginnings of %llu steps each",
				(unsigned long long)count, (unsigned long long)steps);
	run->beginnings = json_array();
	status = lk_stepper_new(&stepper, &trainer, &run->train, error);
	for (uint64_t i = 0; !status && i < count; i++) {
		run->beginning = i;
		status = try(&loss, run, stepper, steps, error);
		if (json_array_append_new(run->beginnings, lk_json_new_real(loss)))
			status = lk_fail(error, LK_NOMEM, "out of memory");
		if (loss < least) {
			least = loss;
			best = i;
		}
	}
	lk_stepper_free(stepper);
	run->beginning = best;
	lk_optimizer_reset(run->optimizer);
	return status ? status : lk_train_renew(run, run->model, error);
}
