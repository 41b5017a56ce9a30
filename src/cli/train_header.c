/* likely train: what is about to be done. */
#include "cli/train_output.h"

#include "cli/command.h"
#include "formats/json.h"
#include "model/flops.h"
#include "report/format.h"
#include "report/table.h"

#include <inttypes.h>
#include <math.h>

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
	if (run->validation_whole) {
		lk_table_cell(table, "sample");
		lk_table_cell(table, "validated on a sample of it, %s bytes in evenly spread "
				     "pieces; likely eval measures all",
				lk_format_whole(validate, sizeof validate,
						lk_tokens_nbytes(run->validation)));
	}
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
			lk_format_whole(tokens, sizeof tokens, lk_train_step_tokens(run)),
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

/* How the beginnings did. */
static void add_beginnings(const lk_train_run *run, lk_table *table)
{
	const json_t *loss = json_array_get(run->beginnings, run->beginning);
	double worst = 0;
	size_t i;
	const json_t *other;

	json_array_foreach(run->beginnings, i, other)
		worst = fmax(worst, json_number_value(other));
	lk_table_cell(table, "beginning");
	lk_table_cell(table, "number %zu of %zu, loss %.4f; the worst had %.4f",
			(size_t)run->beginning + 1, json_array_size(run->beginnings),
			json_number_value(loss), worst);
}

/* What the steps take. */
static double worthwhile_seconds(const lk_train_run *run)
{
	const lk_training_options *o = &run->options;

	return (double)o->steps * run->pace.step_s +
			(double)o->steps / (double)o->eval_every * run->pace.eval_s;
}

/* Bits per byte. */
static double expected(const lk_train_run *run)
{
	lk_budget budget = run->budget;

	if (run->text_is_short)
		budget.seconds = worthwhile_seconds(run);
	return lk_recipe_expect(&budget);
}

/* Why the context is what it is, where it was chosen. */
static void add_recurrence(const lk_train_run *run, lk_table *table)
{
	const double *bits = run->budget.copying;

	lk_table_cell(table, "repetition");
	lk_table_cell(table, "contexts of %d, %d and %d tokens are worth %.3f, %.3f and %.3f "
			     "bits per byte over half of that; chosen: %zu",
			LK_RECIPE_CONTEXT << 1, LK_RECIPE_CONTEXT << 2,
			LK_RECIPE_CONTEXT << 3, fmax(bits[0] - bits[1], 0),
			fmax(bits[1] - bits[2], 0), fmax(bits[2] - bits[3], 0),
			run->config.context);
}

/* What was chosen, and why. */
static void add_choice(const lk_train_run *run, lk_table *table)
{
	const lk_recipe *r = &run->recipe;
	double given = 60 * run->options.minutes;
	char time[LK_FORMAT_MOST], enough[LK_FORMAT_MOST], text[LK_FORMAT_MOST];

	lk_table_cell(table, "chosen");
	lk_table_cell(table, "for %s at %.0f GFLOP/s and %s of text: tokenizer, size, "
			     "context, batch, rates, dropout (%g; of merges: %g), where not given",
			lk_format_seconds(time, sizeof time, given),
			run->budget.flops / 1e9,
			lk_format_bytes(text, sizeof text, (double)run->budget.text_nbytes),
			run->config.dropout, run->options.bpe_dropout);
	if (run->text_is_short) {
		lk_table_cell(table, "time");
		lk_table_cell(table, "about %s will do: after %.3g passes more time would only "
				     "learn so short a text by heart",
				lk_format_seconds(enough, sizeof enough,
						worthwhile_seconds(run)),
				r->tokens_most / (double)lk_tokens_count(run->training));
	}
	if (!run->asked.context)
		add_recurrence(run, table);
	lk_table_cell(table, "expected");
	if (run->bar.order)
		lk_table_cell(table, "about %.2f bits per byte; n-grams of up to %zu %s, "
				     "counted in %s, reach %.4f",
				expected(run), run->bar.order, lk_bar_unit(&run->bar),
				lk_format_seconds(time, sizeof time, run->bar.seconds),
				run->bar.bits_per_byte);
	else
		lk_table_cell(table, "about %.2f bits per byte; there was no time to count "
				     "n-grams",
				expected(run));
}

/* Where the run goes, which a dry one does not say. */
static void add_run(const lk_train_run *run, lk_table *table)
{
	char step[LK_FORMAT_MOST];

	lk_table_cell(table, "run");
	if (run->saved)
		lk_table_cell(table, "%s, from step %s, seed %" PRIu64, run->out,
				lk_format_whole(step, sizeof step, run->state.step),
				run->common.seed);
	else
		lk_table_cell(table, "%s, seed %" PRIu64,
				run->options.dry_run ? "not begun (--dry-run)" : run->out,
				run->common.seed);
}

lk_status lk_train_print_header(const lk_train_run *run, FILE *file, lk_error *error)
{
	char memory[LK_FORMAT_MOST];
	lk_table *table;
	lk_status status = lk_table_new(&table, "ll", error);

	if (status)
		return status;
	add_text(run, table);
	add_model(run, table);
	add_training(run, table);
	if (run->beginnings)
		add_beginnings(run, table);
	if (run->chosen)
		add_choice(run, table);
	lk_table_cell(table, "memory");
	lk_table_cell(table, "%s predicted; %d threads",
			lk_format_bytes(memory, sizeof memory, (double)run->memory),
			run->train.threads);
	add_run(run, table);
	status = lk_table_print(table, file, "", error);
	lk_table_free(table);
	return status;
}

/* What copying reaches, window by window. */
static json_t *copying_json(const lk_budget *budget)
{
	json_t *bits = json_array();

	for (size_t i = 0; i < LK_RECIPE_WINDOWS; i++)
		json_array_append_new(bits, lk_json_new_real(budget->copying[i]));
	return bits;
}

/* The recipe, as far as it was chosen, and what it was chosen by. */
static json_t *choice_json(const lk_train_run *run)
{
	const lk_recipe *r = &run->recipe;

	return json_pack("{s:o, s:o, s:I, s:o, s:b, s:o, s:o, s:o, s:o}", "minutes",
			lk_json_new_real(run->options.minutes), "flops_per_s",
			lk_json_new_real(run->budget.flops), "text_bytes",
			(json_int_t)run->budget.text_nbytes, "epochs",
			lk_json_new_real(r->epochs), "text_is_short",
			run->text_is_short, "worthwhile_minutes",
			lk_json_new_real(worthwhile_seconds(run) / 60), "expected_bits_per_byte",
			lk_json_new_real(expected(run)), "ngram",
			lk_describe_bar(&run->bar), "copying_bits_per_byte",
			copying_json(&run->budget));
}

json_t *lk_train_header_json(const lk_train_run *run, const char *event)
{
	return json_pack(
			"{s:s, s:s?, s:s?, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:i, s:I, s:s, "
			"s:O*, s:o*}",
			"event", event, "run", run->out, "file", run->training_name,
			"parameters", (json_int_t)lk_model_config_parameters(&run->config),
			"vocabulary", (json_int_t)run->config.vocabulary, "train_tokens",
			(json_int_t)lk_tokens_count(run->training), "tokens_per_epoch",
			(json_int_t)(run->windows * run->config.context),
			"tokens_per_step", (json_int_t)lk_train_step_tokens(run),
			"training_flops_per_token", lk_json_new_real(
					lk_model_training_flops(&run->config,
							run->config.context)), "steps",
			(json_int_t)run->options.steps, "step",
			(json_int_t)run->state.step, "threads", run->train.threads,
			"predicted_rss_bytes", (json_int_t)run->memory, "numeric_path",
			run->numeric_path, "beginnings", run->beginnings, "choice",
			run->chosen ? choice_json(run) : NULL);
}

lk_status lk_train_print_plan(const lk_train_run *run, lk_error *error)
{
	json_t *object;
	lk_status status;

	if (!run->common.json) {
		status = lk_train_print_header(run, stdout, error);
		return status ? status : lk_flush_output(error);
	}
	object = lk_train_header_json(run, "plan");
	if (object && json_object_update_new(object, json_pack("{s:o, s:o, s:o}", "model",
				      lk_options_json(&run->model_group), "training",
				      lk_options_json(&run->training_group), "tokenizer",
				      lk_describe_tokenizer(run->tokenizer)))) {
		json_decref(object);
		object = NULL;
	}
	return lk_print_json(object, error);
}
