/* likely compare: which of several models predicts a text better, and how sure
 * that is. */
#include "cli/compare.h"

#include "cli/command.h"

#include <stdlib.h>

/* clang-format off */
static const lk_option rows[] = {
	LK_ROW_TEXTS(lk_compare_options, text, "text", "FILE",
		"the text to compare on: a file, a directory of files, or - for standard input; may be repeated"),
	LK_ROW_TEXT(lk_compare_options, documents, "documents", "RULE",
		"where documents end: files, lines, blank-lines, or separator:STRING"),
	LK_ROW_TEXTS(lk_compare_options, group, "group", "NAME=RUN,RUN,...",
		"several runs of one recipe, alike but for their seeds; given for each recipe, it is recipes that are compared"),
	LK_ROW_TEXT(lk_compare_options, html, "html", "FILE",
		"write a page with everything and plots, which needs nothing from elsewhere"),
	LK_ROW_TEXT(lk_compare_options, csv, "csv", "FILE",
		"write a table of everything"),
	LK_ROW_FLAG(lk_compare_options, details, "details", true,
		"show where the difference lies: by document, class of byte, whether the bytes before occurred in training, context, and the passages where each model wins most"),
	LK_ROW_FLAG(lk_compare_options, calibration, "calibration", true,
		"see whether each model knows how sure it may be: reliability and expected calibration error"),
	LK_ROW_TEXTS(lk_compare_options, train_text, "train-text", "FILE",
		"the training text of models that record none; may be repeated"),
	LK_ROW_COUNT(lk_compare_options, seen, "seen", 1, LK_SHARED_LEAST, "bytes",
		"how many bytes before a byte are looked for in the training text"),
	LK_ROW_FLAG(lk_compare_options, baselines, "no-baselines", false,
		"leave out n-gram models fitted on the training text, and compressors"),
	LK_ROW_COUNT(lk_compare_options, resamples, "resamples", 100, 1000000, "resamples",
		"resamples of the bootstrap, and as many random signs"),
	{ .name = "detect", .kind = LK_OPTION_REAL, .offset = offsetof(lk_compare_options, detect),
		.nbytes = sizeof(double), .least = 1e-6, .most = 8,
		.help = "say how many bytes of text would show a difference of so many bits per byte",
		.otherwise = "not said" },
	{ .name = "stride", .kind = LK_OPTION_COUNT, .offset = offsetof(lk_compare_options, stride),
		.nbytes = sizeof(size_t), .least_count = 1, .most_count = 1u << 20, .unit = "tokens",
		.help = "how far the window of the context's length advances",
		.otherwise = "half the context" },
	LK_ROW_TEXT(lk_compare_options, tokenizer, "tokenizer", "KIND",
		"for models that come without one: byte, or a directory that holds a tokenizer.json"),
};

static const char help[] =
		"Compare models on the same text, whatever their tokenizers: bits per "
		"byte, each byte scored exactly once, the first included; for every pair "
		"the difference with a 95 % interval that holds for all pairs at once; and "
		"in a sentence which one is better, or how small a difference the text "
		"could have shown. MODEL is a run, a checkpoint, a Hugging Face directory, "
		"or a file of scores that likely score has saved.\v"
		"What is compared is sums over units: documents where there are 6 or more, "
		"otherwise blocks of at least 2,048 bytes and ten correlation lengths of "
		"the difference. The interval comes from resampling the units in pairs "
		"(bootstrap-t, max-t over the pairs), p from random signs of the units' "
		"differences. A token's cost belongs to its first byte. That documents "
		"end is not counted in bits per byte; the cost with the ends stands beside "
		"it.\n\n"
		"The verdict is about these checkpoints: another seed may turn it round. "
		"To compare recipes, train each with several seeds and give --group "
		"for each; then the spread of the seeds counts.\n\n"
		"Beside the models stand baselines: n-grams of bytes fitted on the training "
		"text that the first model's run names, or --train-text, and compressors at "
		"their best settings, cold and primed with the end of that text. What of the "
		"training text is in the text compared on is reported, as is a checkpoint "
		"that was chosen by it.\n\n"
		"--json prints the events \"text\", \"model\", \"baseline\", \"leak\", "
		"\"document\", \"breakdown\", \"calibration\", \"passage\" and \"pair\".";
/* clang-format on */

static void release(lk_comparison *c)
{
	for (size_t i = 0; i < c->candidates; i++) {
		free(c->candidate[i].name);
		free(c->candidate[i].directory);
		lk_parts_free(&c->candidate[i].training);
		lk_parts_free(&c->candidate[i].validation);
		lk_costs_free(&c->candidate[i].costs);
	}
	for (size_t i = 0; i < c->contenders; i++)
		free(c->contender[i].bits);
	free(c->seen);
	free(c->baseline);
	free(c->candidate);
	free(c->contender);
	free(c->pair);
	lk_units_free(&c->units);
	lk_text_free(&c->text);
}

static lk_status compare(lk_comparison *c, const char *const *models, lk_error *error)
{
	lk_status status =
			lk_text_read(&c->text, c->options->text.text, &c->rule, error);

	if (!status) {
		c->size = lk_text_measure(&c->text.documents);
		status = lk_compare_models(c, models, error);
	}
	if (!status)
		status = lk_compare_pairs(c, error);
	if (!status)
		status = lk_compare_leaks(c, error);
	if (!status && c->options->baselines)
		status = lk_compare_baselines(c, error);
	if (!status && c->options->html)
		status = lk_compare_write_html(c, error);
	if (!status && c->options->csv)
		status = lk_compare_write_csv(c, error);
	if (!status)
		status = c->common->json ? lk_compare_print_json(c, error)
					 : lk_compare_print(c, error);
	return status;
}

/* The paths of a repeated option, NULL-terminated. */
static lk_status terminate(lk_texts *texts, lk_error *error)
{
	const char **text = realloc(texts->text, (texts->count + 1) * sizeof *text);

	if (!text)
		return lk_fail(error, LK_NOMEM, "out of memory");
	text[texts->count] = NULL;
	texts->text = text;
	return LK_OK;
}

static void check_line(const lk_command_line *line, const lk_compare_options *options)
{
	size_t named = line->argument_count + options->group.count;

	if (!options->text.count)
		lk_usage_error(line, "which text? --text FILE names it");
	if (!named)
		lk_usage_error(line, "which models? Name one at least, or --group");
	if (options->group.count && line->argument_count)
		lk_usage_error(line,
				"'%s' is one checkpoint, and --group compares recipes; "
				"put it into a group of its own runs, or leave out "
				"--group",
				line->argument[0]);
}

int lk_command_compare(int argc, char **argv)
{
	lk_compare_options options = {
		.resamples = 10000, .documents = "files", .seen = 8, .baselines = true
	};
	lk_common_options common = lk_common_options_default();
	lk_option_group comparing = { .title = "Comparing:",
		.option = rows,
		.count = sizeof rows / sizeof *rows,
		.values = &options };
	lk_option_group shared = lk_common_group(&common);
	lk_option_group *groups[] = { &comparing, &shared, NULL };
	lk_command_line line = { .arguments = "MODEL... --text FILE",
		.help = help,
		.group = groups,
		.least = 0,
		.most = SIZE_MAX };
	lk_comparison c = { .options = &options, .common = &common };
	lk_status status;
	lk_error error;

	lk_options_parse(&line, argc, argv);
	check_line(&line, &options);
	if (lk_document_rule_parse(&c.rule, options.documents, &error))
		lk_usage_error(&line, "%s", error.text);
	status = terminate(&options.text, &error);
	if (!status)
		status = compare(&c, (const char *const *)line.argument, &error);
	release(&c);
	lk_texts_free(&options.text);
	lk_texts_free(&options.group);
	lk_texts_free(&options.train_text);
	return status ? lk_complain(&error) : LK_EXIT_OK;
}
