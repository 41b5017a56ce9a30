#include "ngram/tree.h"

#include <assert.h>
#include <math.h>

/* What is known of P(w | h) once the contexts up to some length have been asked: the
 * longest n-gram found, and the weights of the contexts since. The factors come in
 * the same order wherever a probability is made, so that its bits are the same. */
typedef struct {
	double p, backoff;
} answer;

static double value(answer a)
{
	return a.p * a.backoff;
}

/* Ask the context `node` of n tokens for id. Returns the n-gram that they make. */
static uint32_t ask(answer *a, const lk_ngram *ngram, size_t n, uint32_t node,
		uint32_t id)
{
	uint32_t child = lk_ngram_child(ngram, n, node, id);

	if (child != LK_NGRAM_NONE)
		*a = (answer){ ngram->level[n + 1].p[child].real, 1 };
	else
		a->backoff *= ngram->level[n].backoff[node].real;
	return child;
}

enum { BLOCK = 256 };

/* Score BLOCK or fewer tokens, ids[from] and on. All their n-grams of one length are
 * looked up before those of the next: the searches do not wait for each other. */
static void score_block(const lk_ngram *ngram, const uint32_t *ids, size_t from,
		size_t count, double *nll)
{
	const lk_ngram_level *level = ngram->level;
	size_t order = ngram->options.order;
	size_t before = from < order - 1 ? from : order - 1;
	size_t start = from - before, places = before + count;
	uint32_t node[BLOCK + LK_NGRAM_ORDER_MOST]; /* of the n-gram at each place */
	answer a[BLOCK];

	for (size_t i = 0; i < places; i++)
		node[i] = ids[start + i];
	for (size_t i = 0; i < count; i++)
		a[i] = (answer){ level[1].p[ids[from + i]].real, 1 };
	for (size_t n = 1; n < order; n++) {
		/* Those n tokens at place i are the context of token i + n. */
		for (size_t i = 0; i + n < places; i++) {
			size_t target = i + n - before;
			answer unwanted = { 0 };

			if (node[i] == LK_NGRAM_NONE)
				continue;
			node[i] = ask(i + n < before ? &unwanted : &a[target], ngram, n,
					node[i], ids[start + i + n]);
		}
	}
	for (size_t i = 0; i < count; i++)
		nll[i] = -log(value(a[i]));
}

void lk_ngram_score(const lk_ngram *ngram, const uint32_t *ids, size_t count,
		size_t context, double *nll)
{
	for (size_t at = context; at < count; at += BLOCK) {
		size_t n = count - at < BLOCK ? count - at : BLOCK;

		score_block(ngram, ids, at, n, nll + (at - context));
	}
}

void lk_ngram_begin(const lk_ngram *ngram, lk_ngram_state *state)
{
	state->length = ngram->options.order > 1;
	state->node[1] = ngram->options.end;
}

double lk_ngram_next(const lk_ngram *ngram, lk_ngram_state *state, uint32_t id)
{
	size_t longest = ngram->options.order - 1, length = 0;
	answer a = { ngram->level[1].p[id].real, 1 };
	uint32_t longer = id; /* the context of n tokens after id */

	for (size_t n = 1; n <= longest; n++) {
		uint32_t node = n <= state->length ? state->node[n] : LK_NGRAM_NONE;

		state->node[n] = longer;
		if (longer != LK_NGRAM_NONE)
			length = n;
		longer = node == LK_NGRAM_NONE ? node : ask(&a, ngram, n, node, id);
	}
	state->length = length;
	if (id == ngram->options.end)
		lk_ngram_begin(ngram, state);
	return value(a);
}

/* The back-off weights of the contexts of n and more tokens. */
static double product(const lk_ngram *ngram, const lk_ngram_state *state, size_t n)
{
	double backoff = 1;

	for (; n <= state->length; n++)
		if (state->node[n] != LK_NGRAM_NONE)
			backoff *= ngram->level[n].backoff[state->node[n]].real;
	return backoff;
}

void lk_ngram_distribution(
		const lk_ngram *ngram, const lk_ngram_state *state, double *p)
{
	const lk_ngram_level *level = ngram->level;

	double all = product(ngram, state, 1);

	for (size_t i = 0; i < level[1].count; i++)
		p[i] = level[1].p[i].real * all;
	for (size_t n = 1; n <= state->length; n++) {
		uint32_t node = state->node[n];
		double backoff = product(ngram, state, n + 1);

		if (node == LK_NGRAM_NONE)
			continue;
		for (uint32_t i = level[n].first[node]; i < level[n].first[node + 1]; i++)
			p[lk_ngram_word(&level[n + 1].word, i)] =
					level[n + 1].p[i].real * backoff;
	}
}
