/* Options as tables: numbers, presets, and options saved and read again. */
#include "cli/option_value.h"
#include "cli/presets.h"
#include "cli/training_options.h"

#include "support/main.h"

#include <string.h>

START_TEST(counts)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = { { "0", 0 }, { "007", 7 }, { "10K", 10000 }, { "1.5M", 1500000 },
		{ "2G", 2000000000 }, { "0.001K", 1 }, { "1.50K", 1500 },
		{ "18446744073709551615", UINT64_MAX } };
	static const char *const bad[] = { "", "K", "x", "-1", "+1", " 1", "1 ", "1.5", "1.",
		".5K", "1.2345K", "1KK", "1k", "0x10", "1e3", "18446744073709551616",
		"18446744073709551615K", "1.0", "1..5K" };
	uint64_t value;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_assert_msg(lk_parse_count(good[i].text, &value), "%s", good[i].text);
		ck_assert_uint_eq(value, good[i].value);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!lk_parse_count(bad[i], &value), "%s", bad[i]);
}
END_TEST

START_TEST(reals)
{
	static const char *const bad[] = { "", "x", " 1", "1 ", "1,5", "nan", "inf",
		"infinity", "0x1p3", "1e", "1e999", "--1", "1-1", "e5", "." };
	double value;

	ck_assert(lk_parse_real("0.1", &value) && value == 0.1);
	ck_assert(lk_parse_real("-1E-3", &value) && value == -1e-3);
	ck_assert(lk_parse_real("+.5", &value) && value == 0.5);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!lk_parse_real(bad[i], &value), "%s", bad[i]);
}
END_TEST

/* The groups of `likely train`, with their defaults. */
typedef struct {
	lk_model_config config;
	lk_training_options training;
	lk_common_options common;
	lk_option_group group[3];
	lk_option_group *groups[4];
} options;

static void init(options *o)
{
	o->config = lk_model_config_default();
	o->training = lk_training_options_default();
	o->common = lk_common_options_default();
	o->group[0] = lk_model_group(&o->config);
	o->group[1] = lk_training_group(&o->training);
	o->group[2] = lk_common_group(&o->common);
	for (size_t g = 0; g < 3; g++)
		o->groups[g] = &o->group[g];
	o->groups[3] = NULL;
}

/* Parse as a command would. */
static void parse(options *o, char **arguments)
{
	lk_command_line line = { .arguments = "FILE...", .help = "", .group = o->groups,
		.most = SIZE_MAX };
	int count = 0;

	while (arguments[count])
		count++;
	lk_options_parse(&line, count, arguments);
	ck_assert_uint_eq(line.argument_count, 2);
	ck_assert_str_eq(line.argument[0], "a.txt");
	ck_assert_str_eq(line.argument[1], "-");
	ck_assert_ptr_null(line.argument[2]);
}

START_TEST(parsing_remembers_what_was_given)
{
	char line[][24] = { "likely train", "--layers=3", "a.txt", "--untied", "--val", "x",
		"-", "--norm", "layernorm", "--val=y", "--seed", "9", "--learning-rate=1e-4" };
	char *arguments[14] = { NULL };
	options o;

	for (size_t i = 0; i < 13; i++)
		arguments[i] = line[i];
	init(&o);
	parse(&o, arguments);
	ck_assert_uint_eq(o.config.layers, 3);
	ck_assert(!o.config.tied);
	ck_assert_int_eq(o.config.norm, LK_LAYERNORM);
	ck_assert_uint_eq(o.common.seed, 9);
	ck_assert_double_eq(o.training.learning_rate, 1e-4);
	ck_assert_uint_eq(o.training.val.count, 2);
	ck_assert_str_eq(o.training.val.text[1], "y");
	ck_assert(lk_options_given(o.groups[0], "layers"));
	ck_assert(lk_options_given(o.groups[0], "untied"));
	ck_assert(!lk_options_given(o.groups[0], "heads"));
	ck_assert(lk_options_given(o.groups[1], "val"));
	ck_assert(!lk_options_given(o.groups[2], "threads"));
	lk_texts_free(&o.training.val);
}
END_TEST

START_TEST(no_name_occurs_twice)
{
	options o;

	init(&o);
	for (size_t g = 0; o.groups[g]; g++) {
		ck_assert_uint_le(o.groups[g]->count, LK_OPTIONS_MOST);
		for (size_t i = 0; i < o.groups[g]->count; i++)
			for (size_t h = 0; h <= g; h++)
				for (size_t j = 0; j < (h < g ? o.groups[h]->count : i); j++)
					ck_assert_str_ne(o.groups[g]->option[i].name,
							o.groups[h]->option[j].name);
	}
}
END_TEST

START_TEST(presets_are_complete_models)
{
	const lk_preset *preset = lk_preset_at((size_t)_i);
	options o;
	lk_error error;

	init(&o);
	ck_assert_int_eq(lk_preset_apply(preset->name, o.groups, &error), LK_OK);
	ck_assert_ptr_eq(lk_preset_find(preset->name), preset);
	ck_assert_ptr_nonnull(strstr(LK_PRESET_NAMES, preset->name));
	o.config.vocabulary = 65;
	ck_assert_msg(!lk_model_config_complete(&o.config, &error), "%s", error.text);
	/* settings are in nobody's way */
	for (size_t g = 0; g < 3; g++)
		ck_assert_uint_eq(o.group[g].given, 0);
}
END_TEST

START_TEST(published_numbers)
{
	options o;

	init(&o);
	ck_assert_int_eq(lk_preset_apply("nanogpt-cpu", o.groups, NULL), LK_OK);
	o.config.vocabulary = 65;
	ck_assert_int_eq(lk_model_config_complete(&o.config, NULL), LK_OK);
	/* 4 layers of 12 C^2 + 2 C, embeddings of 65 and 64, one gain */
	ck_assert_uint_eq(lk_model_config_parameters(&o.config),
			4 * (12 * 128 * 128 + 2 * 128) + (65 + 64) * 128 + 128);
	ck_assert_uint_eq(o.training.batch, 12);
	ck_assert_uint_eq(o.training.steps, 2000);
	ck_assert_double_eq(o.training.min_learning_rate, 1e-4);
	init(&o);
	ck_assert_int_eq(lk_preset_apply("gpt2-124m", o.groups, NULL), LK_OK);
	o.config.vocabulary = 50257;
	ck_assert_int_eq(lk_model_config_complete(&o.config, NULL), LK_OK);
	ck_assert_uint_eq(lk_model_config_parameters(&o.config), 124439808);
}
END_TEST

START_TEST(the_user_comes_before_the_preset)
{
	char line[][24] = { "likely train", "a.txt", "-", "--layers=3", "--minutes=2" };
	char *arguments[6] = { NULL };
	options o;
	lk_error error;

	for (size_t i = 0; i < 5; i++)
		arguments[i] = line[i];
	init(&o);
	parse(&o, arguments);
	ck_assert_int_eq(lk_preset_apply("nanogpt-cpu", o.groups, NULL), LK_OK);
	ck_assert_uint_eq(o.config.layers, 3);
	ck_assert_uint_eq(o.config.width, 128);
	ck_assert_uint_eq(o.training.steps, 0); /* minutes instead */
	ck_assert_int_eq(lk_preset_apply("nanogpt", o.groups, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, LK_PRESET_NAMES));
}
END_TEST

START_TEST(filling_in)
{
	options o;
	lk_error error;

	init(&o);
	ck_assert_int_eq(lk_options_fill(o.groups, "untied", "yes", NULL), LK_OK);
	ck_assert(!o.config.tied);
	ck_assert_int_eq(lk_options_fill(o.groups, "untied", "no", NULL), LK_OK);
	ck_assert(o.config.tied);
	ck_assert_int_eq(lk_options_fill(o.groups, "untied", "maybe", NULL), LK_RANGE);
	ck_assert_int_eq(lk_options_fill(o.groups, "nosuch", "1", NULL), LK_RANGE);
	ck_assert_int_eq(lk_options_fill(o.groups, "width", "0", &error), LK_RANGE);
	ck_assert_str_eq(error.text, "--width 0 is out of range; use 1 to 65536 channels");
}
END_TEST

/* Every option away from its default, through JSON and back. */
START_TEST(saved_options_come_back)
{
	options o, again;
	json_t *saved[3];

	init(&o);
	o.config.layers = 7;
	o.config.dropout = 0.1 + 0.2;
	o.config.mlp = LK_RELU2;
	o.config.tied = false;
	o.training.steps = 123456789012;
	o.training.learning_rate = 1.0 / 3;
	o.training.schedule = LK_SCHEDULE_WSD;
	o.training.nesterov = true;
	o.training.out = "a \"b\"";
	const char *val[] = { "x", "y" };
	o.training.val = (lk_texts){ val, 2 };
	o.common.seed = INT64_MAX;
	init(&again);
	for (size_t g = 0; g < 3; g++) {
		saved[g] = lk_options_json(&o.group[g]);
		char *text = json_dumps(saved[g], JSON_REAL_PRECISION(17));
		json_decref(saved[g]);
		saved[g] = json_loads(text, 0, NULL);
		free(text);
		ck_assert_int_eq(lk_options_fill_json(&again.group[g], saved[g], "run.json",
				NULL), LK_OK);
	}
	ck_assert_mem_eq(&again.config, &o.config, sizeof o.config);
	ck_assert_uint_eq(again.training.steps, o.training.steps);
	ck_assert_double_eq(again.training.learning_rate, o.training.learning_rate);
	ck_assert_int_eq(again.training.schedule, LK_SCHEDULE_WSD);
	ck_assert(again.training.nesterov && !again.training.resume);
	ck_assert_str_eq(again.training.out, "a \"b\"");
	ck_assert_uint_eq(again.training.val.count, 2);
	ck_assert_str_eq(again.training.val.text[1], "y");
	ck_assert_uint_eq(again.common.seed, INT64_MAX);
	lk_texts_free(&again.training.val);
	for (size_t g = 0; g < 3; g++)
		json_decref(saved[g]);
}
END_TEST

START_TEST(saved_options_are_checked)
{
	static const char *const bad[] = { "{\"layers\": \"x\"}", "{\"layers\": -1}",
		"{\"layers\": 1.5}", "{\"layers\": [1]}", "{\"norm\": \"batchnorm\"}",
		"{\"norm\": 3}", "{\"untied\": 7}", "{\"dropout\": \"inf\"}",
		"{\"dropout\": {}}" };
	options o;
	lk_error error;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		json_t *object = json_loads(bad[i], 0, NULL);

		init(&o);
		ck_assert_msg(lk_options_fill_json(o.groups[0], object, "run.json", &error),
				"%s", bad[i]);
		ck_assert_msg(!strncmp(error.text, "run.json: ", 10), "%s", error.text);
		json_decref(object);
	}
	json_t *object = json_loads("{\"val\": [1], \"out\": 5, \"later\": 1}", 0, NULL);
	init(&o);
	ck_assert_int_eq(lk_options_fill_json(o.groups[1], object, "run.json", &error),
			LK_FORMAT);
	json_object_del(object, "out");
	ck_assert_int_eq(lk_options_fill_json(o.groups[1], object, "run.json", &error),
			LK_FORMAT);
	json_object_del(object, "val");
	ck_assert_int_eq(lk_options_fill_json(o.groups[1], object, "run.json", &error),
			LK_OK);
	json_decref(object);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("options");
	TCase *t = tcase_create("options");

	tcase_add_test(t, counts);
	tcase_add_test(t, reals);
	tcase_add_test(t, parsing_remembers_what_was_given);
	tcase_add_test(t, no_name_occurs_twice);
	tcase_add_loop_test(t, presets_are_complete_models, 0, 5);
	tcase_add_test(t, published_numbers);
	tcase_add_test(t, the_user_comes_before_the_preset);
	tcase_add_test(t, filling_in);
	tcase_add_test(t, saved_options_come_back);
	tcase_add_test(t, saved_options_are_checked);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
