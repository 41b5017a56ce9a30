#include "ngram/reference.h"

#include <stdlib.h>
#include <string.h>

void reference_read(const void *ids, size_t first, size_t count, uint32_t *out)
{
	memcpy(out, (const uint32_t *)ids + first, count * sizeof *out);
}

/* Does the n-gram stand at place i? Tokens before the text's beginning are not
 * predicted, and nothing reaches over an end of text. */
static bool stands(const reference *r, size_t i, const uint32_t *gram, size_t n)
{
	if (i + n > r->count || (n == 1 && i == 0))
		return false;
	for (size_t k = 0; k < n; k++)
		if (r->id[i + k] != gram[k] ||
				(k && k + 1 < n && gram[k] == r->options.end))
			return false;
	return true;
}

static uint64_t occurrences(const reference *r, const uint32_t *gram, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < r->count; i++)
		count += stands(r, i, gram, n);
	return count;
}

/* How many different tokens stand before it. */
static uint64_t left_tokens(const reference *r, const uint32_t *gram, size_t n)
{
	bool *seen = calloc(r->options.vocabulary, sizeof *seen);
	uint64_t count = 0;

	for (size_t i = 1; i < r->count; i++)
		if (stands(r, i, gram, n) && !seen[r->id[i - 1]]) {
			seen[r->id[i - 1]] = true;
			count++;
		}
	free(seen);
	return count;
}

static uint64_t adjusted(const reference *r, const uint32_t *gram, size_t n)
{
	if (r->options.smoothing != LK_NGRAM_KNESER_NEY || n == r->options.order ||
			(n > 1 && gram[0] == r->options.end))
		return occurrences(r, gram, n);
	return left_tokens(r, gram, n);
}

static void estimate_discounts(reference *r, size_t n)
{
	uint64_t nk[5] = { 0 };
	double y, *D = r->discount[n];
	bool good;

	for (size_t i = 0; i + n <= r->count; i++) {
		const uint32_t *gram = r->id + i;
		bool before = false;
		uint64_t a;

		for (size_t j = 0; j < i && !before; j++)
			before = stands(r, j, gram, n);
		if (before || !stands(r, i, gram, n))
			continue;
		a = adjusted(r, gram, n);
		if (a < 5)
			nk[a]++;
	}
	y = (double)nk[1] / (double)(nk[1] + 2 * nk[2]);
	good = nk[1] && nk[2] && nk[3];
	for (size_t k = 1; k < 4 && good; k++) {
		D[k] = (double)k - (double)(k + 1) * y * (double)nk[k + 1] / (double)nk[k];
		good = D[k] >= 0 && D[k] <= (double)k;
	}
	for (size_t k = 1; k < 4 && !good; k++)
		D[k] = 0.5 * (double)k;
}

reference reference_new(const lk_ngram_options *options, const uint32_t *id,
		size_t count)
{
	reference r = { .options = *options, .id = id, .count = count };

	if (options->smoothing == LK_NGRAM_KNESER_NEY)
		for (size_t n = 1; n <= options->order; n++)
			estimate_discounts(&r, n);
	return r;
}

static double kneser_ney(const reference *r, const uint32_t *h, size_t n, uint32_t w)
{
	uint32_t gram[LK_NGRAM_ORDER_MOST];
	const double *D = r->discount[n + 1];
	uint32_t V = r->options.vocabulary;
	double total = 0, kept = 0, own = 0;

	memcpy(gram, h, n * sizeof *gram);
	for (uint32_t v = 0; v < V; v++) {
		gram[n] = v;
		uint64_t a = adjusted(r, gram, n + 1);
		double discount = D[a < 3 ? a : 3];

		total += (double)a;
		kept += discount;
		if (v == w)
			own = (double)a - discount;
	}
	double shorter = n ? reference_p(r, h + 1, n - 1, w) : 1.0 / V;
	return total > 0 ? own / total + kept / total * shorter : shorter;
}

double reference_p(const reference *r, const uint32_t *h, size_t n, uint32_t w)
{
	uint32_t gram[LK_NGRAM_ORDER_MOST];
	double alpha = r->options.alpha, V = r->options.vocabulary, total = 0, own;

	if (r->options.smoothing == LK_NGRAM_UNIFORM)
		return 1 / V;
	if (r->options.smoothing == LK_NGRAM_KNESER_NEY)
		return kneser_ney(r, h, n, w);
	memcpy(gram, h, n * sizeof *gram);
	gram[n] = w;
	own = (double)occurrences(r, gram, n + 1);
	for (gram[n] = 0; gram[n] < r->options.vocabulary; gram[n]++)
		total += (double)occurrences(r, gram, n + 1);
	if (r->options.smoothing == LK_NGRAM_ADDITIVE)
		return (own + alpha) / (total + alpha * V);
	return total > 0 || !n ? own / total : reference_p(r, h + 1, n - 1, w);
}

size_t reference_context(const reference *r, const uint32_t *ids, size_t i)
{
	size_t n = 0;

	while (n + 1 < r->options.order && n < i &&
			(!n || ids[i - n] != r->options.end))
		n++;
	return n;
}
