#include "train/step.h"

#include "text/batches.h"
#include "text/subwords.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct lk_stepper {
	lk_model *model;
	lk_optimizer *optimizer;
	lk_batches batches;
	size_t micro_batches; /* of a step */
	int threads;
	uint32_t *input, *target; /* (batch, context), of the micro-batch at hand */
	lk_batch batch;
	double nll; /* sum over the step's targets */
	lk_subwords *subwords; /* NULL: the tokens as they are */
	uint32_t *window;      /* (context + 1) of them */
	lk_status status;      /* of drawing the micro-batches */
	lk_error error;
};

lk_status lk_stepper_new(lk_stepper **stepper, const lk_trainer *trainer,
		const lk_train_config *config, lk_error *error)
{
	size_t context = lk_model_get_config(trainer->model)->context;
	lk_batches batches;
	lk_stepper *s;
	lk_status status = lk_batches_init(&batches, trainer->training, context,
			config->seed, trainer->training_name, error);

	assert(config->batch && config->accumulate && config->threads > 0);
	if (status)
		return status;
	s = calloc(1, sizeof *s);
	if (s) {
		s->input = malloc(config->batch * context * sizeof *s->input);
		s->target = malloc(config->batch * context * sizeof *s->target);
		s->window = malloc((context + 1) * sizeof *s->window);
	}
	if (!s || !s->input || !s->target || !s->window) {
		lk_stepper_free(s);
		return lk_fail(error, LK_NOMEM,
				"out of memory for a batch of %zu x %zu tokens",
				config->batch, context);
	}
	if (config->bpe_dropout > 0)
		status = lk_subwords_new(&s->subwords, trainer->tokenizer,
				config->bpe_dropout, config->seed, error);
	if (status) {
		lk_stepper_free(s);
		return status;
	}
	s->model = trainer->model;
	s->optimizer = trainer->optimizer;
	s->batches = batches;
	s->micro_batches = config->accumulate;
	s->threads = config->threads;
	s->batch = (lk_batch){ .input = s->input,
		.target = s->target,
		.B = config->batch,
		.T = context,
		.mask_at = config->mask_documents ? lk_tokens_end(trainer->training)
						  : LK_IGNORE };
	*stepper = s;
	return LK_OK;
}

void lk_stepper_free(lk_stepper *stepper)
{
	if (!stepper)
		return;
	free(stepper->input);
	free(stepper->target);
	free(stepper->window);
	lk_subwords_free(stepper->subwords);
	free(stepper);
}

uint64_t lk_stepper_sequences(const lk_stepper *s)
{
	return (uint64_t)s->micro_batches * s->batch.B;
}

uint64_t lk_stepper_targets(const lk_stepper *s)
{
	return lk_stepper_sequences(s) * s->batch.T; /* every one is scored */
}

/* The micro-batch's sequences, in other tokens each time. */
static lk_status fill_subwords(lk_stepper *s, lk_error *error)
{
	size_t T = s->batch.T;
	lk_status status = LK_OK;

	for (size_t b = 0; b < s->batch.B; b++) {
		uint64_t g = s->batch.sequence + b;

		status = lk_subwords_window(s->subwords, s->batches.tokens,
				lk_batches_start(&s->batches, g), g, T + 1, s->window,
				error);
		if (status)
			break;
		memcpy(s->input + b * T, s->window, T * sizeof *s->input);
		memcpy(s->target + b * T, s->window + 1, T * sizeof *s->target);
	}
	if (status) { /* the step will not count, but runs on */
		memset(s->input, 0, s->batch.B * T * sizeof *s->input);
		memset(s->target, 0, s->batch.B * T * sizeof *s->target);
	}
	return status;
}

/* By one thread, before micro-batch `number`: count what the last one lost, draw
 * the next. */
static void next_micro_batch(lk_stepper *s, uint64_t sequence, size_t number)
{
	s->nll = number ? s->nll + lk_model_nll(s->model, NULL) : 0;
	if (number == s->micro_batches)
		return;
	s->batch.sequence = sequence + number * s->batch.B;
	if (!s->subwords)
		lk_batches_fill(&s->batches, s->batch.sequence, s->batch.B, s->input,
				s->target);
	else if (!s->status)
		s->status = fill_subwords(s, &s->error);
}

/* Every thread of the step's region. */
static void run_team(lk_stepper *s, uint64_t begun, uint64_t sequence,
		double learning_rate)
{
	double scale = 1 / (double)lk_stepper_targets(s);

	lk_cpu_flush_denormals();
	for (size_t i = 0; i < s->micro_batches; i++) {
		#pragma omp single
		next_micro_batch(s, sequence, i);
		lk_model_forward_backward(s->model, &s->batch, scale, i > 0);
	}
	#pragma omp single
	next_micro_batch(s, sequence, s->micro_batches);
	lk_model_mark(s->model, LK_REGION_OPTIMIZER);
	if (isfinite(s->nll) && !s->status)
		lk_optimizer_step(s->optimizer, s->batch.step - begun + 1, learning_rate);
	lk_model_mark(s->model, LK_REGION_OTHER);
}

lk_status lk_stepper_run(lk_stepper *s, uint64_t step, uint64_t begun,
		uint64_t sequence, double learning_rate, lk_error *error)
{
	const char *bad;
	lk_status status;

	s->batch.step = step;
	#pragma omp parallel num_threads(s->threads)
	run_team(s, begun, sequence, learning_rate);

	status = s->status ? lk_fail(error, s->status, "%s", s->error.text)
			   : lk_tokens_check(s->batches.tokens, error);
	if (status)
		return status;
	if (!isfinite(s->nll))
		return lk_fail(error, LK_DIVERGED,
				"step %" PRIu64 ": the loss is not finite (%g); a lower "
				"--learning-rate or a longer --warmup may help",
				step + 1, s->nll);
	bad = lk_optimizer_bad_tensor(s->optimizer);
	if (bad)
		return lk_fail(error, LK_DIVERGED,
				"step %" PRIu64 ": the gradient of %s is not finite; a "
				"lower --learning-rate or a longer --warmup may help",
				step + 1, bad);
	return LK_OK;
}

double lk_stepper_loss(const lk_stepper *s)
{
	return s->nll / (double)lk_stepper_targets(s);
}
