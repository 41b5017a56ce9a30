/* formats/training_state.h
 * training/state.safetensors: the optimiser's moments as tensors, the training
 * state as JSON under "likely_state" in the metadata, and what proves both:
 *
 *   likely_weights   XXH3-128 of the model.safetensors saved with it
 *   likely_checksum  XXH3-128 of likely_state, likely_weights and the moments */
#ifndef LK_FORMATS_TRAINING_STATE_H
#define LK_FORMATS_TRAINING_STATE_H

#include "formats/run_directory.h"

/* Write the file at path. */
lk_status lk_training_state_write(const char *path, const lk_training_state *state,
		const lk_optimizer *optimizer, const char weights_hash[33],
		lk_error *error);

/* Read it, checksum verified: the moments into optimizer, the state, and the
 * hash that model.safetensors must have. On failure moments may have been
 * overwritten in part; state is as before. */
lk_status lk_training_state_read(lk_training_state *state, lk_optimizer *optimizer,
		char weights_hash[33], const char *path, lk_error *error);

#endif
