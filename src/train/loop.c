#include "train/train.h"

#include "base/clock.h"
#include "train/evaluation.h"
#include "train/step.h"
#include "train/watch.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Fewer are not worth a new beginning. */
enum { STEPS_WORTHWHILE = 10 };

typedef struct {
	const lk_trainer *trainer;
	const lk_train_config *config;
	lk_training_state *state;
	size_t context;
	lk_stepper *stepper;
	lk_predictor *predictor;
	double epoch;   /* clock time at which training would have begun, had it
			   never been interrupted */
	bool unsaved;   /* something has happened since the last checkpoint */
	bool evaluated; /* an evaluation, even */
} loop;

static bool stopping(const loop *l)
{
	return l->trainer->stop && *l->trainer->stop;
}

/* A line of the log, unless it is of no interest to a run that was never
 * interrupted; then whoever listens. */
static lk_status emit(loop *l, lk_event *event, lk_error *error)
{
	const lk_training_state *state = l->state;
	lk_status status = LK_OK;

	event->step = state->step;
	event->tokens = state->tokens;
	event->best_step = state->best_step;
	event->best_nll = state->best_nll;
	event->elapsed_s = lk_clock_seconds() - l->epoch;
	if (event->kind != LK_EVENT_SAVE) {
		json_t *line = lk_event_json(event);

		status = line ? lk_run_log(l->trainer->run, line, error)
			      : lk_fail(error, LK_NOMEM, "out of memory for the log");
		json_decref(line);
	}
	if (!status && l->trainer->handler)
		status = l->trainer->handler(l->trainer->handler_context, event, error);
	return status;
}

static lk_status step(loop *l, lk_error *error)
{
	lk_training_state *state = l->state;
	double rate = lk_watch_rate(l->config, state);
	double start = lk_clock_seconds();
	lk_status status = lk_stepper_run(l->stepper, state->step, state->begun,
			state->sequences, rate, error);

	if (status)
		return status;
	state->step++;
	state->sequences += lk_stepper_sequences(l->stepper);
	state->tokens += lk_stepper_targets(l->stepper);
	l->unsaved = true;
	status = emit(l, &(lk_event){
			.kind = LK_EVENT_STEP,
			.loss = lk_stepper_loss(l->stepper),
			.learning_rate = rate,
			.gradient_norm = lk_optimizer_gradient_norm(l->trainer->optimizer),
			.tokens_per_s = (double)lk_stepper_targets(l->stepper) /
					(lk_clock_seconds() - start),
		}, error);
	return status ? status : lk_watch_step(l->trainer, l->config, state,
			lk_stepper_targets(l->stepper), lk_stepper_loss(l->stepper), error);
}

static bool evaluation_due(const loop *l)
{
	uint64_t every = l->config->eval_every, now = l->state->step;

	return now > 0 && l->state->evaluated_step != now &&
			(now >= l->config->schedule.steps || (every && now % every == 0));
}

static lk_status evaluate(loop *l, lk_error *error)
{
	lk_training_state *state = l->state;
	lk_event event = { .kind = LK_EVENT_EVAL,
		.file = l->trainer->validation_name,
		.context = l->context };
	lk_status status = lk_evaluation_run(&event.score, l->predictor,
			l->trainer->validation, l->trainer->stop, error);
	double nll;

	if (status)
		return status;
	nll = lk_score_nll_per_token(&event.score);
	if (!isfinite(nll))
		return lk_fail(error, LK_DIVERGED,
				"after step %" PRIu64 ": the validation loss is not "
				"finite (%g); a lower --learning-rate may help",
				state->step, nll);
	event.best = state->best_step == 0 || nll < state->best_nll;
	state->evaluated_step = state->step;
	state->evals_since_best++;
	if (event.best) {
		state->best_step = state->step;
		state->best_nll = nll;
		state->evals_since_best = 0;
	}
	l->unsaved = l->evaluated = true;
	return emit(l, &event, error);
}

/* Name of the first tensor that holds what is no finite number, or NULL. */
static const char *find_not_finite(const lk_tensor *tensors, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const float *x = tensors[i].data;
		size_t n = lk_tensor_count(&tensors[i]);
		bool finite = true;

		assert(tensors[i].dtype == LK_F32);
		for (size_t k = 0; k < n; k++)
			finite &= fabsf(x[k]) <= FLT_MAX;
		if (!finite)
			return tensors[i].name;
	}
	return NULL;
}

/* A finite gradient times a great rate can still overflow. */
static lk_status check_finite(const loop *l, lk_error *error)
{
	size_t count;
	const lk_tensor *tensors = lk_model_parameters(l->trainer->model, &count);
	const char *bad = find_not_finite(tensors, count);

	if (!bad) {
		tensors = lk_optimizer_state(l->trainer->optimizer, &count);
		bad = find_not_finite(tensors, count);
	}
	return bad ? lk_fail(error, LK_DIVERGED,
				   "after step %" PRIu64 ": %s holds a number that is "
				   "not finite; a lower --learning-rate may help",
				   l->state->step, bad)
		   : LK_OK;
}

static lk_status save(loop *l, lk_error *error)
{
	const lk_trainer *t = l->trainer;
	lk_training_state *state = l->state;
	lk_status status = check_finite(l, error);
	char *path;

	state->log_nbytes = lk_run_log_nbytes(t->run);
	state->elapsed_s = lk_clock_seconds() - l->epoch;
	if (!status)
		status = lk_run_save(t->run, t->model, t->tokenizer, t->optimizer, state,
				state->step > 0 && state->best_step == state->step,
				error);
	if (status)
		return status;
	l->unsaved = l->evaluated = false;
	path = lk_run_last(t->run);
	status = emit(l, &(lk_event){ .kind = LK_EVENT_SAVE, .checkpoint = path },
			error);
	free(path);
	return status;
}

static bool save_due(const loop *l)
{
	uint64_t every = l->config->save_every;

	return l->unsaved && (l->evaluated || stopping(l) ||
			(every && l->state->step % every == 0));
}

static bool out_of_patience(const loop *l)
{
	return l->config->patience && l->state->evals_since_best >= l->config->patience;
}

static bool done(const loop *l)
{
	return !evaluation_due(l) && (l->state->step >= l->config->schedule.steps ||
					     out_of_patience(l));
}

/* What is due at this step, and the next one. */
static lk_status go_on(loop *l, lk_error *error)
{
	lk_status status = LK_OK;

	if (evaluation_due(l) && !stopping(l))
		status = evaluate(l, error);
	if (status && status != LK_STOPPED)
		return status;
	status = save_due(l) ? save(l, error) : LK_OK;
	if (status || done(l))
		return status;
	if (stopping(l))
		return lk_fail(error, LK_STOPPED, "stopped after step %" PRIu64,
				l->state->step);
	return step(l, error);
}

/* After the failure in error: new weights and a lower rate for the steps that are
 * left, or that failure. */
static lk_status begin_again(loop *l, lk_error *error)
{
	const lk_trainer *t = l->trainer;
	lk_training_state *state = l->state;
	lk_error why = *error;
	lk_status status;

	if (!l->config->recover)
		return LK_DIVERGED;
	if (state->restarts >= l->config->recover ||
			state->step + STEPS_WORTHWHILE > l->config->schedule.steps)
		return lk_fail(error, LK_DIVERGED, "%s (begun anew %" PRIu64 " times)",
				why.text, state->restarts);
	status = t->renew(t->renew_context, t->model, error);
	if (status)
		return status;
	lk_optimizer_reset(t->optimizer);
	lk_watch_begin_again(l->config, state);
	return emit(l, &(lk_event){ .kind = LK_EVENT_RESTART,
				.reason = why.text,
				.learning_rate = l->config->schedule.peak *
						state->rate_scale },
			error);
}

static lk_status run(loop *l, lk_error *error)
{
	lk_status status = LK_OK;

	l->unsaved = l->evaluated = l->state->step == 0; /* the first checkpoint */
	do {
		status = go_on(l, error);
		if (status == LK_DIVERGED)
			status = begin_again(l, error);
	} while (!status && (save_due(l) || !done(l)));
	if (status)
		return status;
	return emit(l, &(lk_event){ .kind = LK_EVENT_DONE,
				.stopped_early = l->state->step <
						l->config->schedule.steps },
			error);
}

lk_status lk_train(const lk_trainer *trainer, const lk_train_config *config,
		lk_training_state *state, lk_error *error)
{
	loop l = { .trainer = trainer,
		.config = config,
		.state = state,
		.context = lk_model_get_config(trainer->model)->context,
		.epoch = lk_clock_seconds() - state->elapsed_s };
	lk_status status = lk_run_log_cut(trainer->run, state->log_nbytes, error);

	if (!status)
		status = lk_stepper_new(&l.stepper, trainer, config, error);
	if (!status)
		status = lk_predictor_new_transformer(&l.predictor, trainer->model,
				config->batch, l.context, config->threads, error);
	if (!status)
		status = run(&l, error);
	lk_predictor_free(l.predictor);
	lk_stepper_free(l.stepper);
	return status;
}
