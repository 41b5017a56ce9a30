#include "evaluate/predictor.h"

#include "evaluate/windows.h"

#include <assert.h>
#include <stdlib.h>

typedef struct {
	lk_predictor base;
	lk_model *model;
	size_t batch, context, stride;
	size_t T; /* of the windows at hand: the context, or a short document */
	int threads;
	uint32_t *input, *target; /* (batch, context) */
	double *nll;              /* (batch, context) */
} transformer;

static void fill_row(transformer *t, size_t b, const lk_tokens *tokens, size_t first,
		size_t targets, size_t w)
{
	lk_window window = lk_window_at(targets, t->context, t->stride, w);

	lk_window_fill(&window, tokens, first, t->T, t->input + b * t->T,
			t->target + b * t->T);
}

static void forward(transformer *t, size_t rows)
{
	lk_batch batch = { .input = t->input,
		.target = t->target,
		.B = rows,
		.T = t->T,
		.mask_at = LK_IGNORE };

#pragma omp parallel num_threads(t->threads)
	{
		lk_cpu_flush_denormals();
		lk_model_forward(t->model, &batch, t->nll);
	}
}

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens, size_t first,
		size_t count, lk_nll_sink *sink, void *context, lk_error *error)
{
	transformer *t = (transformer *)predictor;
	size_t targets = count - 1, done = 0;
	size_t windows = lk_window_count(targets, t->context, t->stride);
	lk_status status = LK_OK;

	(void)error;
	assert(count >= 2);
	t->T = targets < t->context ? targets : t->context;
	for (size_t w = 0; w < windows && !status; w += t->batch) {
		size_t rows = windows - w < t->batch ? windows - w : t->batch;

		for (size_t b = 0; b < rows; b++)
			fill_row(t, b, tokens, first, targets, w + b);
		forward(t, rows);
		for (size_t b = 0; b < rows && !status; b++) {
			lk_window v = lk_window_at(
					targets, t->context, t->stride, w + b);

			status = sink(context, first + 1 + done, v.counted,
					t->nll + b * t->T + v.length - v.counted);
			done += v.counted;
		}
	}
	assert(status || done == targets);
	return status;
}

static void release(lk_predictor *predictor)
{
	transformer *t = (transformer *)predictor;

	free(t->input);
	free(t->target);
	free(t->nll);
	free(t);
}

lk_status lk_predictor_new_transformer(lk_predictor **predictor, lk_model *model,
		size_t batch, size_t stride, int threads, lk_error *error)
{
	const lk_model_config *config = lk_model_get_config(model);
	size_t rows = batch * config->context;
	transformer *t = calloc(1, sizeof *t);

	assert(batch && stride && stride <= config->context && threads > 0);
	if (t) {
		t->input = malloc(rows * sizeof *t->input);
		t->target = malloc(rows * sizeof *t->target);
		t->nll = malloc(rows * sizeof *t->nll);
	}
	if (!t || !t->input || !t->target || !t->nll) {
		if (t)
			release(&t->base);
		return lk_fail(error, LK_NOMEM,
				"out of memory to evaluate %zu windows of %zu tokens",
				batch, config->context);
	}
	t->base = (lk_predictor){ .kind = "transformer",
		.vocabulary = (uint32_t)config->vocabulary,
		.score = score,
		.free = release };
	t->model = model;
	t->batch = batch;
	t->context = config->context;
	t->stride = stride;
	t->threads = threads;
	*predictor = &t->base;
	return LK_OK;
}
