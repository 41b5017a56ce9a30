/* The groups of options that commands share. */
#include "base/cpu.h"
#include "cli/options.h"
#include "cli/training_options.h"

enum { THREADS_MOST = 1024 };

#define COUNT_OF(rows) (sizeof(rows) / sizeof *(rows))

/* Lists of choices are kept as int-sized enumerations (cli/option_value.c). */
_Static_assert(sizeof(lk_norm) == sizeof(unsigned), "an enumeration is an unsigned");
_Static_assert(sizeof(lk_schedule_kind) == sizeof(unsigned), "so is this one");

#define NAME_OF(name, text) text,
static const char *const norm_choices[] = { LK_NORMS(NAME_OF) NULL };
static const char *const position_choices[] = { LK_POSITIONS(NAME_OF) NULL };
static const char *const mlp_choices[] = { LK_MLPS(NAME_OF) NULL };
static const char *const bias_choices[] = { LK_BIASES(NAME_OF) NULL };
const char *const lk_optimizer_choices[] = { LK_OPTIMIZERS(NAME_OF) NULL };
const char *const lk_schedule_choices[] = { LK_SCHEDULES(NAME_OF) NULL };

lk_common_options lk_common_options_default(void)
{
	return (lk_common_options){ .seed = 1 };
}

lk_option_group lk_common_group(lk_common_options *values)
{
	/* clang-format off */
	static const lk_option rows[] = {
		{ .name = "seed", .kind = LK_OPTION_COUNT,
			.offset = offsetof(lk_common_options, seed),
			.nbytes = sizeof values->seed, .most_count = INT64_MAX,
			.help = "chooses all random numbers",
			.otherwise = "drawn anew and printed" },
		{ .name = "threads", .kind = LK_OPTION_COUNT,
			.offset = offsetof(lk_common_options, threads),
			.nbytes = sizeof values->threads, .least_count = 1,
			.most_count = THREADS_MOST, .unit = "threads",
			.help = "computing threads; results do not depend on them",
			.otherwise = "one for each processor" },
		LK_ROW_FLAG(lk_common_options, json, "json", true,
				"print JSON Lines on standard output"),
		LK_ROW_FLAG(lk_common_options, quiet, "quiet", true,
				"say nothing on standard error but what goes wrong"),
	};
	/* clang-format on */

	return (lk_option_group){ .title = "In every command:",
		.option = rows,
		.count = COUNT_OF(rows),
		.values = values };
}

int lk_common_threads(const lk_common_options *values)
{
	if (values->threads)
		return (int)values->threads;
	int count = lk_cpu_count();
	return count < THREADS_MOST ? count : THREADS_MOST;
}

lk_option_group lk_model_group(lk_model_config *values)
{
	/* clang-format off */
	/* Row 0, the vocabulary, has no option: it is left out. */
	static const lk_option rows[] = {
#define X(field, option, value, low, high, what, text) \
	LK_ROW_COUNT(lk_model_config, field, option, low, high, what, text),
		LK_MODEL_SIZES(X)
#undef X
#define X(field, option, value, low, high, text) \
	LK_ROW_REAL(lk_model_config, field, option, low, high, text),
		LK_MODEL_REALS(X)
#undef X
#define X(type, field, option, value, list, text) \
	LK_ROW_CHOICE(lk_model_config, field, option, field##_choices, text),
		LK_MODEL_CHOICES(X)
#undef X
#define X(field, option, value, text) \
	LK_ROW_DENIABLE(lk_model_config, field, option, !(value), text),
		LK_MODEL_FLAGS(X)
#undef X
	};
	/* clang-format on */

	return (lk_option_group){ .title = "Model:",
		.option = rows + 1,
		.count = COUNT_OF(rows) - 1,
		.values = values };
}

lk_training_options lk_training_options_default(void)
{
	/* clang-format off */
	return (lk_training_options){
#define X(field, option, value, ...) .field = value,
		LK_TRAINING_COUNTS(X) LK_TRAINING_REALS(X)
#undef X
#define X(type, field, option, value, ...) .field = value,
		LK_TRAINING_CHOICES(X)
#undef X
#define X(field, option, value, ...) .field = value,
		LK_TRAINING_TEXTS(X)
#undef X
	};
	/* clang-format on */
}

lk_option_group lk_training_group(lk_training_options *values)
{
	/* clang-format off */
	static const lk_option rows[] = {
#define X(field, option_name, value, low, high, what, text, instead)              \
	{ .name = option_name, .kind = LK_OPTION_COUNT,                           \
	  .offset = offsetof(lk_training_options, field),                         \
	  .nbytes = sizeof(size_t), .least_count = low, .most_count = high,       \
	  .unit = what, .help = text, .otherwise = instead },
		LK_TRAINING_COUNTS(X)
#undef X
#define X(field, option_name, value, low, high, text, instead)                    \
	{ .name = option_name, .kind = LK_OPTION_REAL,                            \
	  .offset = offsetof(lk_training_options, field),                         \
	  .nbytes = sizeof(double), .least = low, .most = high, .help = text,     \
	  .otherwise = instead },
		LK_TRAINING_REALS(X)
#undef X
#define X(type, field, option, value, list, text) \
	LK_ROW_CHOICE(lk_training_options, field, option, lk_##field##_choices, text),
		LK_TRAINING_CHOICES(X)
#undef X
#define X(field, option, text) \
	LK_ROW_FLAG(lk_training_options, field, option, true, text),
		LK_TRAINING_FLAGS(X)
#undef X
#define X(field, option_name, value, what, text, instead)                         \
	{ .name = option_name, .kind = LK_OPTION_TEXT,                            \
	  .offset = offsetof(lk_training_options, field),                         \
	  .nbytes = sizeof(char *), .unit = what, .help = text,                   \
	  .otherwise = instead },
		LK_TRAINING_TEXTS(X)
#undef X
		{ .name = "val", .kind = LK_OPTION_TEXTS,
			.offset = offsetof(lk_training_options, val),
			.nbytes = sizeof(lk_texts), .unit = "FILE",
			.help = "validate on this file and train on the whole corpus; "
				"may be repeated",
			.otherwise = "the corpus's last tenth" },
	};
	/* clang-format on */

	return (lk_option_group){ .title = "Training:",
		.option = rows,
		.count = COUNT_OF(rows),
		.values = values };
}
