#include "formats/family.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* The tables: name in the family, name here, first row, rows and columns (0: a
 * vector) of the matrix as it is here, whether the family's file has it, whether
 * its rows are our columns. c is the configuration; Q and K are the rows of all
 * query and of all key heads. */
#define GPT2_FIRST(X)                                                                            \
	X("transformer.wte.weight", "embedding.token.weight",    0, c->vocabulary, c->width, true, false) \
	X("transformer.wpe.weight", "embedding.position.weight", 0, c->context,    c->width, true, false)
#define GPT2_LAYER(X)                                                                            \
	X("ln_1.weight",        "attention.norm.gain",     0, c->width,  0,         true, false) \
	X("ln_1.bias",          "attention.norm.bias",     0, c->width,  0,         true, false) \
	X("attn.c_attn.weight", "attention.qkv.weight",    0, Q + 2 * K, c->width,  true, true)  \
	X("attn.c_attn.bias",   "attention.qkv.bias",      0, Q + 2 * K, 0,         true, false) \
	X("attn.c_proj.weight", "attention.output.weight", 0, c->width,  Q,         true, true)  \
	X("attn.c_proj.bias",   "attention.output.bias",   0, c->width,  0,         true, false) \
	X("ln_2.weight",        "mlp.norm.gain",           0, c->width,  0,         true, false) \
	X("ln_2.bias",          "mlp.norm.bias",           0, c->width,  0,         true, false) \
	X("mlp.c_fc.weight",    "mlp.up.weight",           0, c->hidden, c->width,  true, true)  \
	X("mlp.c_fc.bias",      "mlp.up.bias",             0, c->hidden, 0,         true, false) \
	X("mlp.c_proj.weight",  "mlp.down.weight",         0, c->width,  c->hidden, true, true)  \
	X("mlp.c_proj.bias",    "mlp.down.bias",           0, c->width,  0,         true, false)
#define GPT2_LAST(X)                                                                             \
	X("transformer.ln_f.weight", "norm.gain",   0, c->width,      0,        true,     false) \
	X("transformer.ln_f.bias",   "norm.bias",   0, c->width,      0,        true,     false) \
	X("lm_head.weight",          "head.weight", 0, c->vocabulary, c->width, !c->tied, false)

#define LLAMA_FIRST(X) \
	X("model.embed_tokens.weight", "embedding.token.weight", 0, c->vocabulary, c->width, true, false)
#define LLAMA_LAYER(X)                                                                           \
	X("self_attn.q_proj.weight", "attention.qkv.weight",      0,     Q, c->width, true,         false) \
	X("self_attn.q_proj.bias",   "attention.qkv.bias",        0,     Q, 0, in_attention,        false) \
	X("self_attn.k_proj.weight", "attention.qkv.weight",      Q,     K, c->width, true,         false) \
	X("self_attn.k_proj.bias",   "attention.qkv.bias",        Q,     K, 0, in_attention,        false) \
	X("self_attn.v_proj.weight", "attention.qkv.weight",      Q + K, K, c->width, true,         false) \
	X("self_attn.v_proj.bias",   "attention.qkv.bias",        Q + K, K, 0, in_attention,        false) \
	X("self_attn.o_proj.weight", "attention.output.weight",   0, c->width, Q, true,             false) \
	X("self_attn.o_proj.bias",   "attention.output.bias",     0, c->width, 0, in_attention,     false) \
	X("self_attn.q_norm.weight", "attention.query_norm.gain", 0, c->head_size, 0, c->qk_norm,   false) \
	X("self_attn.k_norm.weight", "attention.key_norm.gain",   0, c->head_size, 0, c->qk_norm,   false) \
	X("mlp.gate_proj.weight",    "mlp.gate_up.weight",        0, c->hidden, c->width, true,     false) \
	X("mlp.gate_proj.bias",      "mlp.gate_up.bias",          0, c->hidden, 0, in_mlp,          false) \
	X("mlp.up_proj.weight",      "mlp.gate_up.weight", c->hidden, c->hidden, c->width, true,    false) \
	X("mlp.up_proj.bias",        "mlp.gate_up.bias",   c->hidden, c->hidden, 0, in_mlp,         false) \
	X("mlp.down_proj.weight",    "mlp.down.weight",           0, c->width, c->hidden, true,     false) \
	X("mlp.down_proj.bias",      "mlp.down.bias",             0, c->width, 0, in_mlp,           false) \
	X("input_layernorm.weight",  "attention.norm.gain",       0, c->width, 0, true,             false) \
	X("post_attention_layernorm.weight", "mlp.norm.gain",     0, c->width, 0, true,             false)
#define LLAMA_LAST(X)                                                                            \
	X("model.norm.weight", "norm.gain",   0, c->width,      0,        true,     false)       \
	X("lm_head.weight",    "head.weight", 0, c->vocabulary, c->width, !c->tied, false)
/* clang-format on */

const char *lk_family_name(lk_family family)
{
	static const char *const names[] = {
#define X(name, type, architecture) type,
			LK_FAMILIES(X)
#undef X
	};

	return names[family];
}

const char *lk_family_architecture(lk_family family)
{
	static const char *const names[] = {
#define X(name, type, architecture) architecture,
			LK_FAMILIES(X)
#undef X
	};

	return names[family];
}

int lk_family_find(const char *name)
{
	for (int i = 0; i < LK_FAMILY_COUNT; i++)
		if (!strcmp(name, lk_family_name((lk_family)i)))
			return i;
	return -1;
}

lk_family lk_family_of(const lk_model_config *c)
{
	if (!c->norm_gains || c->embedding_norm || c->x0_mix || c->logit_cap > 0)
		return LK_FAMILY_LIKELY;
	/* transformers refuses llamas and gpt2s whose heads do not divide the
	 * width evenly */
	if (c->norm == LK_LAYERNORM && c->position == LK_LEARNED &&
			c->mlp != LK_SWIGLU && !c->qk_norm &&
			c->kv_heads == c->heads &&
			c->heads * c->head_size == c->width)
		return LK_FAMILY_GPT2;
	if (c->norm == LK_RMSNORM && c->position == LK_ROPE && c->mlp == LK_SWIGLU) {
		if (!c->qk_norm && c->width % c->heads == 0)
			return LK_FAMILY_LLAMA;
		if (c->qk_norm && !lk_bias_in_mlp(c->bias))
			return LK_FAMILY_QWEN3;
	}
	return LK_FAMILY_LIKELY;
}

/* A walk over a family's tensors. */
typedef struct {
	lk_part *part; /* NULL: only count */
	size_t count;
	const lk_tensor *parameters;
	size_t parameter_count;
	size_t next; /* where to look for a parameter first */
} walk;

/* The number of a parameter, or LK_ABSENT. Both orders are nearly the same, so
 * the search goes on from the last hit. */
static size_t find_parameter(walk *w, const char *name)
{
	for (size_t i = 0; i < w->parameter_count; i++) {
		size_t at = (w->next + i) % w->parameter_count;

		if (!strcmp(w->parameters[at].name, name)) {
			w->next = at;
			return at;
		}
	}
	return LK_ABSENT;
}

static void visit(walk *w, const char *prefix, const char *name, long layer,
		const char *parameter, size_t row, size_t rows, size_t columns,
		bool transposed)
{
	size_t n = w->count++;
	char full[LK_TENSOR_NAME];

	if (!w->part)
		return;
	lk_part *part = &w->part[n];
	*part = (lk_part){ .row = row, .transposed = transposed };
	part->tensor.rank = columns ? 2 : 1;
	part->tensor.shape[0] = transposed ? columns : rows;
	part->tensor.shape[1] = transposed ? rows : columns;
	if (layer < 0) {
		snprintf(part->tensor.name, LK_TENSOR_NAME, "%s", name);
		snprintf(full, sizeof full, "%s", parameter);
	} else {
		snprintf(part->tensor.name, LK_TENSOR_NAME, "%s.%ld.%s", prefix,
				layer, name);
		snprintf(full, sizeof full, "layer.%ld.%s", layer, parameter);
	}
	part->parameter = find_parameter(w, full);
}

static void walk_table(walk *w, lk_family family, const lk_model_config *c)
{
	size_t Q = c->heads * c->head_size, K = c->kv_heads * c->head_size;
	bool in_attention = lk_bias_in_attention(c->bias);
	bool in_mlp = lk_bias_in_mlp(c->bias);
	const char *prefix = family == LK_FAMILY_GPT2 ? "transformer.h"
						      : "model.layers";

#define ONE(layer, name, parameter, row, rows, columns, exists, transposed) \
	if (exists)                                                         \
		visit(w, prefix, name, layer, parameter, row, rows, columns, \
				transposed);
#define X(...) ONE(-1, __VA_ARGS__)
#define Y(...) ONE((long)layer, __VA_ARGS__)
	if (family == LK_FAMILY_GPT2) {
		GPT2_FIRST(X)
		for (size_t layer = 0; layer < c->layers; layer++) {
			GPT2_LAYER(Y)
		}
		GPT2_LAST(X)
	} else {
		LLAMA_FIRST(X)
		for (size_t layer = 0; layer < c->layers; layer++) {
			LLAMA_LAYER(Y)
		}
		LLAMA_LAST(X)
	}
#undef X
#undef Y
#undef ONE
}

lk_status lk_family_parts(lk_part **parts, size_t *count, lk_family family,
		const lk_model_config *config, const lk_tensor *parameters,
		size_t parameter_count, lk_error *error)
{
	walk w = { .parameters = parameters, .parameter_count = parameter_count };

	if (family == LK_FAMILY_LIKELY)
		w.count = parameter_count;
	else
		walk_table(&w, family, config);
	w.part = calloc(w.count + 1, sizeof *w.part);
	if (!w.part)
		return lk_fail(error, LK_NOMEM,
				"out of memory for the names of %zu tensors", w.count);
	w.count = 0;
	if (family != LK_FAMILY_LIKELY)
		walk_table(&w, family, config);
	else
		for (; w.count < parameter_count; w.count++) {
			w.part[w.count].tensor = parameters[w.count];
			w.part[w.count].tensor.data = NULL;
			w.part[w.count].parameter = w.count;
		}
	*parts = w.part;
	*count = w.count;
	return LK_OK;
}

/* "h.12.attn.bias" with prefix "h." and suffix ".attn.bias". */
static bool is_layers(const char *name, const char *prefix, const char *suffix)
{
	size_t length = strlen(prefix);
	size_t digits;

	if (strncmp(name, prefix, length))
		return false;
	digits = strspn(name + length, "0123456789");
	return digits && !strcmp(name + length + digits, suffix);
}

bool lk_family_ignores(lk_family family, const lk_model_config *config,
		const char *name)
{
	static const char model[] = "transformer.";

	if (family == LK_FAMILY_LIKELY)
		return false;
	if (config->tied && !strcmp(name, "lm_head.weight"))
		return true;
	if (family != LK_FAMILY_GPT2)
		return is_layers(name, "model.layers.",
				".self_attn.rotary_emb.inv_freq");
	if (!strncmp(name, model, strlen(model)))
		name += strlen(model);
	return is_layers(name, "h.", ".attn.bias") ||
			is_layers(name, "h.", ".attn.masked_bias");
}

/* The rows of a part that is not transposed lie in the parameter as they are. */
static void *row_of(const lk_tensor *parameter, size_t row)
{
	size_t columns = parameter->rank > 1 ? parameter->shape[1] : 1;

	return (char *)parameter->data +
			row * columns * lk_dtype_nbytes(parameter->dtype);
}

static size_t row_nbytes(const lk_part *part, const lk_tensor *parameter)
{
	size_t columns = part->tensor.rank > 1 ? part->tensor.shape[1] : 1;

	return columns * lk_dtype_nbytes(parameter->dtype);
}

/* file[r][o] and model[row + o][first + r] are the same number: the model's
 * rows are walked along, since they are the longer way. */
#define TRANSPOSE(type, assignment)                                           \
	for (size_t o = 0; o < out; o++) {                                    \
		type *model = (type *)parameter->data +                       \
				(part->row + o) * in + first;                 \
		for (size_t r = 0; r < rows; r++)                             \
			assignment;                                           \
	}

void lk_part_get(void *to, const lk_part *part, const lk_tensor *parameter,
		size_t first, size_t rows)
{
	size_t out = part->tensor.shape[1], in = part->tensor.shape[0];

	assert(parameter->dtype == LK_F32 || parameter->dtype == LK_F64);
	if (!part->transposed) {
		memcpy(to, row_of(parameter, part->row + first),
				rows * row_nbytes(part, parameter));
	} else if (parameter->dtype == LK_F32) {
		float *file = to;
		TRANSPOSE(float, file[r * out + o] = model[r])
	} else {
		double *file = to;
		TRANSPOSE(double, file[r * out + o] = model[r])
	}
}

void lk_part_put(const lk_tensor *parameter, const lk_part *part, const void *from,
		size_t first, size_t rows)
{
	size_t out = part->tensor.shape[1], in = part->tensor.shape[0];

	assert(parameter->dtype == LK_F32 || parameter->dtype == LK_F64);
	if (!part->transposed) {
		memcpy(row_of(parameter, part->row + first), from,
				rows * row_nbytes(part, parameter));
	} else if (parameter->dtype == LK_F32) {
		const float *file = from;
		TRANSPOSE(float, model[r] = file[r * out + o])
	} else {
		const double *file = from;
		TRANSPOSE(double, model[r] = file[r * out + o])
	}
}
