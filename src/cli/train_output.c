#include "cli/train_output.h"

#include "base/clock.h"
#include "cli/command.h"
#include "formats/json.h"
#include "report/format.h"
#include "report/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static uint64_t step_tokens(const lk_train_run *run)
{
	return (uint64_t)run->train.batch * run->train.accumulate * run->config.context;
}

/* Bytes of the files of one part of the text. */
static uint64_t part_nbytes(const lk_train_run *run, const char *part)
{
	const json_t *files = json_object_get(run->corpus, part), *file;
	uint64_t nbytes = 0;
	size_t i;

	json_array_foreach(files, i, file)
		nbytes += (uint64_t)json_integer_value(json_object_get(file, "bytes"));
	return nbytes;
}

static void add_text(const lk_train_run *run, lk_table *table)
{
	char train[LK_FORMAT_MOST], validate[LK_FORMAT_MOST], tokens[LK_FORMAT_MOST];
	size_t files = json_array_size(json_object_get(run->corpus, "training"));

	lk_table_cell(table, "text");
	if (run->path_count == 1 && files == 1)
		lk_table_cell(table, "%s: %s bytes train, %s validate", run->path[0],
				lk_format_whole(train, sizeof train,
						part_nbytes(run, "training")),
				lk_format_whole(validate, sizeof validate,
						part_nbytes(run, "validation")));
	else
		lk_table_cell(table, "%s%s: %zu files, %s bytes train, %s validate",
				run->path[0], run->path_count > 1 ? ", ..." : "", files,
				lk_format_whole(train, sizeof train,
						part_nbytes(run, "training")),
				lk_format_whole(validate, sizeof validate,
						part_nbytes(run, "validation")));
	lk_table_cell(table, "tokenizer");
	lk_table_cell(table, "%s, %s ids%s%s; %s tokens train, %s an epoch",
			run->tokenizer->kind->name,
			lk_format_whole(tokens, sizeof tokens, run->tokenizer->vocabulary),
			run->tokenizer_reason ? ", as " : "",
			run->tokenizer_reason ? run->tokenizer_reason : "",
			lk_format_whole(train, sizeof train,
					lk_tokens_count(run->training)),
			lk_format_whole(validate, sizeof validate,
					run->windows * run->config.context));
}

static void add_model(const lk_train_run *run, lk_table *table)
{
	const lk_model_config *c = &run->config;
	char count[LK_FORMAT_MOST];

	lk_table_cell(table, "model");
	lk_table_cell(table, "%s parameters: %zu layers, width %zu, %zu heads, context "
			     "%zu%s; %s, %s, %s",
			lk_format_whole(count, sizeof count,
					lk_model_config_parameters(c)),
			c->layers, c->width, c->heads, c->context,
			run->context_shortened ? " (the text is short)" : "",
			lk_norm_name(c->norm), lk_position_name(c->position),
			lk_mlp_name(c->mlp));
}

static void add_training(const lk_train_run *run, lk_table *table)
{
	const lk_training_options *o = &run->options;
	char steps[LK_FORMAT_MOST], tokens[LK_FORMAT_MOST], every[LK_FORMAT_MOST];
	char adam[64] = "";
	double sequences = (double)o->steps * (double)o->batch * (double)o->accumulate;

	lk_table_cell(table, "training");
	lk_table_cell(table, "%s steps of %s tokens, %.3g epochs; evaluated every %s",
			lk_format_whole(steps, sizeof steps, o->steps),
			lk_format_whole(tokens, sizeof tokens, step_tokens(run)),
			sequences / (double)run->windows,
			lk_format_whole(every, sizeof every, o->eval_every));
	lk_table_cell(table, "optimiser");
	if (o->optimizer == LK_MUON)
		snprintf(adam, sizeof adam, " (AdamW's beside it: %g)",
				o->adam_learning_rate);
	lk_table_cell(table, "%s, learning rate %g%s to %g: %s, %zu steps of warm-up",
			lk_optimizer_name(o->optimizer), o->learning_rate, adam,
			o->schedule == LK_SCHEDULE_CONSTANT ? o->learning_rate
							    : o->min_learning_rate,
			lk_schedule_name(o->schedule), (size_t)o->warmup);
}

static lk_status print_header(const lk_train_run *run, lk_error *error)
{
	char memory[LK_FORMAT_MOST], step[LK_FORMAT_MOST];
	lk_table *table;
	lk_status status = lk_table_new(&table, "ll", error);

	if (status)
		return status;
	add_text(run, table);
	add_model(run, table);
	add_training(run, table);
	lk_table_cell(table, "memory");
	lk_table_cell(table, "%s predicted; %d threads",
			lk_format_bytes(memory, sizeof memory, (double)run->memory),
			run->train.threads);
	lk_table_cell(table, "run");
	if (run->saved)
		lk_table_cell(table, "%s, from step %s, seed %" PRIu64, run->out,
				lk_format_whole(step, sizeof step, run->state.step),
				run->common.seed);
	else
		lk_table_cell(table, "%s, seed %" PRIu64, run->out, run->common.seed);
	status = lk_table_print(table, stderr, "", error);
	lk_table_free(table);
	return status;
}

static json_t *begin_json(const lk_train_run *run)
{
	return json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:I, "
			 "s:s}", "event", "begin", "run", run->out, "file",
			run->training_name, "parameters",
			(json_int_t)lk_model_config_parameters(&run->config),
			"vocabulary", (json_int_t)run->config.vocabulary, "train_tokens",
			(json_int_t)lk_tokens_count(run->training), "tokens_per_epoch",
			(json_int_t)(run->windows * run->config.context),
			"tokens_per_step", (json_int_t)step_tokens(run), "steps",
			(json_int_t)run->options.steps, "step",
			(json_int_t)run->state.step, "threads", run->train.threads,
			"predicted_rss_bytes", (json_int_t)run->memory, "numeric_path",
			run->numeric_path);
}

lk_status lk_train_output_begin(lk_train_output *output, const lk_train_run *run,
		lk_error *error)
{
	lk_status status = LK_OK;

	*output = (lk_train_output){ .run = run,
		.start = lk_clock_seconds(),
		.first_step = run->state.step,
		.validation = NAN };
	if (!run->common.quiet)
		status = print_header(run, error);
	if (!status && !run->common.quiet)
		status = lk_progress_new(&output->progress, stderr, error);
	if (!status && run->common.json) {
		json_t *object = begin_json(run);

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
	double tokens = (double)step_tokens(run), left = NAN;
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

/* Tokens of the validation text, ends not counted. */
static uint64_t text_tokens(const lk_tokens *tokens)
{
	enum { PIECE = 4096 };
	uint32_t ids[PIECE];
	size_t count = lk_tokens_count(tokens);
	uint64_t text = 0;

	for (size_t at = 0; at < count; at += PIECE) {
		size_t n = count - at < PIECE ? count - at : PIECE;

		lk_tokens_read(tokens, at, n, ids);
		for (size_t i = 0; i < n; i++)
			text += ids[i] != lk_tokens_end(tokens);
	}
	return text;
}

/* The checkpoint that counts, malloc'd. */
static char *best_checkpoint(const lk_train_run *run)
{
	char *best = lk_run_best(run->run);

	return best ? best : lk_run_last(run->run);
}

static lk_status print_done(const lk_train_run *run, const lk_event *e,
		lk_error *error)
{
	char steps[LK_FORMAT_MOST], best[LK_FORMAT_MOST], time[LK_FORMAT_MOST];
	char memory[LK_FORMAT_MOST], *checkpoint = best_checkpoint(run);
	double bits = e->best_nll * (double)text_tokens(run->validation) /
			(log(2) * (double)lk_tokens_nbytes(run->validation));

	if (run->common.json) {
		json_t *object = lk_event_json(e);

		if (object && json_object_update_new(object, json_pack(
				"{s:o, s:o, s:s?, s:I}", "best_perplexity",
				lk_json_new_real(exp(e->best_nll)),
				"best_bits_per_byte", lk_json_new_real(bits),
				"checkpoint", checkpoint, "max_rss_bytes",
				(json_int_t)lk_memory_peak()))) {
			json_decref(object);
			object = NULL;
		}
		free(checkpoint);
		return lk_print_json(object, error);
	}
	printf("%s after %s steps, %s of training, %s of memory\n",
			e->stopped_early ? "stopped early, for lack of progress," : "done",
			lk_format_whole(steps, sizeof steps, e->step),
			lk_format_seconds(time, sizeof time, e->elapsed_s),
			lk_format_bytes(memory, sizeof memory, (double)lk_memory_peak()));
	printf("best: step %s, validation %.4f nats per token, perplexity %.4g, %.4f "
	       "bits per byte\n", lk_format_whole(best, sizeof best, e->best_step),
			e->best_nll, exp(e->best_nll), bits);
	printf("      (every token scored once, in windows of %zu tokens end to end)\n",
			run->config.context);
	printf("saved: %s\n", checkpoint ? checkpoint : run->out);
	printf("let it write: likely sample %s\n", run->out);
	free(checkpoint);
	return lk_flush_output(error);
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
	return o->run->common.json ? lk_print_json(lk_event_json(event), error) : LK_OK;
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
