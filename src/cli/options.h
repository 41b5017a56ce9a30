/* cli/options.h
 * Command lines from tables.
 *
 * An option is a row: name, kind, range, and the field of a struct that it
 * sets. Rows that belong together form a group, whose struct holds the defaults
 * before parsing: --help shows what it finds there. Parsing remembers which
 * options the user gave, so that presets and saved options fill in the others.
 *
 * Counts may end in K, M or G (powers of 1000): 10K, 1.5M. Numbers are read
 * whole and must lie in the row's range; otherwise the command ends with status
 * 2 and a message that names option and range. So do unknown options and
 * abbreviations that are ambiguous. */
#ifndef LK_CLI_OPTIONS_H
#define LK_CLI_OPTIONS_H

#include "base/status.h"
#include "model/config.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	LK_OPTION_COUNT,  /* size_t or uint64_t */
	LK_OPTION_REAL,   /* double */
	LK_OPTION_CHOICE, /* an enumeration from 0, by name */
	LK_OPTION_FLAG,   /* bool; takes no argument, or, where the row has a unit,
			     =yes or =no */
	LK_OPTION_TEXT,   /* const char *, NULL: none; "-" is just text */
	LK_OPTION_TEXTS,  /* lk_texts; the option may be repeated */
} lk_option_kind;

/* What a repeatable option was given; the array is malloc'd, the strings are
 * the command line's. */
typedef struct {
	const char **text;
	size_t count;
} lk_texts;

void lk_texts_free(lk_texts *texts);

typedef struct {
	const char *name; /* without the dashes */
	lk_option_kind kind;
	size_t offset, nbytes;         /* of the field */
	uint64_t least_count, most_count;
	double least, most;            /* of reals */
	const char *const *choices;    /* NULL-terminated */
	bool flagged;                  /* a flag's value when it is given */
	const char *unit;              /* of counts; what stands for the argument
					  of texts: "FILE"; of flags that can be
					  denied: "yes|no" */
	const char *help;
	const char *otherwise;         /* what --help says instead of a default of
					  0 or none; may be NULL */
} lk_option;

enum { LK_OPTIONS_MOST = 64 }; /* rows of a group */

typedef struct {
	const char *title; /* heading in --help */
	const lk_option *option;
	size_t count;
	void *values;   /* the struct that rows point into */
	uint64_t given; /* bit i: the user gave option i */
	uint64_t filled; /* likewise: a preset did (lk_options_fill) */
} lk_option_group;

/* Rows from X-macro tables such as those of model/config.h. `type` is the
 * struct; the rows of choices want lists NAME_choices. */
#define LK_ROW_COUNT(type, field, option, low, high, what, text)                   \
	{ .name = option, .kind = LK_OPTION_COUNT, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .least_count = low,                 \
	  .most_count = high, .unit = what, .help = text }
#define LK_ROW_REAL(type, field, option, low, high, text)                         \
	{ .name = option, .kind = LK_OPTION_REAL, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .least = low, .most = high,        \
	  .help = text }
#define LK_ROW_CHOICE(type, field, option, list, text)                              \
	{ .name = option, .kind = LK_OPTION_CHOICE, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .choices = list, .help = text }
#define LK_ROW_FLAG(type, field, option, value, text)                             \
	{ .name = option, .kind = LK_OPTION_FLAG, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .flagged = value, .help = text }
#define LK_ROW_DENIABLE(type, field, option, value, text)                         \
	{ .name = option, .kind = LK_OPTION_FLAG, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .flagged = value,                  \
	  .unit = "yes|no", .help = text }
#define LK_ROW_TEXT(type, field, option, what, text)                              \
	{ .name = option, .kind = LK_OPTION_TEXT, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .unit = what, .help = text }
#define LK_ROW_TEXTS(type, field, option, what, text)                              \
	{ .name = option, .kind = LK_OPTION_TEXTS, .offset = offsetof(type, field), \
	  .nbytes = sizeof ((type *)0)->field, .unit = what, .help = text }

/* Options of every command. */
typedef struct {
	uint64_t seed;
	size_t threads; /* 0: as many as processors; see lk_common_threads */
	bool json, quiet;
} lk_common_options;

lk_common_options lk_common_options_default(void); /* seed 1 */
lk_option_group lk_common_group(lk_common_options *values);
int lk_common_threads(const lk_common_options *values);

/* Options of a model: the tables of model/config.h. */
lk_option_group lk_model_group(lk_model_config *values);

/* A command's line. */
typedef struct {
	const char *arguments; /* as --help shows them: "MODEL FILE..." */
	const char *help;      /* what the command does; after "\v", what follows
				  the options */
	lk_option_group *const *group; /* NULL-terminated */
	size_t least, most;    /* arguments that are no options; "-" is one */
	/* set by parsing */
	const char *name;      /* "likely eval" */
	char **argument;       /* points into argv, NULL-terminated */
	size_t argument_count;
} lk_command_line;

/* Parse; on --help, --usage and --version print and exit 0, on a mistake exit 2
 * with a message. Arguments and options may alternate, "--" ends the options.
 * An option given twice has its last value. */
void lk_options_parse(lk_command_line *line, int argc, char **argv);

/* Did the user give it? The option must exist in the group. */
bool lk_options_given(const lk_option_group *group, const char *name);

/* Did the user give it, or has it been filled in? */
bool lk_options_settled(const lk_option_group *group, const char *name);

/* What the user did not give becomes what defaults, a struct like values, holds;
 * nothing has been filled in then. */
void lk_options_unfill(lk_option_group *group, const void *defaults);

/* Set an option of one of these groups (NULL-terminated) as if the user had
 * written --name=value (a flag: "yes" or "no"), unless the user gave it. A name
 * that no group has, or a value it does not take, fails with LK_RANGE. */
lk_status lk_options_fill(lk_option_group *const *groups, const char *name,
		const char *value, lk_error *error);

/* The same, of a count or a real. */
lk_status lk_options_fill_number(lk_option_group *const *groups, const char *name,
		double value, lk_error *error);

/* All options of a group under their names, as JSON: counts, reals, names of
 * choices, whether flags are set, texts or null, arrays of texts; a count that the
 * user could not have given is null. A new reference; NULL when out of memory. */
json_t *lk_options_json(const lk_option_group *group);

/* Fill in, from such an object, what the user did not give; members that no
 * option has are ignored. Texts live as long as the object. what names the
 * object in messages. */
lk_status lk_options_fill_json(lk_option_group *group, const json_t *object,
		const char *what, lk_error *error);

/* End the command with status 2 for a usage mistake that no single option makes
 * (two that exclude each other, say): the message, and where to find help. */
_Noreturn void lk_usage_error(const lk_command_line *line, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

#endif
