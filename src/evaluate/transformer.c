#include "evaluate/predictor.h"

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

/* A window holds the inputs [start, start + length) of a document and counts
 * the targets of the last `counted` of them; counted targets of successive
 * windows follow each other without gap or overlap. */
typedef struct {
	size_t start, length, counted;
} window;

/* Window number w of a document of `targets` targets. The first counts all its
 * targets, the others the last stride; the last one may be short. */
static window window_at(const transformer *t, size_t targets, size_t w)
{
	size_t T = t->context, stride = t->stride;
	size_t done = w == 0 ? 0 : T + (w - 1) * stride; /* counted before */
	size_t want = w == 0 ? T : stride;
	size_t counted = targets - done < want ? targets - done : want;
	size_t end = done + counted;
	size_t start = w == 0 ? 0 : w * stride;

	return (window){ start, end - start, counted };
}

static size_t window_count(const transformer *t, size_t targets)
{
	if (targets <= t->context)
		return 1;
	return 1 + (targets - t->context + t->stride - 1) / t->stride;
}

/* Row b of the batch: the window's ids, padded with targets that do not count. */
static void fill_row(transformer *t, size_t b, const lk_tokens *tokens, size_t first,
		window w)
{
	size_t T = t->T;
	uint32_t *input = t->input + b * T, *target = t->target + b * T;

	lk_tokens_read(tokens, first + w.start, w.length, input);
	lk_tokens_read(tokens, first + w.start + 1, w.length, target);
	for (size_t i = 0; i < w.length - w.counted; i++)
		target[i] = LK_IGNORE;
	for (size_t i = w.length; i < T; i++) {
		input[i] = input[0];
		target[i] = LK_IGNORE;
	}
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

static lk_status score(lk_predictor *predictor, const lk_tokens *tokens,
		size_t first, size_t count, lk_nll_sink *sink, void *context,
		lk_error *error)
{
	transformer *t = (transformer *)predictor;
	size_t targets = count - 1, windows = window_count(t, targets), done = 0;
	lk_status status = LK_OK;

	(void)error;
	assert(count >= 2);
	t->T = targets < t->context ? targets : t->context;
	for (size_t w = 0; w < windows && !status; w += t->batch) {
		size_t rows = windows - w < t->batch ? windows - w : t->batch;

		for (size_t b = 0; b < rows; b++)
			fill_row(t, b, tokens, first, window_at(t, targets, w + b));
		forward(t, rows);
		for (size_t b = 0; b < rows && !status; b++) {
			window v = window_at(t, targets, w + b);

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
	t->base = (lk_predictor){ "transformer", (uint32_t)config->vocabulary, score,
		release };
	t->model = model;
	t->batch = batch;
	t->context = config->context;
	t->stride = stride;
	t->threads = threads;
	*predictor = &t->base;
	return LK_OK;
}
