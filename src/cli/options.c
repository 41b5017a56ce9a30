#include "cli/options.h"

#include "cli/command.h"
#include "cli/option_value.h"

#include <argp.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* argp knows options by numbers; those below are characters. */
enum { FIRST_KEY = 256, GROUPS_MOST = 8 };

void lk_texts_free(lk_texts *texts)
{
	free(texts->text);
	*texts = (lk_texts){ 0 };
}

static error_t parse_group(int key, char *text, struct argp_state *state)
{
	lk_option_group *group = state->input;
	size_t i = (size_t)(key - FIRST_KEY);
	lk_error error;

	if (key < FIRST_KEY || i >= group->count)
		return ARGP_ERR_UNKNOWN;
	if (lk_option_set(&group->option[i], group->values, text, &error))
		argp_error(state, "%s", error.text);
	group->given |= UINT64_C(1) << i;
	return 0;
}

/* The help of an option, with its choices and its default. */
static char *filter_help(int key, const char *text, void *input)
{
	const lk_option_group *group = input;
	char value[160], choices[160] = "", *full;

	if (key < FIRST_KEY || !group || !text)
		return (char *)text;
	const lk_option *row = &group->option[key - FIRST_KEY];
	if (row->kind == LK_OPTION_CHOICE)
		lk_option_choices_text(row, choices, sizeof choices);
	if (asprintf(&full, "%s%s%s (default: %s)", text, *choices ? ": " : "", choices,
			    lk_option_text(row, group->values, value, sizeof value)) <
			0)
		return (char *)text;
	return full;
}

static const char *argument_name(const lk_option *row)
{
	/* clang-format off */
	switch (row->kind) {
	case LK_OPTION_COUNT: return "N";
	case LK_OPTION_REAL: return "X";
	case LK_OPTION_CHOICE: return "NAME";
	case LK_OPTION_FLAG:
	case LK_OPTION_TEXT:
	case LK_OPTION_TEXTS: return row->unit;
	}
	/* clang-format on */
	return NULL;
}

static error_t parse_line(int key, char *text, struct argp_state *state)
{
	lk_command_line *line = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (size_t i = 0; line->group[i]; i++)
			state->child_inputs[i] = line->group[i];
		return 0;
	case ARGP_KEY_ARG:
		if (line->argument_count == line->most)
			argp_error(state,
					"too many arguments, from '%s' on; expected %s",
					text,
					*line->arguments ? line->arguments : "none");
		/* Into a place of argv that has been read already. */
		line->argument[line->argument_count++] = text;
		return 0;
	case ARGP_KEY_END:
		if (line->argument_count < line->least)
			argp_error(state, "too few arguments; expected %s",
					line->arguments);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

void lk_options_parse(lk_command_line *line, int argc, char **argv)
{
	struct argp_option options[GROUPS_MOST][LK_OPTIONS_MOST + 1] = { 0 };
	struct argp groups[GROUPS_MOST] = { 0 };
	struct argp_child children[GROUPS_MOST + 1] = { 0 };

	for (size_t g = 0; line->group[g]; g++) {
		const lk_option_group *group = line->group[g];

		assert(g < GROUPS_MOST && group->count <= LK_OPTIONS_MOST);
		for (size_t i = 0; i < group->count; i++)
			options[g][i] = (struct argp_option){
				.name = group->option[i].name,
				.key = FIRST_KEY + (int)i,
				.arg = argument_name(&group->option[i]),
				.flags = group->option[i].kind == LK_OPTION_FLAG
						? OPTION_ARG_OPTIONAL
						: 0,
				.doc = group->option[i].help,
			};
		groups[g] = (struct argp){ .options = options[g],
			.parser = parse_group,
			.help_filter = filter_help };
		children[g] = (struct argp_child){
			.argp = &groups[g], .header = group->title, .group = (int)g + 1
		};
	}
	struct argp argp = { .parser = parse_line,
		.args_doc = line->arguments,
		.doc = line->help,
		.children = children };

	line->name = argv[0];
	line->argument = argv + 1;
	line->argument_count = 0;
	if (argp_parse(&argp, argc, argv, 0, NULL, line)) {
		lk_say("out of memory");
		exit(LK_EXIT_FAILURE);
	}
	line->argument[line->argument_count] = NULL;
}

void lk_usage_error(const lk_command_line *line, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", line->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nTry `%s --help' or `%s --usage' for more information.\n",
			line->name, line->name);
	exit(LK_EXIT_USAGE);
}

/* Number of the option of that name, or count. */
static size_t find(const lk_option_group *group, const char *name)
{
	size_t i = 0;

	while (i < group->count && strcmp(group->option[i].name, name))
		i++;
	return i;
}

bool lk_options_given(const lk_option_group *group, const char *name)
{
	size_t i = find(group, name);

	assert(i < group->count);
	return group->given >> i & 1;
}

bool lk_options_settled(const lk_option_group *group, const char *name)
{
	size_t i = find(group, name);

	assert(i < group->count);
	return (group->given | group->filled) >> i & 1;
}

void lk_options_unfill(lk_option_group *group, const void *defaults)
{
	for (size_t i = 0; i < group->count; i++) {
		const lk_option *row = &group->option[i];

		if (!(group->given >> i & 1))
			memcpy((char *)group->values + row->offset,
					(const char *)defaults + row->offset, row->nbytes);
	}
	group->filled = 0;
}

lk_status lk_options_fill(lk_option_group *const *groups, const char *name,
		const char *value, lk_error *error)
{
	for (size_t g = 0; groups[g]; g++) {
		size_t i = find(groups[g], name);

		if (i == groups[g]->count)
			continue;
		if (groups[g]->given >> i & 1)
			return LK_OK;
		groups[g]->filled |= UINT64_C(1) << i;
		return lk_option_set(
				&groups[g]->option[i], groups[g]->values, value, error);
	}
	return lk_fail(error, LK_RANGE, "there is no option --%s", name);
}

lk_status lk_options_fill_number(lk_option_group *const *groups, const char *name,
		double value, lk_error *error)
{
	char text[32];

	snprintf(text, sizeof text, "%.15g", value);
	return lk_options_fill(groups, name, text, error);
}
