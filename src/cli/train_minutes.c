/* likely train --minutes: how many steps they hold, and that the run ends with them
 * though the machine gets slower or faster on the way. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "train/plan.h"

#include <math.h>

/* After a quarter of the steps they are counted anew, unless they are few; from then on
 * at each evaluation, since the checkpoint that follows knows of it. */
enum { AGAIN = 4, AGAIN_STEPS = 50 };

/* A change by less than this is none. */
#define CHANGE_LEAST 0.005

/* One hiccup is not the machine's pace. */
#define SMOOTH      0.5
#define TIMES_MOST  2.0 /* what is left of the steps changes by, at once */

#define SPARE 0.01 /* of the minutes, for what comes after the last step */

#define CALIBRATION_SECONDS 2.0
#define CALIBRATION_SHARE   0.025 /* of the run; it may be done twice */

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

/* A schedule that can be bent, and steps enough. */
static bool may_plan_again(const lk_training_options *o)
{
	return o->schedule == LK_SCHEDULE_WSD && o->cooldown < 1 - 1.0 / AGAIN &&
			o->steps >= AGAIN_STEPS;
}

lk_status lk_train_measure_pace(lk_train_run *run, lk_error *error)
{
	lk_trainer trainer = lk_train_trainer(run);
	double seconds = 60 * run->options.minutes * CALIBRATION_SHARE;

	return lk_pace_measure(&run->pace, &trainer, &run->train,
			fmin(seconds, CALIBRATION_SECONDS), error);
}

lk_status lk_train_plan_minutes(lk_train_run *run, lk_error *error)
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
		run->time.again_at = o->steps / AGAIN;
	return LK_OK;
}

/* Steps in all, at such a pace from here on. */
static double count(const lk_train_run *run, uint64_t step, const lk_pace *pace)
{
	uint64_t every = run->train.eval_every;

	return (double)step + (double)lk_plan_seconds(&every, seconds_left(run), pace, every);
}

/* The first steps do not say how it goes later. */
static void add_step(lk_train_run *run, const lk_event *event)
{
	lk_train_time *time = &run->time;

	if (event->step <= time->again_at / 2)
		return;
	time->steps_s += (double)lk_train_step_tokens(run) / event->tokens_per_s;
	time->steps++;
}

/* At the pace of the steps before a quarter of them: steps in all, 0 where it is not
 * the time to ask. */
static double count_early(const lk_train_run *run, const lk_event *event)
{
	const lk_train_time *time = &run->time;
	lk_pace pace;

	if (event->step != time->again_at)
		return 0;
	pace.step_s = time->steps_s / (double)time->steps;
	pace.eval_s = run->pace.eval_s * pace.step_s / run->pace.step_s;
	return count(run, event->step, &pace);
}

static double smooth(double before, double now)
{
	return SMOOTH * now + (1 - SMOOTH) * before;
}

/* At the pace from one evaluation to the next, likewise. What is no step is the
 * evaluation and its checkpoint. */
static double count_late(lk_train_run *run, const lk_event *event)
{
	lk_train_time *time = &run->time;
	double now = lk_clock_seconds(), between_s = now - time->evaluated_at;
	uint64_t before = time->evaluated;
	lk_pace pace;

	time->evaluated = event->step;
	time->evaluated_at = now;
	if (event->step <= time->again_at || !time->steps)
		return 0;
	pace.step_s = time->steps_s / (double)time->steps;
	pace.eval_s = fmax(between_s - (double)(event->step - before) * pace.step_s, 0);
	time->steps_s = 0;
	time->steps = 0;
	if (!before)
		return 0;
	if (time->pace.step_s > 0) {
		pace.step_s = smooth(time->pace.step_s, pace.step_s);
		pace.eval_s = smooth(time->pace.eval_s, pace.eval_s);
	}
	time->pace = pace;
	return count(run, event->step, &pace);
}

/* So many steps in all from here on, as far as that may be. */
static void bend(lk_train_run *run, uint64_t step, double wanted)
{
	lk_schedule *schedule = &run->train.schedule;
	uint64_t begun = run->state.begun;
	double left = (double)(schedule->steps - step), least = (double)step + 2;

	wanted = fmin(wanted, (double)step + left * TIMES_MOST);
	wanted = fmax(wanted, (double)step + left / TIMES_MOST);
	wanted = fmax(fmin(wanted, (double)useful_steps(run)), least);
	if (fabs(wanted / (double)schedule->steps - 1) < CHANGE_LEAST)
		return;
	schedule->steps -= begun; /* when the weights were new */
	if (step - begun > schedule->warmup)
		lk_schedule_bend(schedule, step - begun, (uint64_t)wanted - begun);
	schedule->steps += begun;
	run->options.steps = schedule->steps;
	run->options.cooldown = schedule->cooldown;
}

lk_status lk_train_keep_time(bool *changed, lk_train_run *run, const lk_event *event,
		lk_error *error)
{
	uint64_t before = run->options.steps;
	double wanted = 0;
	json_t *description;
	lk_status status;

	*changed = false;
	if (!run->time.again_at || event->step + 2 > before)
		return LK_OK;
	if (event->kind == LK_EVENT_STEP) {
		add_step(run, event);
		wanted = count_early(run, event);
	} else if (event->kind == LK_EVENT_EVAL)
		wanted = count_late(run, event);
	if (wanted > 0)
		bend(run, event->step, wanted);
	*changed = run->options.steps != before;
	if (!*changed)
		return LK_OK;
	description = lk_train_describe(run);
	if (!description)
		return lk_fail(error, LK_NOMEM, "out of memory for run.json");
	status = lk_run_describe(run->run, description, error);
	json_decref(description);
	return status;
}
