#include "model/tiny.h"

#include "base/rng.h"
#include "model/parameters.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

lk_model_config tiny_config(int n)
{
	lk_model_config c = lk_model_config_default();
	unsigned more = (unsigned)n * 0x9E3779B1u >> 28; /* of each alike many */

	c.vocabulary = TINY_V;
	c.context = TINY_T + 2;
	c.layers = 2;
	c.width = 12;
	c.heads = 4;
	c.head_size = 6; /* not width / heads: both must be honoured */
	c.norm = (lk_norm)(n % 2), n /= 2;
	c.position = (lk_position)(n % 2), n /= 2;
	c.mlp = (lk_mlp)(n % 3), n /= 3;
	c.bias = (lk_bias)(n % 4), n /= 4;
	c.qk_norm = n % 2, n /= 2;
	c.tied = n % 2, n /= 2;
	c.kv_heads = n % 2 ? 2 : 4;
	c.hidden = 20;
	c.norm_gains = !(more & 1);
	c.embedding_norm = more & 2;
	c.x0_mix = more & 4;
	c.logit_cap = more & 8 ? 1.5 : 0;
	ck_assert_int_eq(lk_model_config_complete(&c, NULL), LK_OK);
	return c;
}

const char *tiny_text(const lk_model_config *c, char text[160])
{
	snprintf(text, 160, "%s %s %s bias=%s qk_norm=%d tied=%d kv=%zu dropout=%g "
			    "gains=%d embedding_norm=%d mix=%d cap=%g",
			lk_norm_name(c->norm), lk_position_name(c->position),
			lk_mlp_name(c->mlp), lk_bias_name(c->bias), c->qk_norm, c->tied,
			c->kv_heads, c->dropout, c->norm_gains, c->embedding_norm,
			c->x0_mix, c->logit_cap);
	return text;
}

static void draw(const lk_tensor *tensor, size_t n)
{
	lk_rng rng = lk_rng_new(7, LK_RNG_CHECK);
	size_t count = lk_tensor_count(tensor);
	size_t length = 0;

	while (tensor->name[length])
		length++;
	bool gain = length > 4 && tensor->name[length - 4] == 'g';
	for (size_t i = 0; i < count; i++)
		lk_parameter_set(tensor, i, gain + 0.3 * lk_rng_normal(rng, i, n));
}

lk_model *tiny_model(const lk_model_config *config, lk_isa isa)
{
	return tiny_model_for(config, isa, TINY_B, TINY_T);
}

lk_model *tiny_model_for(const lk_model_config *config, lk_isa isa, size_t B,
		size_t T)
{
	lk_model *model = NULL;
	lk_error error = { 0 };
	size_t count;

	if (lk_model_new(&model, config, isa, &error) ||
			lk_model_reserve(model, B, T, true, &error))
		ck_abort_msg("%s", error.text);
	const lk_tensor *parameter = lk_model_parameters(model, &count);
	for (size_t n = 0; n < count; n++)
		draw(&parameter[n], n);
	lk_model_set_dropout(model, config->dropout, 5);
	return model;
}

lk_model *tiny_frozen(const lk_model_config *config, lk_isa isa, lk_weights weights)
{
	lk_model *model = tiny_model(config, isa);

	ck_assert_int_eq(lk_model_freeze(model, weights, 2, NULL), LK_OK);
	ck_assert_int_eq(lk_model_reserve(model, TINY_B, TINY_T, false, NULL), LK_OK);
	return model;
}

const lk_tensor *tiny_tensor(const lk_model *model, const char *name)
{
	size_t count;
	const lk_tensor *all = lk_model_parameters(model, &count);
	const lk_tensor *tensor = lk_tensor_find(all, count, name);

	ck_assert_msg(tensor != NULL, "%s", name);
	return tensor;
}

double *tiny_gradients(const lk_model *model, size_t *count)
{
	size_t tensors, n = 0;
	const lk_tensor *tensor = lk_model_gradients(model, &tensors);
	double *all = NULL;

	for (size_t i = 0; i < tensors; i++) {
		size_t size = lk_tensor_count(&tensor[i]);

		all = realloc(all, (n + size) * sizeof *all);
		ck_assert_ptr_nonnull(all);
		for (size_t k = 0; k < size; k++)
			all[n++] = lk_parameter_get(&tensor[i], k);
	}
	*count = n;
	return all;
}

lk_batch tiny_batch(void)
{
	return tiny_batch_of(TINY_B, TINY_T);
}

lk_batch tiny_batch_of(size_t B, size_t T)
{
	static uint32_t input[TINY_MOST], target[TINY_MOST];

	ck_assert_uint_le(B * T, TINY_MOST);
	for (size_t i = 0; i < B * T; i++) {
		input[i] = (uint32_t)(i * i + 3 * i + 1) % TINY_V;
		target[i] = i % 7 == 3 ? LK_IGNORE : (uint32_t)(i * 5 + 2) % TINY_V;
	}
	return (lk_batch){ input, target, B, T, 4, 10, LK_IGNORE };
}
