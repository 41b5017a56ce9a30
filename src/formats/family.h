/* formats/family.h
 * Families of models in Hugging Face's sense, and how each names, cuts and
 * turns the tensors of a model.
 *
 *   gpt2    LayerNorm with biases, learned positions, MLP of GELU or ReLU^2;
 *           all linear layers with biases; matrices [in, out] (its Conv1D)
 *   llama   RMSNorm, rotary positions, SwiGLU, grouped key/value heads; biases
 *           in attention, in the MLP, in both or in none
 *   qwen3   llama with query-key norm; biases in attention or in none
 *   likely  whatever none of them expresses: the names and shapes of
 *           model/parameters.h themselves, and a Python file (modeling.h) for
 *           transformers */
#ifndef LK_FORMATS_FAMILY_H
#define LK_FORMATS_FAMILY_H

#include "base/status.h"
#include "base/tensor.h"
#include "model/config.h"

#include <stdint.h>

/* clang-format off */
/* name, model_type, architecture */
#define LK_FAMILIES(X)                             \
	X(GPT2,   "gpt2",   "GPT2LMHeadModel")     \
	X(LLAMA,  "llama",  "LlamaForCausalLM")    \
	X(QWEN3,  "qwen3",  "Qwen3ForCausalLM")    \
	X(LIKELY, "likely", "LikelyForCausalLM")
/* clang-format on */

typedef enum {
#define X(name, type, architecture) LK_FAMILY_##name,
	LK_FAMILIES(X)
#undef X
	LK_FAMILY_COUNT
} lk_family;

/* The family that expresses a complete configuration. */
lk_family lk_family_of(const lk_model_config *config);

const char *lk_family_name(lk_family family);
const char *lk_family_architecture(lk_family family);
int lk_family_find(const char *name); /* -1 where unknown */

/* One tensor of the family, and where the model has it: rows row ... of
 * parameter number `parameter`, turned where `transposed`. A bias that the
 * family demands and the model lacks has parameter LK_ABSENT; it is zero. */
#define LK_ABSENT SIZE_MAX
typedef struct {
	lk_tensor tensor; /* name, rank and shape; dtype and data are not set */
	size_t parameter;
	size_t row;
	bool transposed;
} lk_part;

/* The tensors of the model of this configuration, in the order of the family's
 * state_dict. parameters (or gradients) are those of model/model.h, or only
 * described. malloc'd in *parts. */
lk_status lk_family_parts(lk_part **parts, size_t *count, lk_family family,
		const lk_model_config *config, const lk_tensor *parameters,
		size_t parameter_count, lk_error *error);

/* May a file of the family have this tensor without meaning anything by it?
 * Mask buffers of published GPT-2s, tables of rotary angles, the head of a tied
 * model. */
bool lk_family_ignores(lk_family family, const lk_model_config *config,
		const char *name);

/* Copy rows first .. first + rows - 1 of a part between a file's rows and the
 * parameter (both float or both double, as parameter->dtype says). A vector's
 * rows are its elements. parameter: the whole tensor that part->parameter
 * numbers; not for LK_ABSENT. */
void lk_part_get(void *out, const lk_part *part, const lk_tensor *parameter,
		size_t first, size_t rows);
void lk_part_put(const lk_tensor *parameter, const lk_part *part, const void *in,
		size_t first, size_t rows);

#endif
