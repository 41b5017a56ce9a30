/* A configuration that is misread gives a model that runs and is wrong: every
 * word that changes the numbers is either understood or refused by its name. */
#include "formats/config_json.h"
#include "formats/json.h"
#include "formats/models.h"
#include "support/main.h"

#include <string.h>

static lk_error error;
static lk_model_config config;
static lk_family family;

static lk_status read_text(const char *text)
{
	json_t *object;
	lk_status status = lk_json_parse(&object, text, strlen(text), "config.json",
			&error);

	if (!status) {
		status = lk_config_from_json(&config, &family, object, "config.json",
				&error);
		json_decref(object);
	}
	return status;
}

START_TEST(every_configuration_comes_back)
{
	lk_model_config before = test_config(&model_cases[_i]);
	json_t *object;
	char *text;

	ck_assert_int_eq(lk_config_to_json(&object, &before, LK_F32, 256, &error),
			LK_OK);
	text = lk_json_document(object);
	json_decref(object);
	ck_assert_msg(!read_text(text), "%s\n%s", error.text, text);
	ck_assert_str_eq(lk_family_name(family), model_cases[_i].family);
	free(text);
#define X(field, ...) ck_assert_uint_eq(config.field, before.field);
	LK_MODEL_SIZES(X)
#undef X
#define X(field, ...)                                                              \
	ck_assert_msg(config.field == before.field || before.position != LK_ROPE, \
			#field ": %g %g", config.field, before.field);
	LK_MODEL_REALS(X)
#undef X
#define X(type, field, ...) ck_assert_int_eq(config.field, before.field);
	LK_MODEL_CHOICES(X)
#undef X
#define X(field, ...) ck_assert_int_eq(config.field, before.field);
	LK_MODEL_FLAGS(X)
#undef X
}
END_TEST

#define GPT2                                                                      \
	"\"model_type\":\"gpt2\",\"vocab_size\":50,\"n_positions\":16,\"n_embd\":8," \
	"\"n_layer\":2,\"n_head\":2"
#define LLAMA                                                                \
	"\"model_type\":\"llama\",\"vocab_size\":50,\"hidden_size\":8,"      \
	"\"intermediate_size\":16,\"num_hidden_layers\":2,"                  \
	"\"num_attention_heads\":2,\"max_position_embeddings\":16"
#define QWEN3                                                                \
	"\"model_type\":\"qwen3\",\"vocab_size\":50,\"hidden_size\":8,"      \
	"\"intermediate_size\":16,\"num_hidden_layers\":2,"                  \
	"\"num_attention_heads\":2,\"max_position_embeddings\":16,"          \
	"\"num_key_value_heads\":1"

START_TEST(what_is_absent_has_the_familys_default)
{
	ck_assert_msg(!read_text("{" GPT2 "}"), "%s", error.text);
	ck_assert(config.tied && config.bias == LK_BIAS_ALL && config.mlp == LK_GELU);
	ck_assert_uint_eq(config.hidden, 32);
	ck_assert(config.norm_epsilon == 1e-5);
	ck_assert_msg(!read_text("{" LLAMA "}"), "%s", error.text);
	ck_assert(!config.tied && config.bias == LK_BIAS_NONE && !config.qk_norm);
	ck_assert_uint_eq(config.kv_heads, 2);
	ck_assert_uint_eq(config.head_size, 4);
	ck_assert(config.norm_epsilon == 1e-6 && config.rope_base == 10000);
	/* a llama's own words about biases are the ones that count */
	ck_assert_msg(!read_text("{" LLAMA ",\"likely\":{\"bias\":\"all\"}}"), "%s",
			error.text);
	ck_assert_int_eq(config.bias, LK_BIAS_NONE);
	ck_assert_msg(!read_text("{" QWEN3 "}"), "%s", error.text);
	ck_assert(!config.tied && config.qk_norm);
	ck_assert_uint_eq(config.head_size, 128);
	ck_assert_msg(!read_text("{" QWEN3 ",\"head_dim\":null}"), "%s", error.text);
	ck_assert_uint_eq(config.head_size, 4);
}
END_TEST

/* clang-format off */
static const char *const accepted[] = {
	"{" GPT2 ",\"n_inner\":null,\"reorder_and_upcast_attn\":true,\"n_ctx\":16}",
	"{" GPT2 ",\"activation_function\":\"gelu_pytorch_tanh\"}",
	"{" GPT2 ",\"activation_function\":\"gelu_fast\"}",
	"{" GPT2 ",\"architectures\":[\"GPT2LMHeadModel\"],\"quantization_config\":null}",
	"{" GPT2 ",\"scale_attn_by_inverse_layer_idx\":false,\"add_cross_attention\":false}",
	"{" LLAMA ",\"rope_scaling\":null,\"rope_theta\":500,\"hidden_act\":\"silu\"}",
	"{" LLAMA ",\"rope_scaling\":{\"type\":\"default\"},\"rope_theta\":500}",
	"{" LLAMA ",\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":500}}",
	"{" LLAMA ",\"rope_parameters\":{\"rope_theta\":500},\"rope_theta\":7}",
	"{" LLAMA ",\"rope_theta\":500,\"rope_parameters\":null,\"head_dim\":null}",
	"{" QWEN3 ",\"rope_parameters\":{\"full_attention\":{\"rope_type\":\"default\",\"rope_theta\":500}}}",
	"{" QWEN3 ",\"rope_theta\":500,\"layer_types\":[\"full_attention\",\"full_attention\"],"
		"\"use_sliding_window\":false,\"sliding_window\":null,\"max_window_layers\":28}",
};
static const struct { const char *text, *says; lk_status status; } refused[] = {
	{ "{}",                                                       "\"model_type\" is missing", LK_FORMAT },
	{ "{\"model_type\":\"bert\"}",                                "\"bert\" is not supported (gpt2, llama", LK_UNSUPPORTED },
	{ "{\"model_type\":7}",                                       "model_type", LK_FORMAT },
	{ "{" GPT2 ",\"architectures\":[\"GPT2ForSequenceClassification\"]}", "GPT2LMHeadModel is", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"activation_function\":\"gelu\"}",              "\"gelu\"", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"activation_function\":\"relu\"}",              "\"relu\"", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"scale_attn_weights\":false}",                  "scale_attn_weights", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"scale_attn_by_inverse_layer_idx\":true}",      "scale_attn_by_inverse", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"add_cross_attention\":true}",                  "add_cross_attention", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"quantization_config\":{}}",                    "quantization_config", LK_UNSUPPORTED },
	{ "{" GPT2 ",\"n_embd\":9}",                                  "line 1", LK_FORMAT },
	{ "{" GPT2 ",\"likely\":{\"bias\":\"some\"}}",                "none of none", LK_FORMAT },
	{ "{" GPT2 ",\"likely\":{\"dropout\":2}}",                    "dropout", LK_RANGE },
	{ "{" LLAMA ",\"hidden_act\":\"gelu\"}",                      "hidden_act", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}}", "rope_scaling", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"rope_scaling\":{\"rope_type\":\"llama3\"}}",  "llama3", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"rope_parameters\":{\"rope_type\":\"yarn\"}}", "yarn", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"rope_parameters\":{\"partial_rotary_factor\":0.5}}", "partial_rotary_factor", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"partial_rotary_factor\":0.5}",                "partial_rotary_factor", LK_UNSUPPORTED },
	{ "{" LLAMA ",\"rope_parameters\":[]}",                       "rope_parameters", LK_FORMAT },
	{ "{" LLAMA ",\"num_key_value_heads\":3}",                    "kv-heads", LK_RANGE },
	{ "{" LLAMA ",\"num_key_value_heads\":0}",                    "num_key_value_heads", LK_RANGE },
	{ "{" LLAMA ",\"head_dim\":5}",                               "odd", LK_RANGE },
	{ "{" LLAMA ",\"rms_norm_eps\":0}",                           "norm-epsilon", LK_RANGE },
	{ "{" LLAMA ",\"rope_theta\":\"x\"}",                         "rope_theta", LK_FORMAT },
	{ "{" QWEN3 ",\"use_sliding_window\":true}",                  "use_sliding_window", LK_UNSUPPORTED },
	{ "{" QWEN3 ",\"layer_types\":[\"full_attention\",\"sliding_attention\"]}", "layer 1", LK_UNSUPPORTED },
	{ "{\"model_type\":\"gpt2\",\"vocab_size\":50}",              "n_positions", LK_FORMAT },
	{ "{\"model_type\":\"gpt2\",\"vocab_size\":0}",               "vocab_size", LK_RANGE },
	{ "{\"model_type\":\"gpt2\",\"vocab_size\":-5}",              "vocab_size", LK_RANGE },
	{ "{\"model_type\":\"gpt2\",\"vocab_size\":1e3}",             "vocab_size", LK_FORMAT },
	{ "{\"model_type\":\"likely\",\"vocabulary\":50}",            "context", LK_FORMAT },
};
/* clang-format on */

START_TEST(equivalent_words_are_accepted)
{
	ck_assert_msg(!read_text(accepted[_i]), "%s", error.text);
	if (config.position == LK_ROPE)
		ck_assert(config.rope_base == 500);
}
END_TEST

START_TEST(what_is_not_modelled_is_refused_by_name)
{
	ck_assert_int_eq(read_text(refused[_i].text), refused[_i].status);
	ck_assert_msg(strstr(error.text, refused[_i].says) &&
					!strncmp(error.text, "config.json: ", 13),
			"%s", error.text);
}
END_TEST

START_TEST(truncations_and_flipped_bits_end_cleanly)
{
	lk_model_config before = test_config(&model_cases[_i]);
	json_t *object;
	char *text;
	size_t length;

	lk_config_to_json(&object, &before, LK_F32, 256, &error);
	text = lk_json_document(object);
	json_decref(object);
	length = strlen(text);
	for (size_t i = 0; i < length; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] ^= (char)(1 << bit);
			if (text[i]) /* read_text takes a string */
				read_text(text);
			text[i] ^= (char)(1 << bit);
		}
	}
	for (size_t i = length - 1; i-- > 0;) {
		text[i] = '\0';
		ck_assert_int_eq(read_text(text), LK_FORMAT);
	}
	free(text);
}
END_TEST

static Suite *config_suite(void)
{
	Suite *suite = suite_create("config.json");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, every_configuration_comes_back, 0, model_case_count);
	tcase_add_test(all, what_is_absent_has_the_familys_default);
	tcase_add_loop_test(all, equivalent_words_are_accepted, 0,
			sizeof accepted / sizeof *accepted);
	tcase_add_loop_test(all, what_is_not_modelled_is_refused_by_name, 0,
			sizeof refused / sizeof *refused);
	tcase_add_loop_test(all, truncations_and_flipped_bits_end_cleanly, 0,
			model_case_count);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(config_suite)
