/* formats/model_directory.h
 * A model on disk is a Hugging Face model directory: config.json,
 * model.safetensors (or shards with model.safetensors.index.json),
 * tokenizer.json, tokenizer_config.json.
 *
 * The family is the one that expresses the configuration: gpt2 (LayerNorm,
 * learned positions, GELU or ReLU^2), llama (RMSNorm, RoPE, SwiGLU, grouped
 * heads), qwen3 (llama with query-key norm); what none expresses is written
 * under model_type "likely". Directories of these families written by others
 * are read: float32, float16 or bfloat16; what they use and likely lacks is
 * refused by its name. */
#ifndef LK_FORMATS_MODEL_DIRECTORY_H
#define LK_FORMATS_MODEL_DIRECTORY_H

#include "model/model.h"
#include "text/tokenizer.h"

/* Family that expresses a configuration: "gpt2", "llama", "qwen3" or "likely". */
const char *lk_model_family(const lk_model_config *config);

/* What `MODEL` on a command line means: a step directory or Hugging Face
 * directory itself; a run directory stands for its `best` checkpoint (`last`
 * where there is no best). malloc'd in *directory. Fails, saying what is
 * missing, where path is none of these. */
lk_status lk_model_directory_find(char **directory, const char *path,
		lk_error *error);

/* Only the configuration, completed and checked. */
lk_status lk_model_directory_config(lk_model_config *config, const char *directory,
		lk_error *error);

/* The model with its weights, for isa (LK_ISA_F64: converted to double). */
lk_status lk_model_directory_load(lk_model **model, const char *directory,
		lk_isa isa, lk_error *error);

/* The tokenizer: of tokenizer.json or, where there is none, vocab.json and
 * merges.txt. A directory without either fails with LK_IO; one whose
 * tokenizer.json uses a part that is not supported fails with LK_UNSUPPORTED,
 * naming it. */
lk_status lk_model_directory_tokenizer(lk_tokenizer **tokenizer,
		const char *directory, lk_error *error);

/* Write config.json, model.safetensors, tokenizer.json, tokenizer_config.json
 * into an existing directory, each fsynced. The caller makes the whole atomic
 * (run_directory.h does). tokenizer may be NULL. */
lk_status lk_model_directory_write(const char *directory, const lk_model *model,
		const lk_tokenizer *tokenizer, lk_error *error);

/* The same; hash receives the XXH3-128 of model.safetensors. */
lk_status lk_model_directory_write_hashed(const char *directory,
		const lk_model *model, const lk_tokenizer *tokenizer, char hash[33],
		lk_error *error);

/* Other people's names: the parameters or gradients of `model` (as given by
 * lk_model_parameters or lk_model_gradients) under the names, shapes and order
 * of the family's own state_dict, converted to float32 (or kept in double where
 * they are). Absent biases that the family demands are zeros when weights is
 * true and left out otherwise. *tensors and their data are one allocation: free
 * with free(*tensors). */
lk_status lk_model_directory_export(lk_tensor **tensors, size_t *count,
		const lk_model *model, const lk_tensor *from, size_t from_count,
		bool weights, lk_error *error);

#endif
