#include "kernels/rope.h"
#include "model/decoding.h"
#include "model/network.h"

/* The first key that each row sees, where documents are kept apart. */
static const uint32_t *mask_documents(lk_model *model, const lk_batch *batch)
{
	uint32_t *first = ((lk_network *)model->network)->act.first;
	size_t T = batch->T;

	if (batch->mask_at == LK_IGNORE)
		return NULL;
	#pragma omp for
	for (size_t b = 0; b < batch->B; b++) {
		uint32_t start = 0;

		for (size_t t = 0; t < T; t++) {
			if (batch->input[b * T + t] == batch->mask_at)
				start = (uint32_t)t;
			first[b * T + t] = start;
		}
	}
	return first;
}

static lk_pass pass_of(lk_model *model, const lk_batch *batch, bool train)
{
	return (lk_pass){ .batch = batch,
		.slabs = lk_slabs_of(&model->config, batch->B, batch->T),
		.first = mask_documents(model, batch),
		.train = train };
}

static void forward_backward(lk_model *model, const lk_batch *batch, double scale,
		bool accumulate)
{
	lk_pass pass = pass_of(model, batch, true);

	lk_network_forward(model, &pass);
	lk_head_loss_backward(model, batch, scale, accumulate);
	lk_network_backward(model, &pass, accumulate);
	lk_profile_mark(model->profile, LK_REGION_OTHER);
}

static void forward(lk_model *model, const lk_batch *batch, double *nll)
{
	lk_pass pass = pass_of(model, batch, false);

	lk_network_forward(model, &pass);
	lk_head_loss(model, batch);
	if (nll) {
		const double *from = ((lk_network *)model->network)->act.nll;

		#pragma omp for
		for (size_t r = 0; r < batch->B * batch->T; r++)
			nll[r] = from[r];
	}
}

static void logits(lk_model *model, const lk_batch *batch, float *to)
{
	lk_pass pass = pass_of(model, batch, false);

	lk_network_forward(model, &pass);
	lk_head_logits(model, batch, to);
}

static void bind_activations(lk_model *model, lk_arena *arena, size_t B, size_t T,
		bool gradients)
{
	const lk_model_config *c = &model->config;
	lk_activations *act = &((lk_network *)model->network)->act;

	lk_network_bind_activations(model, arena, B, T, gradients);
	if (arena->base && c->position == LK_ROPE)
		lk_rope_tables(act->cosine, act->sine, T, c->head_size, c->rope_base);
}

#define lk_engine_here LK_VARIANT(engine)
extern const lk_engine lk_engine_here;
const lk_engine lk_engine_here = {
	.network_nbytes = sizeof(lk_network),
	.layer_nbytes = 2 * sizeof(lk_layer_parameters) +
			sizeof(lk_layer_activations) + 2 * sizeof(lk_layer_matrices),
	.decoding_nbytes = sizeof(lk_decoding),
	.dtype = LK_REAL_DTYPE,
	.bind_parameters = lk_network_bind_parameters,
	.bind_activations = bind_activations,
	.bind_frozen = lk_network_bind_frozen,
	.freeze = lk_network_freeze,
	.forward_backward = forward_backward,
	.forward = forward,
	.logits = logits,
	.bind_decoder = lk_decoding_bind,
	.decode = lk_decoding_feed,
	.share = lk_decoding_share,
};
