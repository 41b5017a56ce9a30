#include "formats/config_json.h"

#include "formats/json.h"
#include "formats/modeling.h"

#include <string.h>

/* Sizes beyond these are refused by lk_model_config_complete, by name; here
 * only what cannot be a size is. */
enum { MOST = 1 << 30 };

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

/* Refuse a member that is there and true. */
static void refuse_true(lk_json_reader *r, const char *name)
{
	if (lk_json_bool_or(r, name, false))
		lk_json_refuse(r, LK_UNSUPPORTED, "\"%s\" is not supported", name);
}

/* Refuse a member that is there, whatever it is. */
static void refuse_any(lk_json_reader *r, const char *name)
{
	if (lk_json_find(r, name))
		lk_json_refuse(r, LK_UNSUPPORTED, "\"%s\" is not supported", name);
}

static lk_json_reader inside(const lk_json_reader *r, const json_t *object)
{
	return (lk_json_reader){ object, r->path, r->error, r->status };
}

/* Our own word, in every family. */
static void read_own_words(lk_model_config *config, lk_json_reader *r)
{
	const json_t *object = lk_json_find(r, "likely");
	lk_json_reader own = inside(r, object);
	const char *bias;
	int found;

	if (!object || r->status)
		return;
	bias = lk_json_text_or(&own, "bias", lk_bias_name(config->bias));
	found = bias ? lk_bias_find(bias) : -1;
	if (found >= 0)
		config->bias = (lk_bias)found;
	else
		lk_json_refuse(&own, LK_FORMAT,
				"\"likely\": \"bias\" is none of none, attention, mlp, "
				"all");
	config->dropout = lk_json_real_or(&own, "dropout", 0, 1, config->dropout);
	r->status = own.status;
}

static void read_gpt2(lk_model_config *config, lk_json_reader *r)
{
	/* every one of these computes the tanh form */
	static const char *const tanh_gelus[] = { "gelu_new", "gelu_pytorch_tanh",
		"gelu_python_tanh", "gelu_fast", "gelu_accurate", NULL };
	const char *activation;
	double embedding, attention, residual;

	config->norm = LK_LAYERNORM;
	config->position = LK_LEARNED;
	config->bias = LK_BIAS_ALL;
	config->context = lk_json_size(r, "n_positions", 1, MOST);
	config->width = lk_json_size(r, "n_embd", 1, MOST);
	config->layers = lk_json_size(r, "n_layer", 1, MOST);
	config->heads = lk_json_size(r, "n_head", 1, MOST);
	config->kv_heads = config->heads;
	config->hidden = lk_json_size_or(r, "n_inner", 1, MOST, 4 * config->width);
	config->norm_epsilon = lk_json_real_or(r, "layer_norm_epsilon", 0, 1, 1e-5);
	config->tied = lk_json_bool_or(r, "tie_word_embeddings", true);
	activation = lk_json_text_or(r, "activation_function", "gelu_new");
	if (activation && is_one_of(activation, tanh_gelus))
		config->mlp = LK_GELU;
	else if (activation && !strcmp(activation, "relu2"))
		config->mlp = LK_RELU2;
	else if (activation)
		lk_json_refuse(r, LK_UNSUPPORTED,
				"\"activation_function\" \"%.40s\" is not supported "
				"(gelu_new, which is the tanh form, and relu2 are)",
				activation);
	if (!lk_json_bool_or(r, "scale_attn_weights", true))
		lk_json_refuse(r, LK_UNSUPPORTED,
				"\"scale_attn_weights\" false is not supported");
	refuse_true(r, "scale_attn_by_inverse_layer_idx");
	refuse_true(r, "add_cross_attention");
	/* One rate here, three there: dropout is a matter of training, so where
	 * they differ nothing is lost but a default. */
	embedding = lk_json_real_or(r, "embd_pdrop", 0, 1, 0.1);
	attention = lk_json_real_or(r, "attn_pdrop", 0, 1, 0.1);
	residual = lk_json_real_or(r, "resid_pdrop", 0, 1, 0.1);
	config->dropout = embedding == attention && embedding == residual ? residual : 0;
}

/* One object of rope parameters, in the words of version 4 or 5. */
static void read_rope_parameters(lk_model_config *config, lk_json_reader *r,
		const char *name, const json_t *object)
{
	lk_json_reader rope = inside(r, object);
	const char *type;

	if (!json_is_object(object)) {
		lk_json_refuse(r, LK_FORMAT, "\"%s\" is no object", name);
		return;
	}
	type = lk_json_text_or(&rope, "type", "default");
	type = lk_json_text_or(&rope, "rope_type", type);
	if (type && strcmp(type, "default"))
		lk_json_refuse(&rope, LK_UNSUPPORTED,
				"\"%s\" of type \"%.40s\" is not supported", name,
				type);
	config->rope_base = lk_json_real_or(&rope, "rope_theta", 0, 1e300,
			config->rope_base);
	if (lk_json_real_or(&rope, "partial_rotary_factor", 0, 1, 1) < 1)
		lk_json_refuse(&rope, LK_UNSUPPORTED,
				"\"partial_rotary_factor\" is not supported");
	r->status = rope.status;
}

static void read_rope(lk_model_config *config, lk_json_reader *r)
{
	const json_t *parameters = lk_json_find(r, "rope_parameters");
	const json_t *scaling = lk_json_find(r, "rope_scaling");
	const json_t *nested = json_object_get(parameters, "full_attention");

	config->rope_base = lk_json_real_or(r, "rope_theta", 0, 1e300, 10000);
	if (parameters)
		read_rope_parameters(config, r, "rope_parameters",
				nested ? nested : parameters);
	if (scaling)
		read_rope_parameters(config, r, "rope_scaling", scaling);
	if (lk_json_real_or(r, "partial_rotary_factor", 0, 1, 1) < 1)
		lk_json_refuse(r, LK_UNSUPPORTED,
				"\"partial_rotary_factor\" is not supported");
}

static void read_attention_kinds(lk_json_reader *r)
{
	const json_t *kinds = lk_json_find(r, "layer_types"), *kind;
	size_t i;

	refuse_true(r, "use_sliding_window");
	json_array_foreach(kinds, i, kind) {
		const char *text = json_string_value(kind);

		if (!text || strcmp(text, "full_attention"))
			lk_json_refuse(r, LK_UNSUPPORTED,
					"\"layer_types\" has \"%.40s\" for layer %zu, "
					"which is not supported (full_attention is)",
					text ? text : "?", i);
	}
}

/* llama and qwen3. */
static void read_llama(lk_model_config *config, lk_json_reader *r, bool qwen)
{
	bool in_attention, in_mlp;
	const char *activation;

	config->norm = LK_RMSNORM;
	config->position = LK_ROPE;
	config->mlp = LK_SWIGLU;
	config->qk_norm = qwen;
	config->context = lk_json_size(r, "max_position_embeddings", 1, MOST);
	config->width = lk_json_size(r, "hidden_size", 1, MOST);
	config->hidden = lk_json_size(r, "intermediate_size", 1, MOST);
	config->layers = lk_json_size(r, "num_hidden_layers", 1, MOST);
	config->heads = lk_json_size(r, "num_attention_heads", 1, MOST);
	config->kv_heads = lk_json_size_or(r, "num_key_value_heads", 1, MOST,
			config->heads);
	config->head_size = lk_json_size_or(r, "head_dim", 1, MOST, 0);
	if (qwen && !json_object_get(r->object, "head_dim"))
		config->head_size = 128;
	config->norm_epsilon = lk_json_real_or(r, "rms_norm_eps", 0, 1, 1e-6);
	config->tied = lk_json_bool_or(r, "tie_word_embeddings", false);
	config->dropout = lk_json_real_or(r, "attention_dropout", 0, 1, 0);
	in_attention = lk_json_bool_or(r, "attention_bias", false);
	in_mlp = !qwen && lk_json_bool_or(r, "mlp_bias", false);
	config->bias = in_attention ? in_mlp ? LK_BIAS_ALL : LK_BIAS_ATTENTION
			: in_mlp    ? LK_BIAS_MLP
				    : LK_BIAS_NONE;
	activation = lk_json_text_or(r, "hidden_act", "silu");
	if (activation && strcmp(activation, "silu") && strcmp(activation, "swish"))
		lk_json_refuse(r, LK_UNSUPPORTED,
				"\"hidden_act\" \"%.40s\" is not supported (silu is)",
				activation);
	read_rope(config, r);
	read_attention_kinds(r);
}

/* Our own words: the fields of the configuration. */
static void read_likely(lk_model_config *config, lk_json_reader *r)
{
#define X(field, option, value, least, most, ...) \
	config->field = lk_json_size(r, #field, least, most);
	LK_MODEL_SIZES(X)
#undef X
/* What is absent was not there to choose when the file was written. */
#define X(field, option, value, least, most, ...) \
	config->field = lk_json_real_or(r, #field, least, most, value);
	LK_MODEL_REALS(X)
#undef X
#define X(type, field, option, value, list, ...)                              \
	{                                                                     \
		const char *text = lk_json_text(r, #field);                   \
		int found = text ? type##_find(text) : -1;                    \
		config->field = found >= 0 ? (type)found : (type)0;           \
		if (found < 0)                                                \
			lk_json_refuse(r, LK_UNSUPPORTED,                     \
					"\"" #field "\" \"%.40s\" is unknown", \
					text ? text : "");                    \
	}
	LK_MODEL_CHOICES(X)
#undef X
#define X(field, option, value, ...) \
	config->field = lk_json_bool_or(r, #field, value);
	LK_MODEL_FLAGS(X)
#undef X
}

/* The family a file says it is of. */
static void read_family(lk_family *family, lk_json_reader *r)
{
	const char *type = lk_json_text(r, "model_type");
	const json_t *architectures = lk_json_find(r, "architectures"), *name;
	int found = type ? lk_family_find(type) : -1;
	size_t i;

	*family = found >= 0 ? (lk_family)found : LK_FAMILY_LIKELY;
	if (found < 0)
		lk_json_refuse(r, LK_UNSUPPORTED,
				"\"model_type\" \"%.40s\" is not supported (gpt2, "
				"llama, qwen3 and likely are)", type ? type : "");
	json_array_foreach(architectures, i, name) {
		const char *text = json_string_value(name);

		if (!text || strcmp(text, lk_family_architecture(*family)))
			lk_json_refuse(r, LK_UNSUPPORTED,
					"architecture \"%.60s\" is not supported "
					"(of model_type %s, %s is)", text ? text : "?",
					lk_family_name(*family),
					lk_family_architecture(*family));
	}
}

lk_status lk_config_from_json(lk_model_config *config, lk_family *family,
		const json_t *object, const char *path, lk_error *error)
{
	lk_json_reader r = { object, path, error, LK_OK };
	lk_model_config c = lk_model_config_default();
	lk_status status;

	c.head_size = 0;
	read_family(family, &r);
	refuse_any(&r, "quantization_config");
	if (!r.status && *family == LK_FAMILY_LIKELY) {
		read_likely(&c, &r);
	} else if (!r.status) {
		c.vocabulary = lk_json_size(&r, "vocab_size", 1, MOST);
		if (*family == LK_FAMILY_GPT2)
			read_gpt2(&c, &r);
		else
			read_llama(&c, &r, *family == LK_FAMILY_QWEN3);
		if (*family == LK_FAMILY_GPT2 && c.heads && c.width % c.heads)
			lk_json_refuse(&r, LK_RANGE,
					"\"n_embd\" %zu is no multiple of \"n_head\" "
					"%zu", c.width, c.heads);
		lk_bias bias = c.bias;
		read_own_words(&c, &r);
		if (*family != LK_FAMILY_GPT2)
			c.bias = bias; /* the family's own words say it */
	}
	if (r.status)
		return r.status;
	status = lk_model_config_complete(&c, error);
	if (status)
		return lk_fail_in(error, status, "%s", path);
	*config = c;
	return LK_OK;
}

static json_t *write_gpt2(const lk_model_config *c)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o, s:o,"
			 "s:o, s:b}",
			"vocab_size", (json_int_t)c->vocabulary,
			"n_positions", (json_int_t)c->context,
			"n_ctx", (json_int_t)c->context,
			"n_embd", (json_int_t)c->width,
			"n_layer", (json_int_t)c->layers,
			"n_head", (json_int_t)c->heads,
			"n_inner", (json_int_t)c->hidden,
			"activation_function", c->mlp == LK_RELU2 ? "relu2" : "gelu_new",
			"layer_norm_epsilon", json_real(c->norm_epsilon),
			"embd_pdrop", json_real(c->dropout),
			"attn_pdrop", json_real(c->dropout),
			"resid_pdrop", json_real(c->dropout),
			"tie_word_embeddings", c->tied);
}

static json_t *write_llama(const lk_model_config *c)
{
	json_t *object = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s,"
				   "s:o, s:o, s:{s:s, s:o}, s:o, s:b, s:b}",
			"vocab_size", (json_int_t)c->vocabulary,
			"max_position_embeddings", (json_int_t)c->context,
			"hidden_size", (json_int_t)c->width,
			"intermediate_size", (json_int_t)c->hidden,
			"num_hidden_layers", (json_int_t)c->layers,
			"num_attention_heads", (json_int_t)c->heads,
			"num_key_value_heads", (json_int_t)c->kv_heads,
			"head_dim", (json_int_t)c->head_size,
			"hidden_act", "silu",
			"rms_norm_eps", json_real(c->norm_epsilon),
			"rope_theta", json_real(c->rope_base),
			"rope_parameters",
			"rope_type", "default",
			"rope_theta", json_real(c->rope_base),
			"attention_dropout", json_real(c->dropout),
			"attention_bias", lk_bias_in_attention(c->bias),
			"tie_word_embeddings", c->tied);

	if (!c->qk_norm && json_object_set_new(object, "mlp_bias",
				    json_boolean(lk_bias_in_mlp(c->bias)))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *write_likely(const lk_model_config *c)
{
	json_t *object = json_object();
	int failed = 0;

#define SET(field, value) failed |= json_object_set_new(object, #field, value);
#define X(field, ...) SET(field, json_integer((json_int_t)c->field))
	LK_MODEL_SIZES(X)
#undef X
#define X(field, ...) SET(field, json_real(c->field))
	LK_MODEL_REALS(X)
#undef X
#define X(type, field, ...) SET(field, json_string(type##_name(c->field)))
	LK_MODEL_CHOICES(X)
#undef X
#define X(field, ...) SET(field, json_boolean(c->field))
	LK_MODEL_FLAGS(X)
#undef X
#undef SET
	if (failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}

lk_status lk_config_to_json(json_t **object, const lk_model_config *config,
		lk_dtype dtype, size_t end, lk_error *error)
{
	lk_family family = lk_family_of(config);
	json_t *own = json_pack("{s:s, s:o}", "bias", lk_bias_name(config->bias),
			"dropout", json_real(config->dropout));
	json_t *result = json_pack("{s:[s], s:s, s:s, s:o, s:o}", "architectures",
			lk_family_architecture(family), "model_type",
			lk_family_name(family), "torch_dtype",
			dtype == LK_F64 ? "float64" : "float32", "bos_token_id",
			end == LK_NO_TOKEN ? json_null() : json_integer((json_int_t)end),
			"eos_token_id",
			end == LK_NO_TOKEN ? json_null() : json_integer((json_int_t)end));
	json_t *words = family == LK_FAMILY_GPT2 ? write_gpt2(config)
			: family == LK_FAMILY_LIKELY ? write_likely(config)
						     : write_llama(config);
	bool failed = json_object_update(result, words);

	if (family == LK_FAMILY_LIKELY)
		failed |= json_object_set_new(result, "auto_map", lk_modeling_map());
	else
		failed |= json_object_set(result, "likely", own);
	json_decref(words);
	json_decref(own);
	if (failed) {
		json_decref(result);
		return lk_fail(error, LK_NOMEM, "out of memory for a config.json");
	}
	*object = result;
	return LK_OK;
}
