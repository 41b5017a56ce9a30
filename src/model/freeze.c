/* A model that is trained no more: its matrices in the order in which products
 * read them. */
#include "model/network.h"

/* Whole matrices one after another, so that at most one is there twice. */
static void freeze(lk_matrix *matrix, bool keep)
{
	lk_matrix_pack(matrix);
	#pragma omp barrier
	#pragma omp single nowait
	if ((matrix->forward || matrix->narrow.weight) && !keep)
		lk_arena_discard((void *)matrix->w,
				matrix->N * matrix->C * sizeof *matrix->w);
}

void lk_network_bind_frozen(lk_model *model, lk_arena *arena, lk_weights weights)
{
	bool narrow = weights == LK_WEIGHTS_Q8;
	lk_network *network = model->network;

#define X(name) lk_matrix_bind_forward(&network->matrix[l].name, arena, narrow);
	for (size_t l = 0; l < model->config.layers; l++) {
		LK_LAYER_MATRICES(X)
	}
#undef X
	lk_matrix_bind_forward(&network->head, arena, narrow);
	network->frozen = true;
}

void lk_network_freeze(lk_model *model)
{
	lk_network *network = model->network;

#define X(name) freeze(&network->matrix[l].name, false);
	for (size_t l = 0; l < model->config.layers; l++) {
		LK_LAYER_MATRICES(X)
	}
#undef X
	freeze(&network->head, model->config.tied); /* embeddings are looked up in it */
	#pragma omp barrier
}
