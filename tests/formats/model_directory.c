/* Other people's names, orders and transposes meet ours here: a row in the wrong
 * place gives a model that loads without a word and is another model. */
#include "formats/model_directory.h"
#include "base/file.h"
#include "formats/json.h"
#include "formats/models.h"
#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"
#include "support/main.h"
#include "support/scratch.h"

#include <unistd.h>

static lk_error error;

static lk_tokenizer *new_byte(void)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, &error), LK_OK);
	return tokenizer;
}

/* A directory "model" with this model in it; its path. */
static const char *write_model(const lk_model *model)
{
	const char *path = test_path("model");
	lk_tokenizer *tokenizer = new_byte();

	ck_assert_int_eq(lk_directory_remove(path, &error), LK_OK);
	ck_assert_int_eq(lk_directory_make(path, &error), LK_OK);
	ck_assert_msg(!lk_model_directory_write(path, model, tokenizer, &error), "%s",
			error.text);
	lk_tokenizer_free(tokenizer);
	return path;
}

START_TEST(every_family_comes_back_to_the_bit)
{
	lk_model_config config = test_config(&model_cases[_i]), read;
	lk_isa isas[] = { LK_ISA_F64, lk_isa_best() };

	ck_assert_str_eq(lk_model_family(&config), model_cases[_i].family);
	for (int k = 0; k < 2; k++) {
		lk_model *model = test_model(&config, isas[k], 7), *again;
		lk_tokenizer *tokenizer;
		const char *path = write_model(model);

		ck_assert_msg(!lk_model_directory_config(&read, path, &error), "%s",
				error.text);
		ck_assert_int_eq(read.bias, config.bias);
		ck_assert_msg(!lk_model_directory_load(&again, path, isas[k], &error),
				"%s", error.text);
		ck_assert(test_same_weights(model, again));
		ck_assert_int_eq(lk_model_directory_tokenizer(&tokenizer, path, &error),
				LK_OK);
		ck_assert_uint_eq(tokenizer->vocabulary, 257);
		lk_tokenizer_free(tokenizer);
		lk_model_free(again);
		lk_model_free(model);
	}
}
END_TEST

static float value_at(const lk_tensor *tensors, size_t count, const char *name,
		size_t row, size_t column)
{
	const lk_tensor *t = lk_tensor_find(tensors, count, name);

	ck_assert_msg(t != NULL, "%s", name);
	ck_assert(row < t->shape[0] && (t->rank < 2 || column < t->shape[1]));
	return ((const float *)t->data)[row * (t->rank > 1 ? t->shape[1] : 1) + column];
}

#define SAME(here, row, column, there, row2, column2)             \
	ck_assert(value_at(own, own_count, here, row, column) ==  \
			value_at(other, other_count, there, row2, column2))

START_TEST(gpt2_has_its_matrices_turned)
{
	lk_model_config config = test_config(&model_cases[1]); /* no biases */
	lk_model *model = test_model(&config, lk_isa_best(), 1);
	lk_tensor *other;
	size_t own_count, other_count;
	const lk_tensor *own = lk_model_parameters(model, &own_count);

	ck_assert_int_eq(lk_model_directory_export(&other, &other_count, model, own,
					 own_count, true, &error), LK_OK);
	ck_assert_str_eq(other[0].name, "transformer.wte.weight");
	ck_assert_str_eq(other[2].name, "transformer.h.0.ln_1.weight");
	ck_assert_str_eq(other[other_count - 1].name, "transformer.ln_f.bias");
	SAME("embedding.token.weight", 256, 3, "transformer.wte.weight", 256, 3);
	SAME("embedding.position.weight", 9, 11, "transformer.wpe.weight", 9, 11);
	SAME("layer.1.attention.qkv.weight", 30, 5,
			"transformer.h.1.attn.c_attn.weight", 5, 30);
	SAME("layer.2.attention.output.weight", 11, 2,
			"transformer.h.2.attn.c_proj.weight", 2, 11);
	SAME("layer.0.mlp.up.weight", 19, 2, "transformer.h.0.mlp.c_fc.weight", 2, 19);
	SAME("layer.0.mlp.down.weight", 2, 19, "transformer.h.0.mlp.c_proj.weight", 19,
			2);
	SAME("layer.2.mlp.norm.gain", 4, 0, "transformer.h.2.ln_2.weight", 4, 0);
	ck_assert(value_at(other, other_count, "transformer.h.1.mlp.c_fc.bias", 19,
				  0) == 0);
	ck_assert_ptr_null(lk_tensor_find(other, other_count, "lm_head.weight"));
	free(other);
	ck_assert_int_eq(lk_model_directory_export(&other, &other_count, model, own,
					 own_count, false, &error), LK_OK);
	ck_assert_ptr_null(lk_tensor_find(other, other_count,
			"transformer.h.1.mlp.c_fc.bias"));
	free(other);
	lk_model_free(model);
}
END_TEST

START_TEST(llama_has_its_rows_apart)
{
	lk_model_config config = test_config(&model_cases[7]); /* H 4, K 2, D 4 */
	lk_model *model = test_model(&config, lk_isa_best(), 1);
	lk_tensor *other;
	size_t own_count, other_count;
	const lk_tensor *own = lk_model_parameters(model, &own_count);

	ck_assert_int_eq(lk_model_directory_export(&other, &other_count, model, own,
					 own_count, true, &error), LK_OK);
	SAME("layer.1.attention.qkv.weight", 15, 5,
			"model.layers.1.self_attn.q_proj.weight", 15, 5);
	SAME("layer.1.attention.qkv.weight", 16, 5,
			"model.layers.1.self_attn.k_proj.weight", 0, 5);
	SAME("layer.1.attention.qkv.weight", 24, 5,
			"model.layers.1.self_attn.v_proj.weight", 0, 5);
	SAME("layer.1.attention.qkv.bias", 31, 0,
			"model.layers.1.self_attn.v_proj.bias", 7, 0);
	SAME("layer.0.mlp.gate_up.weight", 19, 1, "model.layers.0.mlp.gate_proj.weight",
			19, 1);
	SAME("layer.0.mlp.gate_up.weight", 20, 1, "model.layers.0.mlp.up_proj.weight",
			0, 1);
	SAME("layer.0.mlp.gate_up.bias", 39, 0, "model.layers.0.mlp.up_proj.bias", 19,
			0);
	SAME("layer.0.attention.norm.gain", 3, 0,
			"model.layers.0.input_layernorm.weight", 3, 0);
	SAME("layer.0.mlp.norm.gain", 3, 0,
			"model.layers.0.post_attention_layernorm.weight", 3, 0);
	SAME("head.weight", 256, 11, "lm_head.weight", 256, 11);
	free(other);
	lk_model_free(model);
}
END_TEST

/* What a change does to the tensors of a file, and what loading then says. */
enum { KEEP, DROP, RENAME, RESHAPE, ADD, INTEGER };

/* Write model/model.safetensors anew with one tensor changed. Every tensor is
 * read whole: these models are small. */
static void rewrite(const char *file, int change, const char *name, const char *new)
{
	lk_safetensors *in;
	const lk_tensor *tensor;
	lk_tensor *out;
	size_t count, used = 0;

	ck_assert_int_eq(lk_safetensors_open(&in, file, &error), LK_OK);
	tensor = lk_safetensors_tensors(in, &count);
	out = calloc(count + 1, sizeof *out);
	for (size_t i = 0; i < count; i++) {
		bool this = name && !strcmp(tensor[i].name, name);

		if (this && change == DROP)
			continue;
		out[used] = tensor[i];
		out[used].data = malloc(lk_tensor_nbytes(&tensor[i]));
		ck_assert_int_eq(lk_safetensors_read(in, i, 0,
						 lk_tensor_count(&tensor[i]),
						 tensor[i].dtype, out[used].data,
						 &error), LK_OK);
		if (this && change == RENAME)
			snprintf(out[used].name, LK_TENSOR_NAME, "%s", new);
		if (this && change == RESHAPE) {
			out[used].shape[1] = out[used].shape[0];
			out[used].shape[0] = tensor[i].rank > 1 ? tensor[i].shape[1]
								: 1;
			out[used].rank = 2;
		}
		if (this && change == INTEGER)
			out[used].dtype = LK_I32;
		used++;
	}
	if (change == ADD) {
		out[used] = (lk_tensor){ .dtype = LK_U8, .rank = 4,
			.shape = { 1, 1, 2, 2 }, .data = calloc(4, 1) };
		snprintf(out[used++].name, LK_TENSOR_NAME, "%s", name);
	}
	lk_safetensors_close(in);
	ck_assert_int_eq(lk_safetensors_write(file, out, used, NULL, NULL, NULL, NULL,
					 &error), LK_OK);
	for (size_t i = 0; i < used; i++)
		free(out[i].data);
	free(out);
}

/* clang-format off */
static const struct { int model, change; const char *name, *new; lk_status status; const char *says; } changes[] = {
	{ 0, KEEP,    NULL, NULL, LK_OK, "" },
	{ 0, DROP,    "transformer.h.1.ln_1.bias", NULL, LK_FORMAT, "transformer.h.1.ln_1.bias of shape [12] is missing" },
	{ 0, RENAME,  "transformer.h.1.ln_1.bias", "h.1.ln_1.bias", LK_OK, "" },
	{ 0, RENAME,  "transformer.h.1.ln_1.bias", "h.3.ln_1.bias", LK_FORMAT, "is missing" },
	{ 0, RESHAPE, "transformer.h.1.mlp.c_fc.weight", NULL, LK_FORMAT, "has shape [20, 12]; config.json asks for [12, 20]" },
	{ 0, RESHAPE, "transformer.ln_f.weight", NULL, LK_FORMAT, "has shape [1, 12]; config.json asks for [12]" },
	{ 0, ADD,     "transformer.h.0.attn.bias", NULL, LK_OK, "" },
	{ 0, ADD,     "h.0.attn.masked_bias", NULL, LK_OK, "" },
	{ 0, ADD,     "transformer.h.x.attn.bias", NULL, LK_FORMAT, "h.x.attn.bias of shape [1, 1, 2, 2] is none of" },
	{ 0, ADD,     "lm_head.weight", NULL, LK_FORMAT, "asks for [257, 12]" },
	{ 0, ADD,     "model.norm.weight", NULL, LK_FORMAT, "is none of" },
	{ 0, INTEGER, "transformer.ln_f.weight", NULL, LK_FORMAT, "dtype I32" },
	{ 4, ADD,     "model.layers.2.self_attn.rotary_emb.inv_freq", NULL, LK_OK, "" },
	{ 4, ADD,     "model.layers.2.self_attn.q_proj.bias", NULL, LK_FORMAT, "is none of" },
	{ 4, DROP,    "model.layers.2.mlp.up_proj.weight", NULL, LK_FORMAT, "is missing" },
	{ 7, DROP,    "lm_head.weight", NULL, LK_FORMAT, "lm_head.weight of shape [257, 12] is missing" },
	{ 15, ADD,    "lm_head.weight", NULL, LK_FORMAT, "is none of" },
	{ 15, DROP,   "norm.gain", NULL, LK_FORMAT, "norm.gain" },
};
/* clang-format on */

START_TEST(tensors_are_all_there_and_fit)
{
	lk_model_config config = test_config(&model_cases[changes[_i].model]);
	lk_model *model = test_model(&config, lk_isa_best(), 5), *again;
	const char *path = write_model(model);
	char *file = lk_path_join(path, "model.safetensors");
	lk_status status;

	rewrite(file, changes[_i].change, changes[_i].name, changes[_i].new);
	status = lk_model_directory_load(&again, path, lk_isa_best(), &error);
	ck_assert_msg(status == changes[_i].status, "%s", error.text);
	if (status) {
		ck_assert_msg(strstr(error.text, changes[_i].says) &&
						strstr(error.text, path),
				"%s", error.text);
	} else {
		ck_assert(test_same_weights(model, again));
		lk_model_free(again);
	}
	free(file);
	lk_model_free(model);
}
END_TEST

/* Split model.safetensors in two, with an index. */
static void shard(const char *directory, const char *second_name)
{
	char *whole = lk_path_join(directory, "model.safetensors");
	char *index = lk_path_join(directory, "model.safetensors.index.json");
	json_t *map = json_object(), *object;
	lk_safetensors *in;
	size_t count;
	const lk_tensor *tensor;

	ck_assert_int_eq(lk_safetensors_open(&in, whole, &error), LK_OK);
	tensor = lk_safetensors_tensors(in, &count);
	for (int half = 0; half < 2; half++) {
		const char *name = half ? second_name : "part-1.safetensors";
		char *path = lk_path_join(directory, name);
		lk_tensor *out = calloc(count, sizeof *out);
		size_t used = 0;

		for (size_t i = 0; i < count; i++) {
			if ((i % 2 == 1) != half)
				continue;
			out[used] = tensor[i];
			out[used].data = malloc(lk_tensor_nbytes(&tensor[i]));
			ck_assert_int_eq(lk_safetensors_read(in, i, 0,
							 lk_tensor_count(&tensor[i]),
							 tensor[i].dtype,
							 out[used++].data, &error),
					LK_OK);
			json_object_set_new(map, tensor[i].name, json_string(name));
		}
		ck_assert_int_eq(lk_safetensors_write(path, out, used, NULL, NULL, NULL,
						 NULL, &error), LK_OK);
		while (used)
			free(out[--used].data);
		free(out);
		free(path);
	}
	lk_safetensors_close(in);
	object = json_pack("{s:o}", "weight_map", map);
	ck_assert_int_eq(lk_json_replace(index, object, &error), LK_OK);
	json_decref(object);
	ck_assert_int_eq(unlink(whole), 0);
	free(whole);
	free(index);
}

static lk_status reload(const char *path, const lk_model *model)
{
	lk_model *again;
	lk_status status = lk_model_directory_load(&again, path, lk_isa_best(), &error);

	if (status)
		return status;
	ck_assert(test_same_weights(model, again));
	lk_model_free(again);
	return LK_OK;
}

START_TEST(shards_are_one_model)
{
	lk_model_config config = test_config(&model_cases[_i]);
	lk_model *model = test_model(&config, lk_isa_best(), 5);
	const char *path = write_model(model);
	char *second = lk_path_join(path, "part-2.safetensors");
	char *third = lk_path_join(path, "part-3.safetensors");
	char *index = lk_path_join(path, "model.safetensors.index.json");

	shard(path, "part-2.safetensors");
	ck_assert_msg(!reload(path, model), "%s", error.text);
	ck_assert_int_eq(rename(second, third), 0);
	ck_assert_int_eq(reload(path, model), LK_IO);
	ck_assert_msg(strstr(error.text, "part-2.safetensors") != NULL, "%s",
			error.text);
	ck_assert_int_eq(lk_file_replace(index, "{}", 2, &error), LK_OK);
	ck_assert_int_eq(reload(path, model), LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "weight_map"));
	free(second);
	free(third);
	free(index);
	lk_model_free(model);
}
END_TEST

/* clang-format off */
static const struct { const char *index, *says; } bad_indexes[] = {
	{ "{\"weight_map\":{\"a\":\"../part-1.safetensors\"}}", "no name of a file" },
	{ "{\"weight_map\":{\"a\":\"/etc/passwd\"}}",           "no name of a file" },
	{ "{\"weight_map\":{\"a\":\"\"}}",                      "no name of a file" },
	{ "{\"weight_map\":{\"a\":7}}",                         "no name of a file" },
	{ "{\"weight_map\":{\"a\":\"part-1.safetensors\"}}",    "tensor a is not in part-1" },
	{ "{\"weight_map\":{\"transformer.h.0.ln_1.bias\":\"part-1.safetensors\","
	  "\"b\":\"copy.safetensors\"}}",                       "is in two files" },
	{ "{\"weight_map\":{\"transformer.h.0.ln_1.bias\":\"part-1.safetensors\"}}", "is missing" },
	{ "{\"weight_map\":{}}",                                "is missing" },
};
/* clang-format on */

START_TEST(an_index_that_lies_is_refused)
{
	lk_model_config config = test_config(&model_cases[0]);
	lk_model *model = test_model(&config, lk_isa_best(), 5);
	const char *path = write_model(model);
	char *index = lk_path_join(path, "model.safetensors.index.json");
	char *part = lk_path_join(path, "part-1.safetensors");
	char *copy = lk_path_join(path, "copy.safetensors");

	shard(path, "part-2.safetensors");
	ck_assert_int_eq(link(part, copy), 0);
	ck_assert_int_eq(lk_file_replace(index, bad_indexes[_i].index,
					 strlen(bad_indexes[_i].index), &error), LK_OK);
	ck_assert_int_eq(reload(path, model), LK_FORMAT);
	ck_assert_msg(strstr(error.text, bad_indexes[_i].says) != NULL, "%s",
			error.text);
	free(index);
	free(part);
	free(copy);
	lk_model_free(model);
}
END_TEST

START_TEST(a_bias_that_is_not_zero_wins)
{
	lk_model_config config = test_config(&model_cases[0]), read; /* all biases */
	lk_model *model = test_model(&config, lk_isa_best(), 5);
	const char *path = write_model(model);
	char *file = lk_path_join(path, "config.json");
	json_t *object;

	ck_assert_int_eq(lk_json_load(&object, file, 1 << 20, &error), LK_OK);
	json_object_set_new(json_object_get(object, "likely"), "bias",
			json_string("none"));
	ck_assert_int_eq(lk_json_replace(file, object, &error), LK_OK);
	json_decref(object);
	ck_assert_int_eq(lk_model_directory_config(&read, path, &error), LK_OK);
	ck_assert_int_eq(read.bias, LK_BIAS_ALL);
	ck_assert_msg(!reload(path, model), "%s", error.text);
	free(file);
	lk_model_free(model);
}
END_TEST

START_TEST(a_size_that_lies_takes_no_memory)
{
	lk_model_config config = test_config(&model_cases[0]);
	lk_model *model = test_model(&config, lk_isa_best(), 5);
	const char *path = write_model(model);
	char *file = lk_path_join(path, "config.json");
	json_t *object;

	ck_assert_int_eq(lk_json_load(&object, file, 1 << 20, &error), LK_OK);
	json_object_set_new(object, "n_embd", json_integer(65536));
	json_object_set_new(object, "n_head", json_integer(1024));
	json_object_set_new(object, "n_layer", json_integer(1024));
	ck_assert_int_eq(lk_json_replace(file, object, &error), LK_OK);
	json_decref(object);
	ck_assert_int_eq(reload(path, model), LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "[257, 65536]"));
	free(file);
	lk_model_free(model);
}
END_TEST

START_TEST(a_tokenizer_must_fit_the_model)
{
	lk_model_config config = test_config(&model_cases[0]);
	lk_model *model;
	lk_tokenizer *tokenizer;
	const char *path;

	config.vocabulary = 256;
	model = test_model(&config, lk_isa_best(), 5);
	path = write_model(model);
	ck_assert_int_eq(lk_model_directory_tokenizer(&tokenizer, path, &error),
			LK_FORMAT);
	ck_assert_msg(strstr(error.text, "257 ids") != NULL, "%s", error.text);
	ck_assert_int_eq(lk_model_directory_tokenizer(&tokenizer, test_path("no"),
					 &error), LK_IO);
	lk_model_free(model);
}
END_TEST

START_TEST(what_is_no_model_is_said)
{
	char *found = NULL;
	const char *empty = test_path("empty"), *file = test_write("file", "x", 1);
	lk_model *model;

	ck_assert_int_eq(lk_directory_make(empty, &error), LK_OK);
	ck_assert_int_eq(lk_model_directory_find(&found, empty, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "is no model"));
	ck_assert_int_eq(lk_model_directory_find(&found, file, &error), LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "is a file"));
	ck_assert_int_eq(lk_model_directory_find(&found, test_path("no"), &error),
			LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "no such"));
	test_write_text("empty/config.json",
			"{\"model_type\":\"gpt2\",\"vocab_size\":9,\"n_positions\":4,"
			"\"n_embd\":4,\"n_layer\":1,\"n_head\":1}");
	ck_assert_int_eq(lk_model_directory_load(&model, empty, lk_isa_best(), &error),
			LK_IO);
	ck_assert_ptr_nonnull(strstr(error.text, "model.safetensors"));
	test_write_text("empty/pytorch_model.bin", "x");
	ck_assert_int_eq(lk_model_directory_load(&model, empty, lk_isa_best(), &error),
			LK_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(error.text, "only safetensors"));
	ck_assert_int_eq(lk_model_directory_find(&found, empty, &error), LK_OK);
	ck_assert_str_eq(found, empty);
	free(found);
}
END_TEST

static Suite *directory_suite(void)
{
	Suite *suite = suite_create("model directory");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, every_family_comes_back_to_the_bit, 0,
			model_case_count);
	tcase_add_test(all, gpt2_has_its_matrices_turned);
	tcase_add_test(all, llama_has_its_rows_apart);
	tcase_add_loop_test(all, tensors_are_all_there_and_fit, 0,
			sizeof changes / sizeof *changes);
	tcase_add_loop_test(all, shards_are_one_model, 0, 10);
	tcase_add_loop_test(all, an_index_that_lies_is_refused, 0,
			sizeof bad_indexes / sizeof *bad_indexes);
	tcase_add_test(all, a_bias_that_is_not_zero_wins);
	tcase_add_test(all, a_size_that_lies_takes_no_memory);
	tcase_add_test(all, a_tokenizer_must_fit_the_model);
	tcase_add_test(all, what_is_no_model_is_said);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(directory_suite)
