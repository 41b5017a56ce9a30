/* model/config.h
 * What a Transformer is made of. A configuration is a set of independent
 * choices; presets fill them in. The table below is expanded for the struct,
 * the defaults, range checks, command-line options, --help and JSON. */
#ifndef LK_MODEL_CONFIG_H
#define LK_MODEL_CONFIG_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Choices: enumeration, then its values and their names on the command line
 * and in files. */
/* clang-format off */
#define LK_NORMS(X)     X(LAYERNORM, "layernorm") X(RMSNORM, "rmsnorm")
#define LK_POSITIONS(X) X(LEARNED, "learned") X(ROPE, "rope")
#define LK_MLPS(X)      X(GELU, "gelu") X(SWIGLU, "swiglu") X(RELU2, "relu2")
#define LK_BIASES(X)                                           \
	X(BIAS_NONE, "none") X(BIAS_ATTENTION, "attention")    \
	X(BIAS_MLP, "mlp") X(BIAS_ALL, "all")
/* clang-format on */

#define X(name, text) LK_##name,
typedef enum { LK_NORMS(X) LK_NORM_COUNT } lk_norm;
typedef enum { LK_POSITIONS(X) LK_POSITION_COUNT } lk_position;
typedef enum { LK_MLPS(X) LK_MLP_COUNT } lk_mlp;
typedef enum { LK_BIASES(X) LK_BIAS_COUNT } lk_bias;
#undef X

/* clang-format off */
/* Sizes: field, option, default, least, most, unit, help. 0 means: follows from
 * the others (lk_model_config_complete). vocabulary is no option (NULL): it comes
 * with the tokenizer. */
#define LK_MODEL_SIZES(X)                                                            \
	X(vocabulary, NULL,        0,   0, 1u << 24, "ids",      "token ids, the end of text included") \
	X(context,    "context",   128, 1, 1u << 20, "tokens",   "attention span")                      \
	X(layers,     "layers",    4,   1, 1024,     "layers",   "Transformer blocks")                  \
	X(width,      "width",     192, 1, 65536,    "channels", "residual stream")                     \
	X(heads,      "heads",     6,   1, 1024,     "heads",    "query heads")                         \
	X(kv_heads,   "kv-heads",  0,   0, 1024,     "heads",    "key/value heads; 0: as many as query heads") \
	X(head_size,  "head-size", 0,   0, 1024,     "channels", "channels of a head; 0: width / heads") \
	X(hidden,     "hidden",    0,   0, 1u << 20, "channels", "channels inside the MLP; 0: 4 x width, or for swiglu 8/3 x width in multiples of 32")

/* Real numbers: field, option, default, least, most, help. */
#define LK_MODEL_REALS(X)                                                            \
	X(norm_epsilon, "norm-epsilon", 1e-5,  1e-12, 0.1, "added to the variance or mean square in norms") \
	X(rope_base,    "rope-base",    10000, 1,     1e9, "longest wavelength of rotary positions, over 2 pi") \
	X(logit_cap,    "logit-cap",    0,     0,     1e6, "logits become cap x tanh(logits / cap); 0: they stay as they are") \
	X(embedding_std, "embedding-std", 0.02, 1e-9, 100, "standard deviation of the initial embeddings")   \
	X(dropout,      "dropout",      0,     0,     0.95, "share of embedding, attention and residual activations dropped in training")

/* Choices: enum type, field, option, default, list, help. */
#define LK_MODEL_CHOICES(X)                                                          \
	X(lk_norm,     norm,     "norm",     LK_RMSNORM,   LK_NORMS,     "normalisation before each sublayer") \
	X(lk_position, position, "position", LK_ROPE,      LK_POSITIONS, "how positions are told apart")       \
	X(lk_mlp,      mlp,      "mlp",      LK_SWIGLU,    LK_MLPS,      "the MLP's nonlinearity")             \
	X(lk_bias,     bias,     "bias",     LK_BIAS_NONE, LK_BIASES,    "which linear layers have biases; LayerNorm has one with all")

/* Yes or no: field, option that flips the default, default, help. */
#define LK_MODEL_FLAGS(X)                                                            \
	X(qk_norm, "qk-norm", false, "RMSNorm of each head's query and key before the product") \
	X(norm_gains, "no-norm-gains", true, "norms without gains, those of queries and keys included") \
	X(embedding_norm, "embedding-norm", false, "a norm after the embedding too") \
	X(x0_mix,  "x0-mix",  false, "each layer reads a learned mix of the stream and the embedding") \
	X(zero_init, "zero-init", false, "what writes to the residual stream, and a head of its own, begin at zero") \
	X(induction_init, "induction-init", false, "begin with heads that find where the present token stood before (induction heads); needs --position rope") \
	X(tied,    "untied",  true,  "a separate output head instead of the token embedding")
/* clang-format on */

typedef struct {
#define X(field, ...) size_t field;
	LK_MODEL_SIZES(X)
#undef X
#define X(field, ...) double field;
	LK_MODEL_REALS(X)
#undef X
#define X(type, field, ...) type field;
	LK_MODEL_CHOICES(X)
#undef X
#define X(field, ...) bool field;
	LK_MODEL_FLAGS(X)
#undef X
} lk_model_config;

/* The table's defaults. */
lk_model_config lk_model_config_default(void);

/* Fill in what is 0 and follows from the rest, then check everything, ranges
 * and combinations (heads a multiple of kv_heads, even head size for rope,
 * vocabulary set), naming the option at fault. */
lk_status lk_model_config_complete(lk_model_config *config, lk_error *error);

/* Names of choices, and back (-1 where unknown). */
const char *lk_norm_name(lk_norm norm);
const char *lk_position_name(lk_position position);
const char *lk_mlp_name(lk_mlp mlp);
const char *lk_bias_name(lk_bias bias);
int lk_norm_find(const char *name);
int lk_position_find(const char *name);
int lk_mlp_find(const char *name);
int lk_bias_find(const char *name);

/* Which linear layers carry biases. */
static inline bool lk_bias_in_attention(lk_bias bias)
{
	return bias == LK_BIAS_ATTENTION || bias == LK_BIAS_ALL;
}
static inline bool lk_bias_in_mlp(lk_bias bias)
{
	return bias == LK_BIAS_MLP || bias == LK_BIAS_ALL;
}

/* Number of trained parameters. */
size_t lk_model_config_parameters(const lk_model_config *config);

#endif
