/* model/flops.h
 * Floating-point operations that a model's arithmetic asks for, by count of its
 * matrices: what is done again (recomputation) or beside them (norms,
 * activations, the optimiser) does not count. */
#ifndef LK_MODEL_FLOPS_H
#define LK_MODEL_FLOPS_H

#include "model/config.h"

/* Elements of the matrices that a token is multiplied by: those of the layers
 * and the output head; embeddings are looked up. */
size_t lk_model_matrix_parameters(const lk_model_config *config);

/* FLOPs of a token's forward pass in sequences of T: 2 for each matrix parameter;
 * attention 2 (query times keys) + 2 (probabilities times values) for each of
 * T x heads x head size in each layer, of which the causal half. */
double lk_model_forward_flops(const lk_model_config *config, size_t T);

/* Of its forward and backward pass: three times that. */
double lk_model_training_flops(const lk_model_config *config, size_t T);

#endif
