#include "optim/optimizer.h"

#include "base/arena.h"
#include "optim/adamw.h"
#include "optim/gradient_norm.h"
#include "optim/sgd.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define X(name, text) text,
		LK_OPTIMIZERS(X)
#undef X
};

/* The numeric code of each build. */
static const struct {
	lk_gradient_squares_function *squares;
	lk_adamw_function *adamw;
	lk_sgd_function *sgd;
} builds[] = {
#define X(name, suffix, text)                                                  \
	[LK_ISA_##name] = { LK_PASTE(gradient_squares, suffix),                \
			LK_PASTE(adamw_update, suffix), LK_PASTE(sgd_update, suffix) },
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
	lk_arena moments[2];
	lk_tensor *state;    /* moments by name: all of the first, all of the second */
	size_t state_count;
	const lk_tensor *parameters;
	double norm;         /* of the last step */
	const char *bad;     /* name of a tensor, or NULL */
};

const char *lk_optimizer_name(lk_optimizer_kind kind)
{
	return kind < LK_OPTIMIZER_COUNT ? names[kind] : "?";
}

int lk_optimizer_find(const char *name)
{
	for (int i = 0; i < LK_OPTIMIZER_COUNT; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

static size_t moment_count(const lk_optimizer_config *config)
{
	if (config->kind == LK_ADAMW)
		return 2;
	return config->momentum != 0 ? 1 : 0;
}

/* Lay one moment out as the parameters are; where the arena has memory, name
 * its tensors. */
static lk_status bind_moment(lk_arena *arena, lk_tensor *state, const char *prefix,
		const lk_tensor *parameters, size_t count, lk_error *error)
{
	for (size_t i = 0; i < count; i++) {
		void *data = lk_arena_take(arena, lk_tensor_count(&parameters[i]),
				lk_dtype_nbytes(parameters[i].dtype));
		int length;

		if (!state)
			continue;
		state[i] = parameters[i];
		state[i].data = data;
		length = snprintf(state[i].name, sizeof state[i].name, "%s.%s", prefix,
				parameters[i].name);
		if (length < 0 || (size_t)length >= sizeof state[i].name)
			return lk_fail(error, LK_RANGE,
					"the tensor name %s is too long to be saved "
					"with the optimiser", parameters[i].name);
	}
	return LK_OK;
}

size_t lk_optimizer_memory(const lk_optimizer_config *config,
		const lk_tensor *parameters, size_t count)
{
	lk_arena arena = { 0 };

	bind_moment(&arena, NULL, NULL, parameters, count, NULL);
	return moment_count(config) * arena.used;
}

static lk_status check_config(const lk_optimizer_config *c, lk_error *error)
{
	const struct {
		const char *name;
		double value, least, below;
	} rules[] = {
		{ "beta1", c->beta1, 0, 1 },
		{ "beta2", c->beta2, 0, 1 },
		{ "momentum", c->momentum, 0, 1 },
		{ "epsilon", c->epsilon, 0, INFINITY },
		{ "weight decay", c->weight_decay, 0, INFINITY },
		{ "l2", c->l2, 0, INFINITY },
		{ "clip", c->clip, 0, INFINITY },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!(rules[i].value >= rules[i].least &&
				    rules[i].value < rules[i].below))
			return lk_fail(error, LK_RANGE,
					"%s is %g; it must be at least %g and below %g",
					rules[i].name, rules[i].value, rules[i].least,
					rules[i].below);
	return LK_OK;
}

static size_t blocks_of(const lk_tensor *tensor)
{
	return (lk_tensor_count(tensor) + LK_BLOCK_COUNT - 1) / LK_BLOCK_COUNT;
}

static void cut(lk_optimizer *o, const lk_tensor *gradients)
{
	lk_block *block = o->blocks;

	for (size_t i = 0; i < o->count; i++) {
		size_t n = lk_tensor_count(&o->parameters[i]);

		o->slots[i] = (lk_slot){
			.w = o->parameters[i].data,
			.g = gradients[i].data,
			.m = o->state_count > 0 ? o->state[i].data : NULL,
			.v = o->state_count > o->count ? o->state[o->count + i].data
						       : NULL,
			.decay = o->parameters[i].rank >= 2,
		};
		for (size_t at = 0; at < n; at += LK_BLOCK_COUNT)
			*block++ = (lk_block){ i, at,
				n - at < LK_BLOCK_COUNT ? n - at : LK_BLOCK_COUNT };
	}
}

static lk_status take_moments(lk_optimizer *o, lk_error *error)
{
	size_t moments = moment_count(&o->config);
	lk_status status = LK_OK;

	for (size_t k = 0; k < moments && !status; k++) {
		char prefix[16];
		lk_arena *arena = &o->moments[k];

		snprintf(prefix, sizeof prefix, "%s.%c",
				lk_optimizer_name(o->config.kind), "mv"[k]);
		bind_moment(arena, NULL, NULL, o->parameters, o->count, NULL);
		status = lk_arena_reserve(arena, "the optimiser's state", error);
		if (!status)
			status = bind_moment(arena, o->state + k * o->count, prefix,
					o->parameters, o->count, error);
	}
	return status;
}

lk_status lk_optimizer_new(lk_optimizer **optimizer,
		const lk_optimizer_config *config, const lk_tensor *parameters,
		const lk_tensor *gradients, size_t count, lk_isa isa, lk_error *error)
{
	lk_optimizer *o;
	lk_status status = check_config(config, error);

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
	o->state_count = moment_count(config) * count;
	for (size_t i = 0; i < count; i++) {
		assert(parameters[i].dtype == (isa == LK_ISA_F64 ? LK_F64 : LK_F32));
		assert(gradients[i].dtype == parameters[i].dtype);
		assert(lk_tensor_count(&gradients[i]) ==
				lk_tensor_count(&parameters[i]));
		o->block_count += blocks_of(&parameters[i]);
	}
	o->slots = calloc(count, sizeof *o->slots);
	o->blocks = calloc(o->block_count, sizeof *o->blocks);
	o->squares = calloc(o->block_count, sizeof *o->squares);
	o->state = calloc(o->state_count + 1, sizeof *o->state);
	if (!o->slots || !o->blocks || !o->squares || !o->state)
		status = lk_fail(error, LK_NOMEM, "out of memory");
	else
		status = take_moments(o, error);
	if (status) {
		lk_optimizer_free(o);
		return status;
	}
	cut(o, gradients);
	*optimizer = o;
	return LK_OK;
}

void lk_optimizer_free(lk_optimizer *o)
{
	if (!o)
		return;
	lk_arena_release(&o->moments[0]);
	lk_arena_release(&o->moments[1]);
	free(o->slots);
	free(o->blocks);
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

void lk_optimizer_step(lk_optimizer *o, uint64_t t, double learning_rate)
{
	const lk_optimizer_config *c = &o->config;
	double scale, norm, shrink = 1 - learning_rate * c->weight_decay;
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
	if (c->kind == LK_ADAMW) {
		lk_adamw_step step = {
			.beta1 = c->beta1,
			.beta2 = c->beta2,
			.epsilon = c->epsilon,
			.scale = scale,
			.l2 = c->l2,
			.shrink = shrink,
			.rate = learning_rate / -expm1((double)t * log(c->beta1)),
			.root = 1 / sqrt(-expm1((double)t * log(c->beta2))),
		};

		builds[o->isa].adamw(o->slots, o->blocks, o->block_count, &step);
	} else {
		lk_sgd_step step = { c->momentum, c->nesterov, scale, c->l2, shrink,
			learning_rate };

		builds[o->isa].sgd(o->slots, o->blocks, o->block_count, &step);
	}
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
