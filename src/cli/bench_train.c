/* likely bench: a training step. */
#include "cli/bench.h"

#include "base/clock.h"
#include "base/rng.h"
#include "cli/training_options.h"
#include "kernels/machine.h"
#include "model/flops.h"
#include "train/step.h"

#include <stdio.h>
#include <stdlib.h>

/* Everything that is taken, so that one function gives it back. */
typedef struct {
	lk_model *model;
	lk_optimizer *optimizer;
	lk_tokens *tokens;
	lk_stepper *stepper;
	uint64_t steps; /* done */
} work;

static void release(work *w)
{
	lk_stepper_free(w->stepper);
	lk_tokens_free(w->tokens);
	lk_optimizer_free(w->optimizer);
	lk_model_free(w->model);
}

/* Enough random tokens for some different batches. */
static lk_status draw_tokens(work *w, const lk_bench *bench, lk_error *error)
{
	size_t vocabulary = bench->config.vocabulary;
	size_t count = 4 * (bench->options.batch + 1) * bench->config.context + 1;
	lk_rng rng = lk_rng_new(bench->common.seed, LK_RNG_SAMPLE);
	uint32_t *ids = malloc(count * sizeof *ids);
	lk_status status;

	if (!ids)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu tokens", count);
	for (size_t i = 0; i < count; i++)
		ids[i] = (uint32_t)lk_rng_below(rng, i, 0, vocabulary);
	status = lk_tokens_new_ids(
			&w->tokens, ids, count, (uint32_t)vocabulary - 1, error);
	free(ids);
	return status;
}

static lk_status prepare(work *w, const lk_bench *bench, lk_error *error)
{
	lk_training_options options = lk_training_options_default();
	lk_optimizer_config optimizer = {
		.kind = bench->options.optimizer,
		.beta1 = options.beta1,
		.beta2 = options.beta2,
		.epsilon = options.epsilon,
		.momentum = bench->options.optimizer == LK_MUON ? options.muon_momentum
								 : options.momentum,
		.adam_rate = 0.1,
		.threads = bench->threads,
		.weight_decay = options.weight_decay,
		.clip = options.clip,
	};
	lk_train_config config = { .batch = bench->options.batch,
		.accumulate = 1,
		.seed = bench->common.seed,
		.threads = bench->threads };
	const lk_tensor *parameters;
	size_t count;
	lk_status status = lk_bench_model(&w->model, bench, error);

	if (!status)
		status = draw_tokens(w, bench, error);
	if (!status)
		status = lk_model_reserve(w->model, bench->options.batch,
				bench->config.context, true, error);
	if (status)
		return status;
	parameters = lk_model_parameters(w->model, &count);
	status = lk_optimizer_new(&w->optimizer, &optimizer, parameters,
			lk_model_gradients(w->model, &count), lk_model_roles(w->model),
			count, bench->isa, error);
	if (status)
		return status;
	lk_trainer trainer = { .model = w->model,
		.optimizer = w->optimizer,
		.training = w->tokens,
		.training_name = "random tokens" };
	return lk_stepper_new(&w->stepper, &trainer, &config, error);
}

/* One more step, so small that the weights stay what they are; its seconds. */
static lk_status step(double *seconds, work *w, lk_error *error)
{
	const double rate = 1e-9;
	uint64_t sequence = w->steps * lk_stepper_sequences(w->stepper);
	double begun = lk_clock_seconds();
	lk_status status = lk_stepper_run(w->stepper, w->steps++, 0, sequence,
			rate, error);

	*seconds = lk_clock_seconds() - begun;
	return status;
}

/* A pass of its own: marks cost time where steps are short. */
static lk_status find_parts(
		lk_bench_result *r, work *w, const lk_bench *bench, lk_error *error)
{
	double begun = lk_clock_seconds(), taken;
	lk_status status = LK_OK;

	lk_model_set_profile(w->model, &r->profile);
	lk_profile_begin(&r->profile);
	for (size_t n = 0; !status && (n < 2 || lk_clock_seconds() - begun <
						  bench->options.seconds / 4); n++) {
		status = step(&taken, w, error);
		r->profiled_tokens += (double)lk_stepper_targets(w->stepper);
	}
	lk_model_set_profile(w->model, NULL);
	return status;
}

lk_status lk_bench_train(lk_bench *bench, lk_error *error)
{
	const lk_model_config *c = &bench->config;
	lk_bench_result result = { .name = "train",
		.flops_per_token = lk_model_training_flops(c, c->context) };
	double *seconds = calloc(LK_BENCH_MOST, sizeof *seconds), begun, again;
	work w = { 0 };
	size_t done = 0;
	lk_status status = seconds ? prepare(&w, bench, error)
				   : lk_fail(error, LK_NOMEM, "out of memory");

	for (size_t warm = 0; warm < 2 && !status; warm++)
		status = step(&again, &w, error);
	begun = lk_clock_seconds();
	while (!status && !lk_bench_enough(bench, done, begun))
		status = step(&seconds[done++], &w, error);
	if (!status) {
		result.tokens_per_s = (double)lk_stepper_targets(w.stepper) /
				lk_median(seconds, done);
		result.nbytes = lk_memory_now();
		snprintf(result.shape, sizeof result.shape, "%zu x %zu tokens",
				bench->options.batch, c->context);
	}
	if (!status && bench->options.parts)
		status = find_parts(&result, &w, bench, error);
	release(&w);
	free(seconds);
	if (status)
		return status;
	again = lk_machine_sgemm(bench->threads, bench->options.seconds / 4);
	bench->sgemm = again > bench->sgemm ? again : bench->sgemm;
	return lk_bench_print(bench, &result, error);
}
