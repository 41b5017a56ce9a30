/* likely train: from text files to a model. */
#include "base/clock.h"
#include "base/directory.h"
#include "cli/command.h"
#include "cli/train_output.h"
#include "cli/train_run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
		"Train a model on text files (- is standard input; a directory stands for "
		"the files in it), or on a token file made of them. The first nine tenths of the bytes train it, the last "
		"tenth, or --val, measures it. The run goes to checkpoints/NAME: a Hugging "
		"Face model directory for the last and the best step, and a log.\v"
		"Without options it takes five minutes. --minutes says how many there are; the "
		"tokenizer, the model's size, context, batch and dropout, and the number of "
		"steps, are then chosen for them, the text and this machine "
		"(docs/minutes.md); --dry-run says which, and stops there. What is given counts, "
		"and the rest follows. With --steps or --epochs nothing is chosen: what is not "
		"given has the default below. How it is trained without --preset, and unless "
		"--norm, --position, --mlp or --bias name another family, is docs/recipe.md's: "
		"--preset qwen3.\n\n"
		"With --minutes n-grams of the same text are counted too: where they do better "
		"in the end, they become the run's best.\n\n"
		"--l2 X adds X/2 |w|^2 of the matrices to the mean NLL per token. What is "
		"minimised is then, but for a constant, -1/N times the log of likelihood "
		"times prior, for N training tokens and a Gaussian prior of variance "
		"1/(X N): MAP estimation. --weight-decay shrinks the matrices beside the "
		"gradient step and is not that: under AdamW it is no penalty on the "
		"likelihood at all. Gains and biases are left alone by both.\n\n"
		"Validation is over the whole validation text, in windows of --context "
		"tokens end to end, so that every token is scored once.\n\n"
		"SIGINT and SIGTERM finish the step, save, and end with status 130 and 143; "
		"a second one ends at once. --resume then goes on, and gives the very "
		"weights and log that the run would have had without the stop. It may change "
		"--steps, --epochs, --eval-every, --save-every, --patience and --threads; "
		"with new steps the learning rate follows the new schedule from there on.\n\n"
		"--model ngram:5 counts n-grams of up to 5 tokens instead, in one step; of the "
		"training options only --out, --tokenizer, --val, --documents and --cache are "
		"for it. --smoothing "
		"says how counts become probabilities: kneser-ney (interpolated, modified; "
		"discounts are estimated, and fixed at 0.5, 1, 1.5 where the counts are too "
		"thin), mle (maximum likelihood: what was not seen is impossible, and makes "
		"an infinite NLL), additive (adds --alpha to every count), uniform.\n\n"
		"--from takes a run, a checkpoint or a Hugging Face directory; --context may "
		"be shorter than its own, --dropout another, everything else of the model is "
		"as it is.\n\n"
		"--json prints the event \"begin\" (parameters, tokens_per_epoch, steps, "
		"predicted_rss_bytes, ...), then \"step\", \"eval\" and \"save\", \"plan\" where "
		"the number of steps changes, \"restart\" where a run begins again, and at the "
		"end \"done\", or \"stopped\" after a signal. log.jsonl in the run holds all but "
		"\"begin\", \"save\" and \"stopped\".";

/* The number of the signal that came, or 0. */
static volatile sig_atomic_t stop;
static volatile sig_atomic_t stop_quietly;

static void on_signal(int number)
{
	static const char text[] = "\nlikely: finishing the step and saving; once more "
				   "ends at once\n";

	if (stop) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	stop = number;
	if (!stop_quietly)
		(void)!write(STDERR_FILENO, text, sizeof text - 1);
}

static void catch_signals(bool quiet)
{
	static const int numbers[] = { SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction before;

	stop_quietly = quiet;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!sigaction(numbers[i], NULL, &before) &&
				before.sa_handler != SIG_IGN) /* as nohup wants it */
			sigaction(numbers[i], &action, NULL);
}

static void release(lk_train_run *run)
{
	lk_run_close(run->run);
	lk_optimizer_free(run->optimizer);
	lk_model_free(run->model);
	lk_ngram_free(run->ngram);
	lk_tokens_free(run->training);
	lk_tokens_free(run->validation);
	lk_tokenizer_free(run->tokenizer);
	json_decref(run->corpus);
	json_decref(run->beginnings);
	lk_texts_free(&run->options.val);
	json_decref(run->saved); /* after what its texts are in */
	free(run->training_name);
	free(run->validation_name);
	free(run->path);
	free(run->out);
}

static void check_rule(const lk_train_run *run)
{
	lk_document_rule rule;
	lk_error error;

	if (lk_document_rule_parse(&rule, run->options.documents, &error))
		lk_usage_error(&run->line, "%s", error.text);
}

/* Mistakes that can be seen in the command line alone. */
static void check_usage(const lk_train_run *run)
{
	static const char *const lengths[] = { "steps", "epochs", "minutes" };
	const lk_option_group *group = &run->training_group;
	const char *first = NULL;

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		if (!lk_options_given(group, lengths[i]))
			continue;
		if (first)
			lk_usage_error(&run->line, "--%s and --%s exclude each other",
					first, lengths[i]);
		first = lengths[i];
	}
	if (!(run->options.minutes > 0))
		lk_usage_error(&run->line, "--minutes %g is no time to train in",
				run->options.minutes);
	if (!run->options.resume && !run->path_count)
		lk_usage_error(&run->line, "there is no text to train on; expected %s",
				run->line.arguments);
	check_rule(run);
	if (run->options.from && run->options.restarts > 1)
		lk_usage_error(&run->line, "--from and --restarts exclude each other: the "
					   "weights to begin with are given");
	if (run->options.from && run->options.preset)
		lk_usage_error(&run->line, "--from and --preset exclude each other: the "
					   "model is as it is");
}

lk_status lk_train_create(lk_train_run *run, lk_error *error)
{
	json_t *description = lk_train_describe(run);
	lk_status status = LK_OK;

	if (!description)
		return lk_fail(error, LK_NOMEM, "out of memory for run.json");
	if (!run->saved && !run->out)
		status = lk_run_new_name(&run->out, LK_RUNS, run->path[0], error);
	if (!status && run->saved) {
		status = lk_run_describe(run->run, description, error);
	} else if (!status) {
		run->out_existed = lk_path_exists(run->out);
		status = lk_run_create(&run->run, run->out, description, error);
	}
	json_decref(description);
	return status;
}

/* A resumed run on another machine. */
static void compare_paths(lk_train_run *run)
{
	lk_training_state *state = &run->state;

	if (run->saved && strcmp(state->numeric_path, run->numeric_path) &&
			!run->common.quiet)
		lk_say("this run has been computed by %s and goes on with %s: its bits "
		       "may differ from those of an unbroken run", state->numeric_path,
				run->numeric_path);
	memcpy(state->numeric_path, run->numeric_path, sizeof state->numeric_path);
}

void lk_train_remove_empty(lk_train_run *run)
{
	char *last = lk_run_last(run->run);

	if (!last && !run->saved) {
		lk_directory_remove(run->out, NULL);
		if (run->out_existed)
			lk_directory_make(run->out, NULL);
	}
	free(last);
}

typedef struct {
	lk_train_run *run;
	lk_train_output *output;
} audience;

/* Before the end is told, what is best must stand. */
static lk_status on_event(void *context, const lk_event *event, lk_error *error)
{
	audience *a = context;
	bool changed = false;
	lk_status status;

	if (event->kind == LK_EVENT_DONE)
		status = lk_train_keep_better(a->run,
				lk_train_bits_per_byte(a->run, event->best_nll), error);
	else
		status = lk_train_keep_time(&changed, a->run, event, error);
	if (!status)
		status = lk_train_output_event(a->output, event, error);
	return status || !changed ? status
				  : lk_train_output_plan(a->output, event->step, error);
}

static lk_status train(lk_train_run *run, lk_error *error)
{
	lk_train_output output = { 0 };
	audience listeners = { .run = run, .output = &output };
	lk_trainer trainer;
	lk_status status, said;

	catch_signals(run->common.quiet);
	status = lk_train_create(run, error);
	if (status)
		return status;
	compare_paths(run);
	trainer = lk_train_trainer(run);
	trainer.stop = &stop;
	trainer.handler = on_event;
	trainer.handler_context = &listeners;
	status = lk_train_output_begin(&output, run, error);
	if (!status)
		status = lk_train(&trainer, &run->train, &run->state, error);
	if (status == LK_STOPPED) {
		said = lk_train_output_stopped(&output, stop, error);
		status = said ? said : status;
	} else if (status) {
		lk_train_remove_empty(run);
	}
	lk_train_output_end(&output);
	return status;
}

static lk_status train_transformer(lk_train_run *run, lk_error *error)
{
	lk_status status = lk_train_prepare(run, error);

	if (!status && run->options.dry_run)
		return lk_train_print_plan(run, error);
	return status ? status : train(run, error);
}

int lk_command_train(int argc, char **argv)
{
	lk_train_run run = {
		.options = lk_training_options_default(),
		.kind = lk_kind_options_default(),
		.config = lk_model_config_default(),
		.common = lk_common_options_default(),
		.begun = lk_clock_seconds(),
	};
	lk_error error = { 0 };
	lk_status status = LK_OK;

	run.training_group = lk_training_group(&run.options);
	run.kind_group = lk_kind_group(&run.kind);
	run.model_group = lk_model_group(&run.config);
	run.common_group = lk_common_group(&run.common);
	run.groups[0] = &run.training_group;
	run.groups[1] = &run.kind_group;
	run.groups[2] = &run.model_group;
	run.groups[3] = &run.common_group;
	run.line = (lk_command_line){ .arguments = "CORPUS...", .help = help,
		.group = run.groups, .most = SIZE_MAX };
	status = lk_preset_apply(LK_PRESET_DEFAULT, run.groups, &error);
	lk_options_parse(&run.line, argc, argv);
	run.path_count = run.line.argument_count;
	check_usage(&run);
	if (run.path_count) {
		run.path = calloc(run.path_count + 1, sizeof *run.path);
		if (!run.path)
			status = lk_fail(&error, LK_NOMEM, "out of memory");
		for (size_t i = 0; !status && i < run.path_count; i++)
			run.path[i] = run.line.argument[i];
	}
	if (!status && lk_train_wants_ngram(&run))
		status = lk_train_ngram(&run, &error);
	else if (!status)
		status = train_transformer(&run, &error);
	release(&run);
	if (status == LK_STOPPED)
		return 128 + stop;
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
