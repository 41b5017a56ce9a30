#include "evaluate/recurrence.h"

#include "evaluate/ngrams.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { ORDER = 3, MATCH_MOST = 8, SLOT_BITS = 16, SLOTS = 1 << SLOT_BITS };

/* What lambda_k is before anything was seen, and how many tokens that counts for. */
#define PRIOR       0.3
#define PRIOR_COUNT 1.0

/* For each length of match, where its last tokens stood last, by their hash: the
 * number of the token that followed. Entries before the window are stale. */
typedef struct {
	size_t next[MATCH_MOST + 1][SLOTS];
	double right[MATCH_MOST + 1], count[MATCH_MOST + 1];
} match_model;

/* Hashes of the 1 .. most tokens before ids[at]. */
static void hash_last(uint32_t *hash, const uint32_t *ids, size_t at, size_t most)
{
	uint64_t h = UINT64_C(0x9E3779B97F4A7C15);

	for (size_t k = 1; k <= most; k++) {
		h = (h ^ ids[at - k]) * UINT64_C(0xBF58476D1CE4E5B9);
		h ^= h >> 29;
		hash[k] = (uint32_t)(h >> (64 - SLOT_BITS));
	}
}

/* Do the k tokens before ids[at] stand before ids[there], too? */
static bool matches(const uint32_t *ids, size_t at, size_t there, size_t k)
{
	for (size_t i = 1; i <= k; i++)
		if (ids[at - i] != ids[there - i])
			return false;
	return true;
}

/* The longest match, of up to `most` tokens, of what stands before ids[at] in the window
 * that begins with ids[first]; *there: what followed it. 0: none. */
static size_t longest_match(size_t *there, const match_model *model, const uint32_t *hash,
		const uint32_t *ids, size_t first, size_t at, size_t most)
{
	for (size_t k = most; k > 0; k--) {
		size_t next = model->next[k][hash[k]];

		if (next >= first + k && next < at && matches(ids, at, next, k)) {
			*there = next;
			return k;
		}
	}
	return 0;
}

/* -log2 P(ids[at]), given P of the trigrams; the model learns from it. */
static double bits_of(match_model *model, const uint32_t *ids, size_t first, size_t at,
		double p)
{
	size_t most = at - first < MATCH_MOST ? at - first : MATCH_MOST, there = 0, k;
	uint32_t hash[MATCH_MOST + 1];

	hash_last(hash, ids, at, most);
	k = longest_match(&there, model, hash, ids, first, at, most);
	if (k) {
		double lambda = model->right[k] / model->count[k];
		double copied = ids[there] == ids[at] ? lambda : 0;

		p = copied + (1 - lambda) * p;
		model->right[k] += copied / p;
		model->count[k]++;
	}
	for (k = 1; k <= most; k++)
		model->next[k][hash[k]] = at;
	return -log2(p);
}

/* Bits of all tokens but the first, given each one's P of the trigrams. */
static double score(match_model *model, const uint32_t *ids, const double *p,
		size_t count, size_t window)
{
	double bits = 0;

	for (size_t k = 0; k <= MATCH_MOST; k++) {
		model->right[k] = PRIOR * PRIOR_COUNT;
		model->count[k] = PRIOR_COUNT;
		for (size_t i = 0; i < SLOTS; i++)
			model->next[k][i] = 0;
	}
	for (size_t first = 0; first + 1 < count; first += window)
		for (size_t at = first + 1; at <= first + window && at < count; at++)
			bits += bits_of(model, ids, first, at, p[at]);
	return bits;
}

/* P of each token but the first. */
static lk_status ask_trigrams(double *p, const uint32_t *ids, size_t count,
		const lk_tokens *training, uint32_t vocabulary, int threads,
		lk_error *error)
{
	const lk_ngram_options options = { .smoothing = LK_NGRAM_KNESER_NEY,
		.order = ORDER,
		.vocabulary = vocabulary,
		.end = lk_tokens_end(training),
		.threads = threads };
	lk_ngram *ngram = NULL;
	lk_status status = lk_ngram_fit_tokens(&ngram, &options, training, error);

	if (!status)
		lk_ngram_score(ngram, ids, count, 1, p + 1);
	for (size_t i = 1; !status && i < count; i++)
		p[i] = exp(-p[i]);
	lk_ngram_free(ngram);
	return status;
}

lk_status lk_recurrence_measure(double *bits_per_byte, const size_t *window, size_t count,
		const lk_tokens *training, const lk_tokens *scored, uint32_t vocabulary,
		int threads, lk_error *error)
{
	size_t tokens = lk_tokens_count(scored);
	double nbytes = fmax((double)lk_tokens_nbytes(scored), 1);
	uint32_t *ids = malloc(tokens * sizeof *ids);
	double *p = malloc(tokens * sizeof *p);
	match_model *model = malloc(sizeof *model);
	lk_status status = LK_OK;

	if (!ids || !p || !model) {
		status = lk_fail(error, LK_NOMEM, "out of memory to look for repetition");
	} else {
		lk_tokens_read(scored, 0, tokens, ids);
		status = lk_tokens_check(scored, error);
	}
	if (!status)
		status = ask_trigrams(p, ids, tokens, training, vocabulary, threads,
				error);
	for (size_t i = 0; !status && i < count; i++)
		bits_per_byte[i] = score(model, ids, p, tokens, window[i]) / nbytes;
	free(model);
	free(p);
	free(ids);
	return status;
}
