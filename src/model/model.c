#include "model/engine.h"

#include "base/size.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define X(name, suffix, text) extern const lk_engine lk_engine_##suffix;
LK_ISAS(X)
#undef X

const lk_engine *lk_engine_of(lk_isa isa)
{
	static const lk_engine *const engines[] = {
#define X(name, suffix, text) &lk_engine_##suffix,
			LK_ISAS(X)
#undef X
	};

	assert(isa < LK_ISA_COUNT);
	return engines[isa];
}

/* Everything of a model that is no arena; nothing else allocates. */
static lk_status allocate(lk_model *model, lk_error *error)
{
	const lk_engine *engine = model->engine;
	size_t ones = lk_most(model->config.width, model->config.head_size);

	model->tensor_count = lk_parameters_count(&model->config);
	model->parameter = calloc(model->tensor_count, sizeof *model->parameter);
	model->gradient = calloc(model->tensor_count, sizeof *model->gradient);
	model->role = calloc(model->tensor_count, sizeof *model->role);
	model->network = calloc(1, engine->network_nbytes +
					model->config.layers * engine->layer_nbytes +
					ones * lk_dtype_nbytes(engine->dtype));
	if (!model->parameter || !model->gradient || !model->role || !model->network)
		return lk_fail(error, LK_NOMEM, "out of memory for a model of %zu layers",
				model->config.layers);
	return LK_OK;
}

lk_status lk_model_new(lk_model **out, const lk_model_config *config, lk_isa isa,
		lk_error *error)
{
	lk_model *model = calloc(1, sizeof *model);
	lk_status status;

	if (!model)
		return lk_fail(error, LK_NOMEM, "out of memory for a model");
	model->config = *config;
	model->isa = isa;
	model->engine = lk_engine_of(isa);
	model->dropout = lk_rng_new(0, LK_RNG_DROPOUT);
	status = allocate(model, error);
	if (!status) {
		lk_parameters_bind(model->parameter, config, model->engine->dtype,
				&model->weights);
		status = lk_arena_reserve(&model->weights, "the model's parameters",
				error);
	}
	if (status) {
		lk_model_free(model);
		return status;
	}
	lk_parameters_bind(model->parameter, config, model->engine->dtype,
			&model->weights);
	lk_parameters_bind(model->gradient, config, model->engine->dtype,
			&model->gradients); /* measures: data stays NULL */
	model->gradients = (lk_arena){ 0 };
	lk_parameters_roles(model->role, config);
	model->engine->bind_parameters(model);
	*out = model;
	return LK_OK;
}

void lk_model_free(lk_model *model)
{
	if (!model)
		return;
	lk_arena_release(&model->weights);
	lk_arena_release(&model->gradients);
	lk_arena_release(&model->activations);
	lk_arena_release(&model->frozen);
	free(model->parameter);
	free(model->gradient);
	free(model->role);
	free(model->network);
	free(model);
}

static lk_status reserve_gradients(lk_model *model, lk_error *error)
{
	const lk_engine *engine = model->engine;
	lk_status status;

	if (model->gradients.base)
		return LK_OK;
	lk_parameters_bind(model->gradient, &model->config, engine->dtype,
			&model->gradients);
	status = lk_arena_reserve(&model->gradients, "the model's gradients", error);
	if (status)
		return status;
	lk_parameters_bind(model->gradient, &model->config, engine->dtype,
			&model->gradients);
	engine->bind_parameters(model);
	return LK_OK;
}

lk_status lk_model_reserve(lk_model *model, size_t B, size_t T, bool gradients,
		lk_error *error)
{
	const lk_engine *engine = model->engine;
	lk_status status;

	assert(B && T && T <= model->config.context);
	lk_arena_release(&model->activations);
	model->B = model->T = 0;
	model->has_gradients = false;
	if (gradients) {
		status = reserve_gradients(model, error);
		if (status)
			return status;
	}
	engine->bind_activations(model, &model->activations, B, T, gradients);
	status = lk_arena_reserve(&model->activations, "the activations of a batch",
			error);
	if (status)
		return status;
	engine->bind_activations(model, &model->activations, B, T, gradients);
	model->B = B;
	model->T = T;
	model->has_gradients = gradients;
	return LK_OK;
}

size_t lk_model_memory(const lk_model_config *config, lk_isa isa, size_t B,
		size_t T, bool gradients)
{
	lk_model model = { .config = *config, .isa = isa, .engine = lk_engine_of(isa) };
	lk_arena weights = { 0 }, activations = { 0 };
	size_t nbytes = SIZE_MAX;

	if (!allocate(&model, NULL)) {
		lk_parameters_bind(model.parameter, config, model.engine->dtype,
				&weights);
		model.engine->bind_parameters(&model);
		if (B)
			model.engine->bind_activations(&model, &activations, B, T,
					gradients);
		if (weights.used < SIZE_MAX / 4 && activations.used < SIZE_MAX / 2)
			nbytes = (gradients ? 2 : 1) * weights.used +
					activations.used;
	}
	free(model.parameter);
	free(model.gradient);
	free(model.role);
	free(model.network);
	return nbytes;
}

lk_status lk_model_freeze(lk_model *model, lk_weights weights, int threads,
		lk_error *error)
{
	const lk_engine *engine = model->engine;
	lk_status status;

	assert(!model->frozen.base && threads > 0);
	lk_arena_release(&model->activations);
	model->B = model->T = 0;
	model->has_gradients = false;
	engine->bind_frozen(model, &model->frozen, weights);
	status = lk_arena_reserve(&model->frozen, "the model's matrices", error);
	if (status) {
		engine->bind_parameters(model);
		return status;
	}
	engine->bind_frozen(model, &model->frozen, weights);
	#pragma omp parallel num_threads(threads)
	engine->freeze(model);
	return LK_OK;
}

const lk_model_config *lk_model_get_config(const lk_model *model)
{
	return &model->config;
}

lk_isa lk_model_get_isa(const lk_model *model)
{
	return model->isa;
}

void lk_model_set_dropout(lk_model *model, double dropout, uint64_t seed)
{
	model->config.dropout = dropout;
	model->dropout = lk_rng_new(seed, LK_RNG_DROPOUT);
}

void lk_model_set_profile(lk_model *model, lk_profile *profile)
{
	model->profile = profile;
}

void lk_model_mark(const lk_model *model, lk_region region)
{
	lk_profile_mark(model->profile, region);
}

void lk_model_initialise(lk_model *model, uint64_t seed)
{
	lk_parameters_initialise(model->parameter, &model->config, seed);
	model->dropout = lk_rng_new(seed, LK_RNG_DROPOUT);
}

const lk_tensor *lk_model_parameters(const lk_model *model, size_t *count)
{
	*count = model->tensor_count;
	return model->parameter;
}

const lk_tensor *lk_model_gradients(const lk_model *model, size_t *count)
{
	*count = model->tensor_count;
	return model->gradient;
}

const lk_role *lk_model_roles(const lk_model *model)
{
	return model->role;
}

static void check_batch(const lk_model *model, const lk_batch *batch)
{
	(void)model, (void)batch;
	assert(batch->T && batch->T <= model->T);
	assert(batch->B && batch->B * batch->T <= model->B * model->T);
}

void lk_model_forward_backward(lk_model *model, const lk_batch *batch, double scale,
		bool accumulate)
{
	check_batch(model, batch);
	assert(model->has_gradients && !model->frozen.base);
	model->engine->forward_backward(model, batch, scale, accumulate);
}

void lk_model_forward(lk_model *model, const lk_batch *batch, double *nll)
{
	check_batch(model, batch);
	model->engine->forward(model, batch, nll);
}

void lk_model_logits(lk_model *model, const lk_batch *batch, float *logits)
{
	check_batch(model, batch);
	model->engine->logits(model, batch, logits);
}

double lk_model_nll(const lk_model *model, size_t *scored)
{
	if (scored)
		*scored = model->scored;
	return model->nll;
}
