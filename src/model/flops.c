#include "model/flops.h"

#include "model/parameters.h"

size_t lk_model_matrix_parameters(const lk_model_config *c)
{
	size_t count = 0;

#define X(field, name, rows, columns, exists, init, role) \
	if (exists)                                 \
		count += (rows) * (columns);
	LK_LAYER_PARAMETERS(X)
#undef X
	return c->layers * count + c->vocabulary * c->width;
}

double lk_model_forward_flops(const lk_model_config *c, size_t T)
{
	double attention = 4 * (double)T * (double)(c->heads * c->head_size) / 2;

	return 2 * (double)lk_model_matrix_parameters(c) + (double)c->layers * attention;
}

double lk_model_training_flops(const lk_model_config *config, size_t T)
{
	return 3 * lk_model_forward_flops(config, T);
}
