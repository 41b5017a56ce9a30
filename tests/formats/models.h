/* tests/formats/models.h
 * Small models of every family, and configurations to make them of. */
#ifndef LK_TESTS_FORMATS_MODELS_H
#define LK_TESTS_FORMATS_MODELS_H

#include "model/model.h"

/* What differs from one case to the next. */
typedef struct {
	const char *family; /* that lk_family_of must find */
	lk_norm norm;
	lk_position position;
	lk_mlp mlp;
	lk_bias bias;
	bool qk_norm, tied;
	size_t kv_heads, head_size; /* 0: as the configuration does */
} model_case;

extern const model_case model_cases[];
extern const int model_case_count;

/* The complete configuration of a case: 3 layers of width 12, 4 heads, 257 ids. */
lk_model_config test_config(const model_case *c);

/* A model of it in which no number is 0 or 1, drawn from seed. */
lk_model *test_model(const lk_model_config *config, lk_isa isa, uint64_t seed);

/* Do two models hold the same bits under the same names? */
bool test_same_weights(const lk_model *a, const lk_model *b);

#endif
