/* tests/model/tiny.h
 * Small models with weights large enough that every part matters. */
#ifndef LK_TESTS_MODEL_TINY_H
#define LK_TESTS_MODEL_TINY_H

#include "model/model.h"

enum { TINY_B = 3, TINY_T = 9, TINY_V = 11 };

/* Configuration number n of TINY_CONFIGS: every value of every choice occurs
 * with every value of each other, and those
 * of the yes-or-no choices that came later in every combination. */
enum { TINY_CONFIGS = 2 * 2 * 3 * 4 * 2 * 2 * 2 };
lk_model_config tiny_config(int n);
const char *tiny_text(const lk_model_config *config, char text[160]);

/* A model reserved for (TINY_B, TINY_T) with gradients, weights drawn with a
 * standard deviation of 0.3 and gains near 1. */
lk_model *tiny_model(const lk_model_config *config, lk_isa isa);

/* The same reserved for (B, T); the configuration's context is at least T. */
lk_model *tiny_model_for(const lk_model_config *config, lk_isa isa, size_t B,
		size_t T);

/* tiny_model, frozen (lk_model_freeze), without gradients. */
lk_model *tiny_frozen(const lk_model_config *config, lk_isa isa, lk_weights weights);

/* A parameter of a model, which must be there. */
const lk_tensor *tiny_tensor(const lk_model *model, const char *name);

/* All gradients of a model of any build, one tensor after another, and how many; the
 * caller frees them. */
double *tiny_gradients(const lk_model *model, size_t *count);

/* A batch of TINY_B x TINY_T with a few ignored targets. */
lk_batch tiny_batch(void);

/* The same of B x T, at most TINY_MOST; the next call overwrites it. */
enum { TINY_MOST = 1024 };
lk_batch tiny_batch_of(size_t B, size_t T);

#endif
