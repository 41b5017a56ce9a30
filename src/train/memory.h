/* train/memory.h
 * How much memory training will take, known before the first step. */
#ifndef LK_TRAIN_MEMORY_H
#define LK_TRAIN_MEMORY_H

#include "train/train.h"

/* The peak of this process's resident memory, in bytes, once `trainer` trains:
 * what is resident at this moment, and what will be touched first by training:
 * gradients, activations, moments, the buffers of OpenBLAS, of evaluation, of
 * saving. To be called after the model has been initialised and reserved, before
 * anything has run; restored: the moments have been read from a checkpoint.
 * Within 10 % of what is measured. */
size_t lk_train_memory(const lk_trainer *trainer, const lk_train_config *config,
		const lk_optimizer_config *optimizer, bool restored);

#endif
