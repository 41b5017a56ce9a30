/* Where the loss is: logits = h W^T, NLL = logsumexp(logits) - logits[target],
 * and its gradient, softmax - one-hot. Piece by piece, so that the logits of a
 * large vocabulary are never stored whole. */
#include "base/size.h"
#include "kernels/cross_entropy.h"
#include "kernels/gemm.h"
#include "kernels/softcap.h"
#include "model/network.h"

/* Calls do_piece for rows [r, r + rows). */
#define FOR_PIECES(r, rows, R, step)                                        \
	for (size_t r = 0, rows; r < (R) && (rows = lk_least(step, (R)-r), 1); \
			r += rows)

/* slope: where to leave what the backward pass needs of a cap, or NULL. */
static void logits_of(lk_model *model, size_t r, size_t rows, lk_real *slope)
{
	const lk_model_config *c = &model->config;
	lk_network *network = model->network;
	lk_activations *act = &network->act;

	lk_profile_mark(model->profile, LK_REGION_HEAD);
	lk_matrix_forward_apart(act->logits, act->h + r * c->width, &network->head, rows,
			act->ld_logits);
	if (c->logit_cap > 0)
		lk_softcap_forward(act->logits, slope, rows, c->vocabulary,
				act->ld_logits, (lk_real)c->logit_cap);
}

/* The sum over all rows, in index order, by one thread. */
static void sum_loss(lk_model *model, const lk_batch *batch)
{
	const double *nll = ((lk_network *)model->network)->act.nll;

	#pragma omp single
	{
		model->nll = 0;
		model->scored = 0;
		for (size_t r = 0; r < batch->B * batch->T; r++) {
			model->nll += nll[r];
			model->scored += batch->target[r] != LK_IGNORE;
		}
	}
}

void lk_head_loss(lk_model *model, const lk_batch *batch)
{
	lk_activations *act = &((lk_network *)model->network)->act;
	size_t V = model->config.vocabulary;

	FOR_PIECES(r, rows, batch->B * batch->T, act->head_rows)
	{
		logits_of(model, r, rows, NULL);
		lk_profile_mark(model->profile, LK_REGION_LOSS);
		lk_cross_entropy_forward(act->nll + r, act->logits, batch->target + r,
				rows, V, act->ld_logits);
	}
	sum_loss(model, batch);
}

void lk_head_loss_backward(lk_model *model, const lk_batch *batch, double scale,
		bool accumulate)
{
	const lk_model_config *c = &model->config;
	lk_network *network = model->network;
	lk_activations *act = &network->act;
	size_t V = c->vocabulary, C = c->width, ld = act->ld_logits;

	FOR_PIECES(r, rows, batch->B * batch->T, act->head_rows)
	{
		logits_of(model, r, rows, act->slope);
		lk_profile_mark(model->profile, LK_REGION_LOSS);
		/* Here the gradient of the loss is born: act->logits becomes
		 * scale (softmax - one-hot). */
		lk_cross_entropy_forward_backward(act->nll + r, act->logits,
				batch->target + r, rows, V, ld, (lk_real)scale);
		if (c->logit_cap > 0)
			lk_softcap_backward(act->logits, act->slope, rows, V, ld);
		lk_profile_mark(model->profile, LK_REGION_HEAD);
		lk_linear_backward_input(act->dh + r * C, act->logits,
				network->parameter.head, rows, V, C, ld);
		lk_linear_backward_weight(network->gradient.head, act->logits,
				act->h + r * C, rows, V, C, ld, accumulate || r > 0);
	}
	sum_loss(model, batch);
}

void lk_head_logits(lk_model *model, const lk_batch *batch, float *logits)
{
	lk_activations *act = &((lk_network *)model->network)->act;
	size_t V = model->config.vocabulary;

	FOR_PIECES(r, rows, batch->B * batch->T, act->head_rows)
	{
		logits_of(model, r, rows, NULL);
		#pragma omp for
		for (size_t i = 0; i < rows; i++)
			for (size_t v = 0; v < V; v++)
				logits[(r + i) * V + v] =
						(float)act->logits[i * act->ld_logits +
								v];
	}
}
