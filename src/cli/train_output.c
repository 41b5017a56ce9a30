#include "cli/train_output.h"

#include "base/clock.h"
#include "cli/command.h"
#include "formats/json.h"
#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A change of the number of steps, as a share of it; the log has them all. */
#define WORTH_SAYING 0.03

lk_status lk_train_output_begin(lk_train_output *output, const lk_train_run *run,
		lk_error *error)
{
	lk_status status = LK_OK;

	*output = (lk_train_output){ .run = run,
		.start = lk_clock_seconds(),
		.first_step = run->state.step,
		.said_steps = run->options.steps,
		.validation = NAN };
	if (!run->common.quiet)
		status = lk_train_print_header(run, stderr, error);
	if (!status && !run->common.quiet)
		status = lk_progress_new(&output->progress, stderr, error);
	if (!status && run->common.json) {
		json_t *object = lk_train_header_json(run, "begin");

		if (object)
			json_object_set_new(object, "seed",
					json_integer((json_int_t)run->common.seed));
		status = lk_print_json(object, error);
	}
	return status;
}

void lk_train_output_end(lk_train_output *output)
{
	lk_progress_free(output->progress);
	output->progress = NULL;
}

/* The time left is known after a few steps: what this session took for each, its
 * evaluations included, for those that are left. */
static void show_step(lk_train_output *o, const lk_event *e)
{
	enum { A_FEW = 3 };
	const lk_train_run *run = o->run;
	double tokens = (double)lk_train_step_tokens(run), left = NAN;
	double step_s = tokens / e->tokens_per_s, now = lk_clock_seconds();
	uint64_t done = e->step - o->first_step;

	o->step_s = o->step_s > 0 ? 0.9 * o->step_s + 0.1 * step_s : step_s;
	if (done > A_FEW)
		left = (now - o->start) / (double)done *
				(double)(run->train.schedule.steps - e->step);
	lk_progress_show(o->progress, &(lk_progress_state){
			.step = e->step,
			.steps = run->train.schedule.steps,
			.loss = e->loss,
			.validation = o->validation,
			.tokens_per_s = tokens / o->step_s,
			.seconds_left = left,
		});
}

static void show_evaluation(lk_train_output *o, const lk_event *e)
{
	char step[LK_FORMAT_MOST];
	double nll = lk_score_nll_per_token(&e->score);

	o->validation = nll;
	lk_progress_say(o->progress,
			"step %s: validation %.4f nats per token, perplexity %.4g, "
			"%.4f bits per byte%s", lk_format_whole(step, sizeof step, e->step),
			nll, lk_score_perplexity(&e->score),
			lk_score_bits_per_byte(&e->score), e->best ? ", the best" : "");
}

/* The checkpoint that counts, malloc'd. */
static char *best_checkpoint(const lk_train_run *run)
{
	char *best = lk_run_best(run->run);

	return best ? best : lk_run_last(run->run);
}

/* What the run's best reaches: n-grams', where they did better. */
typedef struct {
	double nll, bits_per_byte;
} reached;

static json_t *done_json(const lk_train_run *run, const lk_event *e, reached best,
		reached transformer, const char *checkpoint)
{
	json_t *object = lk_event_json(e);
	json_t *more = json_pack("{s:o, s:o, s:o, s:b, s:o, s:s?, s:I}",
			"best_nll_per_token", lk_json_new_real(best.nll),
			"best_perplexity", lk_json_new_real(exp(best.nll)),
			"best_bits_per_byte", lk_json_new_real(best.bits_per_byte),
			"best_is_ngram", run->counted, "transformer_bits_per_byte",
			lk_json_new_real(transformer.bits_per_byte), "checkpoint",
			checkpoint, "max_rss_bytes", (json_int_t)lk_memory_peak());

	if (object && json_object_update_new(object, more)) {
		json_decref(object);
		object = NULL;
	}
	return object;
}

static void print_best(const lk_train_run *run, const lk_event *e, reached transformer)
{
	char best[LK_FORMAT_MOST];

	printf("best: step %s, validation %.4f nats per token, perplexity %.4g, %.4f "
	       "bits per byte\n", lk_format_whole(best, sizeof best, e->best_step),
			transformer.nll, exp(transformer.nll), transformer.bits_per_byte);
	printf("      (every token scored once, in windows of %zu tokens end to end)\n",
			run->config.context);
	if (run->counted)
		printf("n-grams of up to %zu %s, counted, do better on this text%s: %.4f "
		       "bits per byte. They are the run's best now; %s may turn that "
		       "round\n", run->bar.order, lk_bar_unit(&run->bar),
				run->text_is_short ? "" : " in this time",
				run->bar.bits_per_byte,
				run->text_is_short ? "more text" : "more minutes");
	else if (run->bar.order)
		printf("      (n-grams of up to %zu %s: %.4f bits per byte)\n",
				run->bar.order, lk_bar_unit(&run->bar),
				run->bar.bits_per_byte);
}

static lk_status print_done(const lk_train_run *run, const lk_event *e,
		lk_error *error)
{
	char steps[LK_FORMAT_MOST], time[LK_FORMAT_MOST];
	char memory[LK_FORMAT_MOST], *checkpoint = best_checkpoint(run);
	reached transformer = { e->best_nll, lk_train_bits_per_byte(run, e->best_nll) };
	reached counted = { run->bar.nll, run->bar.bits_per_byte };

	if (run->common.json) {
		json_t *object = done_json(run, e, run->counted ? counted : transformer,
				transformer, checkpoint);

		free(checkpoint);
		return lk_print_json(object, error);
	}
	printf("%s after %s steps, %s of training, %s of memory\n",
			e->stopped_early ? "stopped early, for lack of progress," : "done",
			lk_format_whole(steps, sizeof steps, e->step),
			lk_format_seconds(time, sizeof time, e->elapsed_s),
			lk_format_bytes(memory, sizeof memory, (double)lk_memory_peak()));
	print_best(run, e, transformer);
	printf("saved: %s\n", checkpoint ? checkpoint : run->out);
	printf("let it write: likely sample %s\n", run->out);
	free(checkpoint);
	return lk_flush_output(error);
}

static void show_restart(lk_train_output *o, const lk_event *e)
{
	o->validation = NAN;
	lk_progress_say(o->progress, "%s: beginning again, with new weights and a peak "
				     "learning rate of %.3g, for the steps that are left",
			e->reason, e->learning_rate);
}

lk_status lk_train_output_event(void *context, const lk_event *event, lk_error *error)
{
	lk_train_output *o = context;

	if (event->kind == LK_EVENT_DONE) {
		if (o->progress)
			lk_progress_hide(o->progress);
		return print_done(o->run, event, error);
	}
	if (o->progress && event->kind == LK_EVENT_STEP)
		show_step(o, event);
	if (o->progress && event->kind == LK_EVENT_EVAL)
		show_evaluation(o, event);
	if (o->progress && event->kind == LK_EVENT_RESTART)
		show_restart(o, event);
	return o->run->common.json ? lk_print_json(lk_event_json(event), error) : LK_OK;
}

lk_status lk_train_output_plan(lk_train_output *o, uint64_t step, lk_error *error)
{
	const lk_train_run *run = o->run;
	double now = (double)run->options.steps;
	char steps[LK_FORMAT_MOST];
	json_t *line = json_pack("{s:s, s:I, s:I}", "event", "plan", "step",
			(json_int_t)step, "steps", (json_int_t)run->options.steps);
	lk_status status = line ? lk_run_log(run->run, line, error)
				: lk_fail(error, LK_NOMEM, "out of memory for the log");

	if (o->progress && fabs(now / (double)o->said_steps - 1) > WORTH_SAYING) {
		o->said_steps = run->options.steps;
		lk_progress_say(o->progress, "at the pace of late the time holds %s steps",
				lk_format_whole(steps, sizeof steps, run->options.steps));
	}
	if (!status && run->common.json)
		return lk_print_json(line, error);
	json_decref(line);
	return status;
}

lk_status lk_train_output_stopped(lk_train_output *o, int signal_number,
		lk_error *error)
{
	const lk_train_run *run = o->run;
	char *checkpoint = lk_run_last(run->run), step[LK_FORMAT_MOST];
	lk_status status = LK_OK;

	if (o->progress)
		lk_progress_hide(o->progress);
	if (run->common.json)
		status = lk_print_json(json_pack("{s:s, s:I, s:i, s:s?}", "event",
				"stopped", "step", (json_int_t)run->state.step, "signal",
				signal_number, "checkpoint", checkpoint), error);
	if (!run->common.quiet)
		lk_say("stopped and saved after step %s; likely train --resume --out %s "
		       "goes on", lk_format_whole(step, sizeof step, run->state.step),
				run->out);
	free(checkpoint);
	return status;
}
