#include "base/size.h"
#include "model/network.h"

#include <string.h>

/* The next tensor's memory, in the order of the table. */
static lk_real *next(const lk_tensor **tensor)
{
	return (lk_real *)(*tensor)++->data;
}

static void bind(lk_parameters *p, const lk_model_config *c, const lk_tensor *t)
{
#define X(field, name, rows, columns, exists, init, role) \
	p->field = (exists) ? next(&t) : NULL;
	LK_EMBEDDING_PARAMETERS(X)
#undef X
#define X(field, name, rows, columns, exists, init, role) \
	p->layer[layer].field = (exists) ? next(&t) : NULL;
	for (size_t layer = 0; layer < c->layers; layer++) {
		LK_LAYER_PARAMETERS(X)
	}
#undef X
#define X(field, name, rows, columns, exists, init, role) \
	p->field = (exists) ? next(&t) : NULL;
	LK_FINAL_PARAMETERS(X)
#undef X
	if (!p->head)
		p->head = p->token;
}

/* A norm without gains is one whose gains are 1 and have no gradient. */
static void lend_gains(lk_parameters *p, const lk_model_config *c, lk_real *ones)
{
	size_t count = lk_most(c->width, c->head_size);

	if (c->norm_gains)
		return;
	for (size_t i = 0; i < count; i++)
		ones[i] = 1;
	for (size_t l = 0; l < c->layers; l++) {
		lk_layer_parameters *layer = &p->layer[l];

		layer->norm1_gain = layer->norm2_gain = ones;
		layer->query_gain = layer->key_gain = ones;
	}
	p->embedding_gain = p->norm_gain = ones;
}

void lk_network_bind_parameters(lk_model *model)
{
	lk_network *network = model->network;
	char *after = (char *)(network + 1);
	size_t layers = model->config.layers;

	/* The per-layer tables follow the struct in its allocation. */
	network->parameter.layer = (lk_layer_parameters *)(void *)after;
	network->gradient.layer = network->parameter.layer + layers;
	network->act.layer = (lk_layer_activations *)(void *)(
			network->gradient.layer + layers);
	network->act.matrix = (lk_layer_matrices *)(void *)(
			network->act.layer + layers);
	network->matrix = network->act.matrix + layers;
	bind(&network->parameter, &model->config, model->parameter);
	lend_gains(&network->parameter, &model->config,
			(lk_real *)(void *)(network->matrix + layers));
	bind(&network->gradient, &model->config, model->gradient);
	for (size_t l = 0; l < layers; l++)
		network->matrix[l] = lk_layer_matrices_of(
				&model->config, &network->parameter.layer[l]);
	network->head = lk_matrix_of(network->parameter.head, model->config.vocabulary,
			model->config.width);
	network->frozen = false;
}
