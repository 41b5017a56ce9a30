/* likely train: everything that must be right before something is written. */
#include "cli/train_run.h"

#include "base/clock.h"
#include "base/size.h"
#include "cli/command.h"
#include "train/memory.h"
#include "train/numeric_path.h"
#include "train/shape.h"

#include <string.h>

/* The default preset was filled in before the command line was read, so that --help
 * shows it. Where another, or none, is to be, it gives way. */
static lk_status apply_preset(lk_train_run *run, lk_error *error)
{
	const lk_training_options *o = &run->options;
	lk_training_options options = lk_training_options_default();
	lk_model_config config = lk_model_config_default();
	bool fits = lk_preset_default_fits(run->groups);

	if (!o->preset && !o->from && !o->resume && fits)
		return LK_OK;
	lk_options_unfill(&run->training_group, &options);
	lk_options_unfill(&run->model_group, &config);
	if (o->preset && lk_preset_apply(o->preset, run->groups, error))
		lk_usage_error(&run->line, "%s", error->text);
	return o->preset || o->from || o->resume
			? LK_OK
			: lk_preset_apply_training(run->groups, error);
}

/* Heads that nobody named, for a width or heads of keys that somebody did. */
static lk_status choose_heads(lk_train_run *run, lk_error *error)
{
	bool named = lk_options_settled(&run->model_group, "width") ||
			(lk_options_settled(&run->model_group, "kv-heads") &&
			!lk_train_chooses(run));

	if (run->options.from || !named ||
			lk_options_settled(&run->model_group, "heads") ||
			lk_options_settled(&run->model_group, "head-size"))
		return LK_OK;
	return lk_options_fill_number(run->groups, "heads",
			(double)lk_shape_heads(run->config.width, run->config.kv_heads),
			error);
}

/* Sizes that do not go together, before any text has been read. */
static void check_model(const lk_train_run *run)
{
	lk_model_config config = run->config;
	lk_error error;

	config.vocabulary = 1 << 8; /* not known yet */
	if (lk_train_chooses(run) && !lk_options_settled(&run->model_group, "width")) {
		if (!lk_options_settled(&run->model_group, "heads") && config.kv_heads)
			config.heads = config.kv_heads; /* will be multiples of it */
		config.width = 2 * config.heads;
	}
	if (!run->options.from && lk_model_config_complete(&config, &error))
		lk_usage_error(&run->line, "%s", error.text);
}

/* The directory of the run. One that goes on is opened and says what it is. */
static lk_status find_run(lk_train_run *run, lk_error *error)
{
	const char *out = run->options.out;
	lk_status status = LK_OK;

	if (run->options.resume && !out) {
		status = lk_run_newest(&run->out, LK_RUNS, error);
		if (!status && !run->common.quiet)
			lk_say("--out was not given; this is the newest run, %s",
					run->out);
	} else if (out) {
		run->out = strdup(out);
		if (!run->out)
			status = lk_fail(error, LK_NOMEM, "out of memory");
	}
	if (status)
		return status;
	if (run->options.resume) {
		status = lk_run_open(&run->run, run->out, &run->saved, error);
		if (!status && json_object_get(run->saved, "ngram"))
			return lk_fail(error, LK_RANGE,
					"%s: is an n-gram model, which is counted in one go: "
					"there is nothing to resume",
					run->out);
		return status ? status : lk_train_merge(run, error);
	}
	if (out && lk_run_is_run(out))
		return lk_fail(error, LK_EXISTS,
				"%s: already holds a run; --resume continues it, another "
				"--out begins a new one", out);
	status = choose_heads(run, error);
	if (!status)
		check_model(run);
	return status;
}

/* The model; where it was chosen, by what its steps turn out to do: by the rate of
 * large products, taken in one moment, it may have been chosen too large or small. */
static lk_status make_model(lk_train_run *run, lk_error *error)
{
	lk_status status = lk_train_make_model(run, error);

	if (status || !run->chosen)
		return status;
	status = lk_train_measure_pace(run, error);
	if (!status)
		status = lk_train_choose_again(run, error);
	if (status)
		return status;
	lk_optimizer_free(run->optimizer);
	lk_model_free(run->model);
	run->optimizer = NULL;
	run->model = NULL;
	lk_train_configure(run);
	return lk_train_make_model(run, error);
}

lk_status lk_train_prepare(lk_train_run *run, lk_error *error)
{
	lk_trainer trainer;
	lk_status status = lk_isa_choose(&run->isa, error);

	if (!status)
		status = apply_preset(run, error);
	if (!status)
		status = find_run(run, error);
	lk_numeric_path(run->numeric_path, sizeof run->numeric_path, run->isa);
	if (!status)
		status = lk_train_load_model(run, error);
	if (!status)
		status = lk_train_read_text(run, error);
	lk_train_configure(run); /* with what was chosen for the text */
	if (!status && run->chosen)
		status = lk_train_measure_bar(run, error);
	if (!status)
		status = make_model(run, error);
	if (status)
		return status;
	trainer = lk_train_trainer(run);
	run->memory = lk_train_memory(&trainer, &run->train, &run->optimizer_config,
			run->saved != NULL);
	/* counting n-grams may have taken more */
	run->memory = lk_most(run->memory, lk_memory_peak());
	status = lk_train_plan(run, error);
	if (!status && run->state.step > run->options.steps)
		return lk_fail(error, LK_RANGE,
				"%s: has done %llu steps already, more than --steps %zu",
				run->out, (unsigned long long)run->state.step,
				run->options.steps);
	if (!status && !run->options.dry_run)
		status = lk_train_choose_beginning(run, error);
	return status;
}
