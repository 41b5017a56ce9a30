#include "optim/optimizer.h"

#include "base/arena.h"
#include "base/size.h"
#include "optim/adamw.h"
#include "optim/gradient_norm.h"
#include "optim/muon_plan.h"
#include "optim/sgd.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOMENTS = 2 };

/* The numeric code of each build. */
static const struct {
	lk_gradient_squares_function *squares;
	lk_adamw_function *adamw;
	lk_sgd_function *sgd;
	lk_muon_function *muon;
} builds[] = {
#define X(name, suffix, text)                                                  \
	[LK_ISA_##name] = { LK_PASTE(gradient_squares, suffix),                \
			LK_PASTE(adamw_update, suffix), LK_PASTE(sgd_update, suffix),  \
			LK_PASTE(muon_update, suffix) },
		LK_ISAS(X)
#undef X
};

struct lk_optimizer {
	lk_optimizer_config config;
	lk_isa isa;
	size_t count;        /* tensors */
	lk_slot *slots;      /* one per tensor */
	lk_block *blocks;
	size_t block_count;
	double *squares;     /* one per block */
	lk_block *elementwise; /* those that Muon does not update */
	size_t elementwise_count;
	lk_muon_plan muon;
	lk_arena moments;
	lk_tensor *state;    /* moments by name: all first ones, all second ones */
	size_t state_count;
	const lk_tensor *parameters;
	double norm;         /* of the last step */
	const char *bad;     /* name of a tensor, or NULL */
};

static int most_threads(const lk_optimizer_config *config)
{
	return config->threads > 0 ? config->threads : 1;
}

/* Who updates a tensor. */
static lk_optimizer_kind kind_of(const lk_optimizer_config *config, const lk_role *role)
{
	if (config->kind != LK_MUON)
		return config->kind;
	return role && role->part[0] ? LK_MUON : LK_ADAMW;
}

/* What it remembers. */
static size_t moments_of(const lk_optimizer_config *config, const lk_role *role)
{
	lk_optimizer_kind kind = kind_of(config, role);

	if (kind == LK_ADAMW)
		return 2;
	return kind == LK_MUON || config->momentum != 0;
}

static const lk_role *role_of(const lk_role *roles, size_t i)
{
	return roles ? &roles[i] : NULL;
}

/* For every moment there is: all first ones, then all second ones. */
#define FOR_MOMENTS(k, i, config, roles, count)                               \
	for (size_t k = 0; k < MOMENTS; k++)                                  \
		for (size_t i = 0; i < (count); i++)                          \
			if (k < moments_of(config, role_of(roles, i)))

size_t lk_optimizer_memory(const lk_optimizer_config *config,
		const lk_tensor *parameters, const lk_role *roles, size_t count)
{
	lk_arena arena = { 0 };

	FOR_MOMENTS(k, i, config, roles, count)
	lk_arena_take(&arena, lk_tensor_count(&parameters[i]),
			lk_dtype_nbytes(parameters[i].dtype));
	return arena.used;
}

size_t lk_optimizer_work_memory(const lk_optimizer_config *config,
		const lk_tensor *parameters, const lk_role *roles, size_t count)
{
	return config->kind == LK_MUON && roles
			? lk_muon_plan_memory(parameters, roles, count,
					  most_threads(config))
			: 0;
}

static size_t blocks_of(const lk_tensor *tensor)
{
	return (lk_tensor_count(tensor) + LK_BLOCK_COUNT - 1) / LK_BLOCK_COUNT;
}

static void cut(lk_optimizer *o, const lk_tensor *gradients, const lk_role *roles)
{
	const lk_optimizer_config *c = &o->config;
	lk_block *block = o->blocks;

	for (size_t i = 0; i < o->count; i++) {
		size_t n = lk_tensor_count(&o->parameters[i]);
		const lk_role *role = role_of(roles, i);
		lk_optimizer_kind kind = kind_of(c, role);
		lk_slot *slot = &o->slots[i];

		slot->w = o->parameters[i].data;
		slot->g = gradients[i].data;
		slot->decay = o->parameters[i].rank >= 2;
		slot->rate = c->kind == LK_MUON && kind == LK_ADAMW ? c->adam_rate : 1;
		if (role && role->embedding && c->embedding_rate > 0)
			slot->rate *= c->embedding_rate;
		for (size_t at = 0; at < n; at += LK_BLOCK_COUNT) {
			*block = (lk_block){ i, at, lk_least(n - at, LK_BLOCK_COUNT) };
			if (kind != LK_MUON)
				o->elementwise[o->elementwise_count++] = *block;
			block++;
		}
	}
}

/* Take the moments, laid out as the parameters are, and name them. */
static lk_status take_moments(lk_optimizer *o, const lk_role *roles, lk_error *error)
{
	const lk_optimizer_config *c = &o->config;
	lk_tensor *state = o->state;
	lk_status status;

	o->moments.used = lk_optimizer_memory(c, o->parameters, roles, o->count);
	status = lk_arena_reserve(&o->moments, "the optimiser's state", error);
	if (status)
		return status;
	FOR_MOMENTS(k, i, c, roles, o->count)
	{
		const lk_tensor *parameter = &o->parameters[i];
		int length;

		*state = *parameter;
		state->data = lk_arena_take(&o->moments, lk_tensor_count(parameter),
				lk_dtype_nbytes(parameter->dtype));
		*(k ? &o->slots[i].v : &o->slots[i].m) = state->data;
		length = snprintf(state->name, sizeof state->name, "%s.%c.%s",
				lk_optimizer_name(kind_of(c, role_of(roles, i))),
				"mv"[k], parameter->name);
		if (length < 0 || (size_t)length >= sizeof state->name)
			return lk_fail(error, LK_RANGE,
					"the tensor name %s is too long to be saved "
					"with the optimiser", parameter->name);
		state++;
	}
	return LK_OK;
}

lk_status lk_optimizer_new(lk_optimizer **optimizer,
		const lk_optimizer_config *config, const lk_tensor *parameters,
		const lk_tensor *gradients, const lk_role *roles, size_t count,
		lk_isa isa, lk_error *error)
{
	lk_optimizer *o;
	lk_status status = lk_optimizer_config_check(config, error);

	assert(count > 0 && isa < LK_ISA_COUNT && config->kind < LK_OPTIMIZER_COUNT);
	*optimizer = NULL;
	if (status)
		return status;
	o = calloc(1, sizeof *o);
	if (!o)
		return lk_fail(error, LK_NOMEM, "out of memory");
	o->config = *config;
	o->isa = isa;
	o->count = count;
	o->parameters = parameters;
	FOR_MOMENTS(k, i, config, roles, count)
	o->state_count++;
	for (size_t i = 0; i < count; i++) {
		assert(parameters[i].dtype == (isa == LK_ISA_F64 ? LK_F64 : LK_F32));
		assert(gradients[i].dtype == parameters[i].dtype);
		assert(lk_tensor_count(&gradients[i]) ==
				lk_tensor_count(&parameters[i]));
		o->block_count += blocks_of(&parameters[i]);
	}
	o->slots = calloc(count, sizeof *o->slots);
	o->blocks = calloc(o->block_count, sizeof *o->blocks);
	o->elementwise = calloc(o->block_count, sizeof *o->elementwise);
	o->squares = calloc(o->block_count, sizeof *o->squares);
	o->state = calloc(o->state_count + 1, sizeof *o->state);
	if (!o->slots || !o->blocks || !o->elementwise || !o->squares || !o->state)
		status = lk_fail(error, LK_NOMEM, "out of memory");
	else
		status = take_moments(o, roles, error);
	if (!status && config->kind == LK_MUON && roles)
		status = lk_muon_plan_new(&o->muon, parameters, roles, count,
				most_threads(config), error);
	if (status) {
		lk_optimizer_free(o);
		return status;
	}
	cut(o, gradients, roles);
	*optimizer = o;
	return LK_OK;
}

void lk_optimizer_free(lk_optimizer *o)
{
	if (!o)
		return;
	lk_arena_release(&o->moments);
	lk_muon_plan_free(&o->muon);
	free(o->slots);
	free(o->blocks);
	free(o->elementwise);
	free(o->squares);
	free(o->state);
	free(o);
}

/* Norm of the gradient, and the factor that clipping multiplies it by; the same
 * on every thread. A gradient whose square is beyond lk_real counts as not
 * finite: the second moment could not hold it. */
static double total_norm(const lk_optimizer *o, double *scale, const char **bad)
{
	double most = o->isa == LK_ISA_F64 ? DBL_MAX : FLT_MAX, sum = 0, norm;

	for (size_t i = 0; i < o->block_count; i++)
		sum += o->squares[i];
	norm = sqrt(sum);
	*scale = o->config.clip > 0 && norm > o->config.clip ? o->config.clip / norm
							     : 1;
	*bad = NULL;
	for (size_t i = 0; i < o->block_count && !*bad; i++)
		if (!(o->squares[i] * *scale * *scale <= most))
			*bad = o->parameters[o->blocks[i].slot].name;
	return *bad && isfinite(norm) ? INFINITY : norm;
}

static void run_adamw(lk_optimizer *o, uint64_t t, double scale, double rate)
{
	const lk_optimizer_config *c = &o->config;
	lk_adamw_step step = {
		.beta1 = c->beta1,
		.beta2 = c->beta2,
		.epsilon = c->epsilon,
		.scale = scale,
		.l2 = c->l2,
		.decay = rate * c->weight_decay,
		.rate = rate / -expm1((double)t * log(c->beta1)),
		.root = 1 / sqrt(-expm1((double)t * log(c->beta2))),
	};

	builds[o->isa].adamw(o->slots, o->elementwise, o->elementwise_count, &step);
}

static void run_sgd(lk_optimizer *o, double scale, double rate)
{
	const lk_optimizer_config *c = &o->config;
	lk_sgd_step step = { c->momentum, c->nesterov, scale, c->l2,
		rate * c->weight_decay, rate };

	builds[o->isa].sgd(o->slots, o->elementwise, o->elementwise_count, &step);
}

static void run_muon(lk_optimizer *o, double scale, double rate)
{
	const lk_optimizer_config *c = &o->config;
	lk_muon_step step = { c->momentum, scale, c->l2, 1 - rate * c->weight_decay,
		rate };

	lk_muon_plan_run(&o->muon, builds[o->isa].muon, o->slots, &step);
}

void lk_optimizer_step(lk_optimizer *o, uint64_t t, double learning_rate)
{
	const lk_optimizer_config *c = &o->config;
	double scale, norm;
	const char *bad;

	assert(t >= 1);
	builds[o->isa].squares(o->squares, o->slots, o->blocks, o->block_count, c->l2);
	norm = total_norm(o, &scale, &bad);
	#pragma omp single
	{
		o->norm = norm;
		o->bad = bad;
	}
	if (bad)
		return;
	if (c->kind == LK_SGD)
		run_sgd(o, scale, learning_rate);
	else
		run_adamw(o, t, scale, learning_rate);
	if (c->kind == LK_MUON)
		run_muon(o, scale, learning_rate);
}

double lk_optimizer_gradient_norm(const lk_optimizer *o)
{
	return o->norm;
}

const char *lk_optimizer_bad_tensor(const lk_optimizer *o)
{
	return o->bad;
}

const lk_tensor *lk_optimizer_state(const lk_optimizer *o, size_t *count)
{
	*count = o->state_count;
	return o->state;
}

void lk_optimizer_reset(lk_optimizer *o)
{
	for (size_t i = 0; i < o->state_count; i++)
		memset(o->state[i].data, 0, lk_tensor_nbytes(&o->state[i]));
}
