/* model/parameters.h
 * The parameters of a model, written once: name, shape, when it exists and how
 * it begins. Expanded for sizes, binding, initialisation, optimisers and
 * checkpoints. All share one arena; gradients have another of the same layout.
 *
 * Every matrix is [out, in]. Query, key and value are the rows of one matrix,
 * in that order (H, K and K heads of D rows), gate and up likewise: what is
 * multiplied by the same input is one product. */
#ifndef LK_MODEL_PARAMETERS_H
#define LK_MODEL_PARAMETERS_H

#include "base/arena.h"
#include "base/role.h"
#include "base/tensor.h"
#include "model/config.h"

#include <stdint.h>

/* How a tensor begins:
 *   EMBEDDING  normal, the configuration's standard deviation, usually 0.02
 *              [Radford et al. 2019]
 *   HEAD       normal, 0.02; with zero_init 0
 *   MATRIX     normal, sqrt(2 / (5 columns)) [SmallInit: Nguyen & Salazar 2019,
 *              arXiv:1910.05895]: 0.023 at width 768, where GPT-2 has 0.02, and
 *              more where the model is narrow, which 0.02 would starve
 *   OUTPUT     the same over sqrt(2 layers): what writes to the residual stream;
 *              with zero_init 0
 *   FIRST      1, 0, ...: of a mix, all of the first
 *   ONE, ZERO  gains, biases
 *
 * induction_init then sets some of them (model/induction.h), and the first layer's
 * attention output begins as MATRIX. */
typedef enum {
	LK_INIT_EMBEDDING,
	LK_INIT_HEAD,
	LK_INIT_MATRIX,
	LK_INIT_OUTPUT,
	LK_INIT_FIRST,
	LK_INIT_ONE,
	LK_INIT_ZERO
} lk_init;

/* clang-format off */
/* What a tensor is to an optimiser (base/role.h): the rows of the linear maps in
 * it. */
#define LK_ROLE_NONE      { { 0 }, false }
#define LK_ROLE_EMBEDDING { { 0 }, true }
#define LK_ROLE_OUT       { { c->width }, false } /* writes to the stream */
#define LK_ROLE_QKV       { { c->heads * c->head_size, c->kv_heads * c->head_size, \
			      c->kv_heads * c->head_size }, false }
#define LK_ROLE_UP        { { c->hidden, c->mlp == LK_SWIGLU ? c->hidden : 0 }, false }

/* field, name, rows, columns (0: a vector), exists if, begins as, role; c is the
 * configuration. */
#define LK_EMBEDDING_PARAMETERS(X)                                                                  \
	X(token,    "embedding.token.weight",    c->vocabulary, c->width, true, EMBEDDING, EMBEDDING) \
	X(position, "embedding.position.weight", c->context,    c->width, c->position == LK_LEARNED, EMBEDDING, EMBEDDING) \
	X(embedding_gain, "embedding.norm.gain", c->width, 0, c->embedding_norm && c->norm_gains, ONE, NONE) \
	X(embedding_bias, "embedding.norm.bias", c->width, 0, c->embedding_norm && lk_norm_has_bias(c), ZERO, NONE)

#define LK_LAYER_PARAMETERS(X)                                                                      \
	X(mix,         "mix",                       LK_MIX, 0, c->x0_mix, FIRST, NONE) \
	X(norm1_gain,  "attention.norm.gain",       c->width, 0, c->norm_gains, ONE, NONE) \
	X(norm1_bias,  "attention.norm.bias",       c->width, 0, lk_norm_has_bias(c), ZERO, NONE) \
	X(qkv_weight,  "attention.qkv.weight",      lk_qkv_rows(c), c->width, true, MATRIX, QKV) \
	X(qkv_bias,    "attention.qkv.bias",        lk_qkv_rows(c), 0, lk_bias_in_attention(c->bias), ZERO, NONE) \
	X(query_gain,  "attention.query_norm.gain", c->head_size, 0, c->qk_norm && c->norm_gains, ONE, NONE) \
	X(key_gain,    "attention.key_norm.gain",   c->head_size, 0, c->qk_norm && c->norm_gains, ONE, NONE) \
	X(output_weight, "attention.output.weight", c->width, c->heads * c->head_size, true, OUTPUT, OUT) \
	X(output_bias, "attention.output.bias",     c->width, 0, lk_bias_in_attention(c->bias), ZERO, NONE) \
	X(norm2_gain,  "mlp.norm.gain",             c->width, 0, c->norm_gains, ONE, NONE) \
	X(norm2_bias,  "mlp.norm.bias",             c->width, 0, lk_norm_has_bias(c), ZERO, NONE) \
	X(up_weight,   c->mlp == LK_SWIGLU ? "mlp.gate_up.weight" : "mlp.up.weight", lk_up_rows(c), c->width, true, MATRIX, UP) \
	X(up_bias,     c->mlp == LK_SWIGLU ? "mlp.gate_up.bias" : "mlp.up.bias", lk_up_rows(c), 0, lk_bias_in_mlp(c->bias), ZERO, NONE) \
	X(down_weight, "mlp.down.weight",           c->width, c->hidden, true, OUTPUT, OUT) \
	X(down_bias,   "mlp.down.bias",             c->width, 0, lk_bias_in_mlp(c->bias), ZERO, NONE)

#define LK_FINAL_PARAMETERS(X)                                                                      \
	X(norm_gain, "norm.gain",   c->width, 0, c->norm_gains, ONE, NONE) \
	X(norm_bias, "norm.bias",   c->width, 0, lk_norm_has_bias(c), ZERO, NONE) \
	X(head,      "head.weight", c->vocabulary, c->width, !c->tied, HEAD, NONE)
/* clang-format on */

/* Numbers of a layer's mix. */
enum { LK_MIX = 2 };

static inline bool lk_norm_has_bias(const lk_model_config *c)
{
	return c->norm == LK_LAYERNORM && c->bias == LK_BIAS_ALL;
}

static inline size_t lk_qkv_rows(const lk_model_config *c)
{
	return (c->heads + 2 * c->kv_heads) * c->head_size;
}

static inline size_t lk_up_rows(const lk_model_config *c)
{
	return c->mlp == LK_SWIGLU ? 2 * c->hidden : c->hidden;
}

/* Number of tensors. */
size_t lk_parameters_count(const lk_model_config *config);

/* Describe the tensors (room for lk_parameters_count), taking their memory from
 * arena; data is NULL while the arena measures. */
void lk_parameters_bind(lk_tensor *tensors, const lk_model_config *config,
		lk_dtype dtype, lk_arena *arena);

/* What each of them is to an optimiser. */
void lk_parameters_roles(lk_role *roles, const lk_model_config *config);

/* An element of a tensor of floats or doubles; set, it is rounded to float, so that every
 * build begins with the same numbers. */
static inline double lk_parameter_get(const lk_tensor *tensor, size_t i)
{
	return tensor->dtype == LK_F32 ? (double)((const float *)tensor->data)[i]
				       : ((const double *)tensor->data)[i];
}

static inline void lk_parameter_set(const lk_tensor *tensor, size_t i, double value)
{
	if (tensor->dtype == LK_F32)
		((float *)tensor->data)[i] = (float)value;
	else
		((double *)tensor->data)[i] = (double)(float)value;
}

/* Draw the initial values, into tensors bound to memory (float or double).
 * Element i of tensor n is draw (i, n), so the values do not depend on dtype. */
void lk_parameters_initialise(const lk_tensor *tensors,
		const lk_model_config *config, uint64_t seed);

#endif
