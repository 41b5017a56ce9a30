/* likely train --resume: what run.json says, against what the user says. */
#include "cli/train_run.h"

#include "formats/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Neither bits nor learning follow from these, or they may change on purpose. */
static const char *const free_training_options[] = { "steps", "epochs", "eval-every",
	"save-every", "patience", "resume", "dry-run", "out", "val", "cache", NULL };

static bool is_in(const char *name, const char *const *list)
{
	while (*list && strcmp(*list, name))
		list++;
	return *list;
}

/* A value as people write it. */
static const char *value_text(const json_t *value, char *text, size_t size)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		snprintf(text, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, size, "%g", json_real_value(value));
	else
		snprintf(text, size, "%s", json_is_true(value) ? "yes"
						: json_is_false(value) ? "no" : "none");
	return text;
}

bool lk_train_contradiction(char *text, size_t size, const lk_option_group *group,
		const json_t *object, const char *const *free_options, const char *whose)
{
	json_t *given = lk_options_json(group);
	bool found = false;

	for (size_t i = 0; given && !found && i < group->count; i++) {
		const char *name = group->option[i].name;
		json_t *value = json_object_get(given, name);
		json_t *stands = json_object_get(object, name);

		if (!(group->given >> i & 1) || is_in(name, free_options) || !stands ||
				json_equal(value, stands))
			continue;
		char a[64], b[64];
		snprintf(text, size, "--%s %s contradicts %s %s", name,
				value_text(value, a, sizeof a), whose,
				value_text(stands, b, sizeof b));
		found = true;
	}
	json_decref(given);
	return found;
}

/* The paths of the corpus, unless the user gave some. */
static lk_status take_paths(lk_train_run *run, const json_t *paths, lk_error *error)
{
	size_t count = json_array_size(paths);

	if (run->path_count)
		return LK_OK;
	run->path = calloc(count + 1, sizeof *run->path);
	if (!run->path)
		return lk_fail(error, LK_NOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		if (!path)
			return lk_fail(error, LK_FORMAT,
					"%s/run.json: \"paths\" holds what is no text",
					run->out);
		if (!strcmp(path, "-"))
			return lk_fail(error, LK_IO,
					"%s: this run's text came from standard input; "
					"give it again as a file", run->out);
		run->path[run->path_count++] = path;
	}
	if (!count)
		return lk_fail(error, LK_FORMAT, "%s/run.json: \"paths\" is missing",
				run->out);
	return LK_OK;
}

static void refuse_contradictions(lk_train_run *run, const json_t *training,
		const json_t *model)
{
	static const char *const none[] = { NULL };
	char text[512];
	json_int_t seed = json_integer_value(json_object_get(run->saved, "seed"));

	if (lk_train_contradiction(text, sizeof text, &run->training_group, training,
			    free_training_options, "the run's") ||
			lk_train_contradiction(text, sizeof text, &run->model_group,
					model, none, "the run's"))
		lk_usage_error(&run->line, "%s, which --resume cannot change", text);
	if (lk_options_given(&run->common_group, "seed") &&
			seed != (json_int_t)run->common.seed)
		lk_usage_error(&run->line,
				"--seed %llu contradicts the run's %lld, which --resume "
				"cannot change", (unsigned long long)run->common.seed,
				(long long)seed);
}

/* A new length takes the place of the old one, in whatever unit that was. */
static void take_length(lk_train_run *run, const json_t *training)
{
	bool steps = lk_options_given(&run->training_group, "steps");
	bool epochs = lk_options_given(&run->training_group, "epochs");

	if (epochs && json_number_value(json_object_get(training, "epochs")) ==
					run->options.epochs)
		epochs = false; /* says nothing new */
	if (steps || !epochs)
		run->options.epochs = 0;
	if (!steps)
		run->options.steps = epochs ? 0 : (size_t)json_integer_value(
				json_object_get(training, "steps"));
	run->options.minutes = 0;
}

/* What was found out when the run began. */
static void take_choices(lk_train_run *run)
{
	const json_t *bar = json_object_get(run->saved, "bar");
	const json_t *seed = json_object_get(run->saved, "initial_seed");
	json_int_t order = json_integer_value(json_object_get(bar, "order"));
	const char *unit = json_string_value(json_object_get(bar, "of"));

	run->beginnings = json_incref(json_object_get(run->saved, "beginnings"));
	if (json_is_integer(seed))
		run->beginning = (uint64_t)json_integer_value(seed) - run->common.seed;
	run->validation_most = (uint64_t)json_integer_value(
			json_object_get(run->saved, "validation_most"));
	if (order < 1 || order > LK_NGRAM_ORDER_MOST)
		return;
	run->bar = (lk_bar){ .order = (size_t)order,
		.of_bytes = unit && !strcmp(unit, "bytes"),
		.nll = json_number_value(json_object_get(bar, "nll_per_token")),
		.bits_per_byte = json_number_value(json_object_get(bar, "bits_per_byte")),
		.seconds = json_number_value(json_object_get(bar, "seconds")) };
}

lk_status lk_train_merge(lk_train_run *run, lk_error *error)
{
	lk_json_reader r = { run->saved, "run.json", error, LK_OK };
	const json_t *training = json_object_get(run->saved, "training");
	const json_t *model = json_object_get(run->saved, "model");
	lk_status status;

	r.path = run->out;
	if (lk_json_size(&r, "format", 0, SIZE_MAX) != LK_RUN_FORMAT && !r.status)
		lk_json_refuse(&r, LK_UNSUPPORTED,
				"was made by another version of likely, whose runs "
				"cannot be resumed here");
	if (!r.status && (!json_is_object(training) || !json_is_object(model) ||
					 !json_is_integer(json_object_get(run->saved,
							 "seed"))))
		lk_json_refuse(&r, LK_FORMAT,
				"its run.json lacks \"training\", \"model\" or \"seed\"");
	if (r.status)
		return r.status;
	refuse_contradictions(run, training, model);
	status = lk_options_fill_json(&run->training_group, training, run->out, error);
	if (!status)
		status = lk_options_fill_json(&run->model_group, model, run->out, error);
	if (status)
		return status;
	take_length(run, training);
	if (!lk_options_given(&run->common_group, "seed"))
		run->common.seed = (uint64_t)json_integer_value(
				json_object_get(run->saved, "seed"));
	take_choices(run);
	run->config.vocabulary = (size_t)json_integer_value(
			json_object_get(model, "vocabulary"));
	return take_paths(run, json_object_get(json_object_get(run->saved, "corpus"),
			"paths"), error);
}
