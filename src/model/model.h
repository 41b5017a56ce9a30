/* model/model.h
 * A decoder-only Transformer: token ids in, negative log-likelihoods, gradients
 * or logits out. It knows nothing of text, files or optimisers.
 *
 *   x = token embedding [+ position embedding]                       (R, C)
 *   for each layer
 *       x += attention(norm(x)) output     rotary positions, grouped heads
 *       x += mlp(norm(x))
 *   logits = norm(x) W_head^T                                        (R, V)
 *   NLL    = logsumexp(logits) - logits[target]
 *
 * R = B T rows: B sequences of T positions. A model is built for one
 * instruction set, or in double for gradient checks; both answer to the
 * functions below.
 *
 * Threads: functions marked "team" are called by every thread of one parallel
 * region (or by one thread outside any), with the same arguments, and end with
 * all threads past all work. Their results do not depend on the number of
 * threads. The others are called by one thread. */
#ifndef LK_MODEL_MODEL_H
#define LK_MODEL_MODEL_H

#include "base/cpu.h"
#include "base/profile.h"
#include "base/role.h"
#include "base/tensor.h"
#include "model/config.h"

#include <stdint.h>

#define LK_IGNORE UINT32_MAX /* a target that is not scored */

typedef struct lk_model lk_model;

/* One micro-batch. */
typedef struct {
	const uint32_t *input;  /* (B, T), each < vocabulary */
	const uint32_t *target; /* (B, T), < vocabulary or LK_IGNORE */
	size_t B, T;            /* B T at most what was reserved, and T too */
	uint64_t step;          /* with sequence, keys the dropout masks */
	uint64_t sequence;      /* global number of the first sequence */
	uint32_t mask_at;       /* positions from this id on do not attend to what
				   is before it; LK_IGNORE: no masking */
} lk_batch;

/* A model with parameters of zero and no room for activations. config must be
 * complete. */
lk_status lk_model_new(lk_model **model, const lk_model_config *config,
		lk_isa isa, lk_error *error);
void lk_model_free(lk_model *model);

/* Take memory for batches of up to B T rows, none longer than T <= context, and,
 * with gradients, for a backward pass. Called again, it replaces what was there
 * (gradients stay). */
lk_status lk_model_reserve(lk_model *model, size_t B, size_t T, bool gradients,
		lk_error *error);

/* Bytes that lk_model_new and lk_model_reserve take. */
size_t lk_model_memory(const lk_model_config *config, lk_isa isa, size_t B,
		size_t T, bool gradients);

const lk_model_config *lk_model_get_config(const lk_model *model);
lk_isa lk_model_get_isa(const lk_model *model);

/* Set the dropout of a model that is to be trained, and the seed that keys its
 * masks. lk_model_initialise sets the seed too. */
void lk_model_set_dropout(lk_model *model, double dropout, uint64_t seed);

/* Count where the time of all that this model computes goes; NULL (the default):
 * do not. The profile is the caller's. lk_model_mark marks a part of the work
 * around the model, by every thread of a team. */
void lk_model_set_profile(lk_model *model, lk_profile *profile);
void lk_model_mark(const lk_model *model, lk_region region);

/* How the matrices of a frozen model are kept: as they are, or in 8 bits
 * (kernels/quantized.h). Name on the command line. */
#define LK_WEIGHTS(X) X(WEIGHTS_FULL, "none") X(WEIGHTS_Q8, "q8")
#define X(name, text) LK_##name,
typedef enum { LK_WEIGHTS(X) LK_WEIGHTS_COUNT } lk_weights;
#undef X

/* Make ready for inference only, from now on: every matrix, the output head
 * included, is put into the order in which products read it, which makes them
 * faster, above all for few rows, and, where weights stay as they are, changes no
 * bit of a result in float. (Tokens are still looked up in the embedding as it
 * was.) What the products do not read is given
 * back: those tensors of lk_model_parameters read as zeros. Not to be trained or
 * saved after that; what was reserved is to be reserved anew. Uses its own parallel
 * region. */
lk_status lk_model_freeze(lk_model *model, lk_weights weights, int threads,
		lk_error *error);

/* Draw the initial weights: matrices and embeddings from normal distributions
 * (model/parameters.h has their widths), gains 1, biases 0. The same seed gives
 * the same weights in every build. */
void lk_model_initialise(lk_model *model, uint64_t seed);

/* The parameters by name; data points into the model. Gradients have the same
 * names, shapes and order; data is NULL before they are reserved. */
const lk_tensor *lk_model_parameters(const lk_model *model, size_t *count);
const lk_tensor *lk_model_gradients(const lk_model *model, size_t *count);

/* What each is to an optimiser. */
const lk_role *lk_model_roles(const lk_model *model);

/* Team. Forward and backward: gradients become (or, with accumulate, grow by)
 * the gradient of scale x (sum of the NLL of all scored targets), dropout on. */
void lk_model_forward_backward(lk_model *model, const lk_batch *batch,
		double scale, bool accumulate);

/* Team. Forward only, dropout off. nll, if not NULL, receives the NLL in nats
 * of every target (B, T), 0 where ignored. */
void lk_model_forward(lk_model *model, const lk_batch *batch, double *nll);

/* Sum of the NLL over the scored targets of the last batch, and their number;
 * the sum runs in index order. Not finite where something went wrong. */
double lk_model_nll(const lk_model *model, size_t *scored);

/* Team. Forward only: logits of every row (B, T, V), dropout off. */
void lk_model_logits(lk_model *model, const lk_batch *batch, float *logits);

#endif
