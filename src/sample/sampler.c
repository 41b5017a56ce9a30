#include "sample/sampler.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A token that may be drawn. */
typedef struct {
	double logit;  /* after penalty and temperature */
	double weight; /* exp(logit - largest logit) */
	uint32_t id;
} candidate;

struct lk_sampler {
	lk_sampler_config config;
	size_t vocabulary;
	lk_rng rng;
	candidate *candidate; /* [vocabulary] */
	bool *penalised;      /* [vocabulary]; all false between calls */
};

lk_sampler_config lk_sampler_config_default(void)
{
	return (lk_sampler_config){
		.temperature = 0.8, .top_p = 1, .repetition_penalty = 1, .seed = 1
	};
}

static lk_status check(const lk_sampler_config *config, lk_error *error)
{
	/* Written so that NaN fails. */
	if (!(config->temperature >= 0 && config->temperature < INFINITY))
		return lk_fail(error, LK_RANGE,
				"a temperature of %g is out of range; use 0 or more",
				config->temperature);
	if (!(config->top_p > 0 && config->top_p <= 1))
		return lk_fail(error, LK_RANGE,
				"a top-p of %g is out of range; use above 0, to 1",
				config->top_p);
	if (!(config->min_p >= 0 && config->min_p < 1))
		return lk_fail(error, LK_RANGE,
				"a min-p of %g is out of range; use 0 to below 1",
				config->min_p);
	if (!(config->repetition_penalty >= 1 && config->repetition_penalty < INFINITY))
		return lk_fail(error, LK_RANGE,
				"a repetition penalty of %g is out of range; use 1 or "
				"more",
				config->repetition_penalty);
	return LK_OK;
}

lk_status lk_sampler_new(lk_sampler **sampler, const lk_sampler_config *config,
		size_t vocabulary, lk_error *error)
{
	lk_status status = check(config, error);
	lk_sampler *s;

	assert(vocabulary);
	if (status)
		return status;
	s = calloc(1, sizeof *s);
	if (s) {
		s->candidate = calloc(vocabulary, sizeof *s->candidate);
		s->penalised = calloc(vocabulary, sizeof *s->penalised);
	}
	if (!s || !s->candidate || !s->penalised) {
		lk_sampler_free(s);
		return lk_fail(error, LK_NOMEM,
				"out of memory to choose among %zu tokens", vocabulary);
	}
	s->config = *config;
	s->vocabulary = vocabulary;
	s->rng = lk_rng_new(config->seed, LK_RNG_SAMPLE);
	*sampler = s;
	return LK_OK;
}

void lk_sampler_free(lk_sampler *sampler)
{
	if (!sampler)
		return;
	free(sampler->candidate);
	free(sampler->penalised);
	free(sampler);
}

/* The larger logit, then the smaller id: a total order, so that the sorted
 * result is one and the same with any sorting algorithm. */
static int better(const void *left, const void *right)
{
	const candidate *a = left, *b = right;

	if (a->logit != b->logit)
		return a->logit > b->logit ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void penalise(lk_sampler *s, const uint32_t *seen, size_t count)
{
	double penalty = s->config.repetition_penalty;

	if (penalty == 1)
		return;
	for (size_t i = 0; i < count; i++) {
		candidate *c = &s->candidate[seen[i]];

		assert(seen[i] < s->vocabulary);
		if (s->penalised[seen[i]])
			continue;
		s->penalised[seen[i]] = true; /* once, however often it was seen */
		c->logit = c->logit > 0 ? c->logit / penalty : c->logit * penalty;
	}
	for (size_t i = 0; i < count; i++)
		s->penalised[seen[i]] = false;
}

static const candidate *best(const lk_sampler *s)
{
	const candidate *top = s->candidate;

	for (size_t i = 1; i < s->vocabulary; i++)
		if (better(&s->candidate[i], top) < 0)
			top = &s->candidate[i];
	return top;
}

static double total_weight(const candidate *c, size_t count)
{
	double total = 0;

	for (size_t i = 0; i < count; i++)
		total += c[i].weight;
	return total;
}

static void swap(candidate *a, candidate *b)
{
	candidate keep = *a;

	*a = *b;
	*b = keep;
}

/* Bring the `most` best of count to the front, in any order [Hoare 1961, CACM 4(7)]:
 * to sort a whole vocabulary would take longer than the model does. */
static void select_best(candidate *c, size_t count, size_t most)
{
	size_t from = 0, to = count;

	while (to - from > 1) {
		size_t split = from;

		swap(&c[from + (to - from) / 2], &c[to - 1]);
		for (size_t i = from; i + 1 < to; i++)
			if (better(&c[i], &c[to - 1]) < 0)
				swap(&c[i], &c[split++]);
		swap(&c[split], &c[to - 1]);
		if (split == most)
			return;
		if (split > most)
			to = split;
		else
			from = split + 1;
	}
}

/* Bring those of at least this weight to the front; returns how many. */
static size_t select_heavy(candidate *c, size_t count, double least)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (c[i].weight >= least)
			swap(&c[i], &c[kept++]);
	return kept;
}

/* A weight so small that the candidates which have it hold as much as is wanted. */
static double weight_for(const candidate *c, size_t count, double wanted)
{
	double least = 1, held = 0;

	while (held < wanted && least > 0) {
		least /= 16;
		held = 0;
		for (size_t i = 0; i < count; i++)
			held += c[i].weight >= least ? c[i].weight : 0;
	}
	return least;
}

/* Bring the candidates that may be drawn to the front, the best first; returns how
 * many. Each rule takes the first so many of the sorted ones, so that only what is left
 * in the end need be sorted. */
static size_t truncate_candidates(const lk_sampler *s)
{
	candidate *c = s->candidate;
	const lk_sampler_config *config = &s->config;
	size_t count = s->vocabulary;
	double wanted = 0;

	if (config->top_k && config->top_k < count) {
		select_best(c, count, config->top_k);
		count = config->top_k;
	}
	if (config->top_p < 1) {
		wanted = config->top_p * total_weight(c, count);
		count = select_heavy(c, count, weight_for(c, count, wanted));
	}
	if (config->min_p > 0) /* the best, of weight 1, among them */
		count = select_heavy(c, count, config->min_p);
	qsort(c, count, sizeof *c, better);
	if (config->top_p < 1) {
		double held = 0;
		size_t kept = 0;

		while (kept < count && held < wanted)
			held += c[kept++].weight;
		count = kept;
	}
	return count;
}

uint32_t lk_sampler_choose(lk_sampler *sampler, const float *logits,
		const uint32_t *seen, size_t seen_count, uint64_t stream,
		uint64_t position)
{
	const lk_sampler_config *config = &sampler->config;
	candidate *c = sampler->candidate;
	size_t count = sampler->vocabulary;
	double draw, held = 0;
	uint32_t chosen = 0;

	for (uint32_t i = 0; i < count; i++)
		c[i] = (candidate){ .logit = logits[i], .id = i };
	penalise(sampler, seen, seen_count);
	const candidate *top = best(sampler);
	if (config->temperature == 0)
		return top->id;
	double largest = top->logit;
	/* The difference first: a tiny temperature then gives 0 and -inf, not NaN. */
	for (size_t i = 0; i < count; i++)
		c[i].weight = exp((c[i].logit - largest) / config->temperature);
	if (config->top_k || config->top_p < 1 || config->min_p > 0)
		count = truncate_candidates(sampler);
	draw = lk_rng_uniform(sampler->rng, position, stream) * total_weight(c, count);
	/* Rounding may leave draw at the total: then it is the last that has a
	 * chance at all. */
	for (size_t i = 0; i < count && draw >= held; i++) {
		held += c[i].weight;
		if (c[i].weight > 0)
			chosen = c[i].id;
	}
	return chosen;
}
