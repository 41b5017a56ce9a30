#include "formats/models.h"

#include "base/rng.h"

#include <check.h>
#include <string.h>

/* clang-format off */
const model_case model_cases[] = {
	{ "gpt2",   LK_LAYERNORM, LK_LEARNED, LK_GELU,   LK_BIAS_ALL,       false, true,  0, 0 },
	{ "gpt2",   LK_LAYERNORM, LK_LEARNED, LK_GELU,   LK_BIAS_NONE,      false, true,  0, 0 },
	{ "gpt2",   LK_LAYERNORM, LK_LEARNED, LK_RELU2,  LK_BIAS_ATTENTION, false, false, 0, 0 },
	{ "gpt2",   LK_LAYERNORM, LK_LEARNED, LK_RELU2,  LK_BIAS_MLP,       false, false, 4, 3 },
	{ "llama",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_NONE,      false, true,  2, 4 },
	{ "llama",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_ATTENTION, false, false, 1, 6 },
	{ "llama",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_MLP,       false, true,  4, 2 },
	{ "llama",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_ALL,       false, false, 2, 4 },
	{ "qwen3",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_NONE,      true,  true,  2, 4 },
	{ "qwen3",  LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_ATTENTION, true,  false, 4, 6 },
	{ "likely", LK_RMSNORM,   LK_ROPE,    LK_SWIGLU, LK_BIAS_MLP,       true,  true,  2, 4 },
	{ "likely", LK_LAYERNORM, LK_ROPE,    LK_GELU,   LK_BIAS_ALL,       false, false, 2, 4 },
	{ "likely", LK_LAYERNORM, LK_LEARNED, LK_GELU,   LK_BIAS_ALL,       true,  true,  0, 0 },
	{ "likely", LK_LAYERNORM, LK_LEARNED, LK_GELU,   LK_BIAS_NONE,      false, true,  2, 0 },
	{ "likely", LK_LAYERNORM, LK_LEARNED, LK_GELU,   LK_BIAS_NONE,      false, true,  0, 5 },
	{ "likely", LK_RMSNORM,   LK_LEARNED, LK_RELU2,  LK_BIAS_MLP,       false, true,  0, 0 },
};
/* clang-format on */
const int model_case_count = sizeof model_cases / sizeof *model_cases;

lk_model_config test_config(const model_case *c)
{
	lk_model_config config = lk_model_config_default();

	config.vocabulary = 257;
	config.context = 10;
	config.layers = 3;
	config.width = 12;
	config.heads = 4;
	config.hidden = 20;
	config.norm = c->norm;
	config.position = c->position;
	config.mlp = c->mlp;
	config.bias = c->bias;
	config.qk_norm = c->qk_norm;
	config.tied = c->tied;
	config.kv_heads = c->kv_heads;
	config.head_size = c->head_size ? c->head_size : 3 + (c->position == LK_ROPE);
	config.norm_epsilon = 3e-6;
	config.rope_base = 12345.678;
	config.dropout = 0.1;
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	return config;
}

lk_model *test_model(const lk_model_config *config, lk_isa isa, uint64_t seed)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_INIT);
	lk_model *model;
	const lk_tensor *tensor;
	size_t count;

	ck_assert_int_eq(lk_model_new(&model, config, isa, NULL), LK_OK);
	tensor = lk_model_parameters(model, &count);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < lk_tensor_count(&tensor[i]); k++) {
			double value = lk_rng_normal(rng, k, i);

			if (tensor[i].dtype == LK_F64)
				((double *)tensor[i].data)[k] = value;
			else
				((float *)tensor[i].data)[k] = (float)value;
		}
	}
	return model;
}

bool test_same_weights(const lk_model *a, const lk_model *b)
{
	size_t count, other;
	const lk_tensor *x = lk_model_parameters(a, &count);
	const lk_tensor *y = lk_model_parameters(b, &other);
	bool same = count == other;

	for (size_t i = 0; same && i < count; i++)
		same = !strcmp(x[i].name, y[i].name) && x[i].dtype == y[i].dtype &&
				lk_tensor_count(&x[i]) == lk_tensor_count(&y[i]) &&
				!memcmp(x[i].data, y[i].data, lk_tensor_nbytes(&x[i]));
	return same;
}
