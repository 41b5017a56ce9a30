/* ngram/ngram.h
 * N-gram models: the probability of a token given the `order - 1` before it.
 *
 *   uniform      1 / V, whatever came before
 *   mle          c(h w) / c(h): maximum likelihood. What never followed h has
 *                probability 0; a context never seen falls back to the longest
 *                part of it that was, since the likelihood says nothing there
 *   additive     (c(h w) + alpha) / (c(h) + alpha V): the posterior mean under
 *                a Dirichlet(alpha) prior, and its mode (MAP) under
 *                Dirichlet(alpha + 1)
 *   kneser-ney   interpolated modified Kneser-Ney [Chen & Goodman 1998, "An
 *                empirical study of smoothing techniques for language
 *                modeling", TR-10-98], discounts estimated; kneser_ney.h
 *
 * V counts all ids, seen or not, the end of text included. The end of text
 * begins each document and ends it: it is context at its beginning (and what
 * stands before it never is), and is predicted at its end. A context that
 * begins with it is shorter than order - 1 tokens and is all there is.
 *
 * However it was estimated, a model is a tree of n-grams with probabilities and
 * back-off weights, as in an ARPA file:
 *
 *     P(w | h) = p(h w)                where the n-gram h w is in the tree,
 *                b(h) P(w | h')        otherwise; h' is h without its first
 *                                      token, b(h) = 1 where h is not there
 *
 * Probabilities are natural numbers, not logarithms. A model does not change
 * once made: any number of threads may ask it. */
#ifndef LK_NGRAM_NGRAM_H
#define LK_NGRAM_NGRAM_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define LK_NGRAM_SMOOTHINGS(X)        \
	X(UNIFORM,    "uniform")      \
	X(MLE,        "mle")          \
	X(ADDITIVE,   "additive")     \
	X(KNESER_NEY, "kneser-ney")
/* clang-format on */

typedef enum {
#define X(name, text) LK_NGRAM_##name,
	LK_NGRAM_SMOOTHINGS(X)
#undef X
	LK_NGRAM_IMPORTED, /* estimated by others; lk_ngram_fit does not */
	LK_NGRAM_SMOOTHING_COUNT
} lk_ngram_smoothing;

enum { LK_NGRAM_ORDER_MOST = 64 };

const char *lk_ngram_smoothing_name(lk_ngram_smoothing smoothing);

typedef struct {
	lk_ngram_smoothing smoothing;
	size_t order;        /* 1 .. LK_NGRAM_ORDER_MOST; uniform: 1 */
	double alpha;        /* of additive, > 0 */
	uint32_t vocabulary; /* V, number of ids, the end of text included */
	uint32_t end;        /* id of the end of text */
	int threads;         /* to estimate with; the result does not depend on it */
} lk_ngram_options;

typedef struct lk_ngram lk_ngram;

/* Copies ids first .. first + count - 1 of a stream into out; any thread may
 * call it. (Of lk_tokens: evaluate/ngrams.h.) */
typedef void lk_ngram_reader(
		const void *stream, size_t first, size_t count, uint32_t *out);

/* Estimate a model from a stream of `count` ids: the end of text, a document,
 * the end of text, ... . The last document's end may be missing. Fails with
 * LK_RANGE on options out of range, ids that are not below V, a stream that does
 * not begin with the end of text, holds nothing else, or has 2^32 - 1 ids or
 * more. */
lk_status lk_ngram_fit(lk_ngram **ngram, const lk_ngram_options *options,
		lk_ngram_reader *read, const void *stream, size_t count,
		lk_error *error);
void lk_ngram_free(lk_ngram *ngram); /* accepts NULL */

/* What it was estimated with. threads is 0. */
const lk_ngram_options *lk_ngram_get_options(const lk_ngram *ngram);
size_t lk_ngram_count(const lk_ngram *ngram, size_t length); /* n-grams of it */
/* The discounts D1, D2, D3+ that Kneser-Ney took for n-grams of this length, and
 * whether it fell back on fixed ones, the counts being too thin. */
const double *lk_ngram_discounts(
		const lk_ngram *ngram, size_t length, bool *fallback);
size_t lk_ngram_memory(const lk_ngram *ngram);               /* bytes */

/* The negative log-likelihoods, in nats, of ids[context] .. ids[count - 1], each
 * given those before it in ids, into nll[count - context]; what came before
 * ids[0] counts as never seen, so ids should begin with an end of text, or
 * context be at least order - 1. An end of text between ids begins a new
 * document. INFINITY where the probability is 0. Ids are below V. */
void lk_ngram_score(const lk_ngram *ngram, const uint32_t *ids, size_t count,
		size_t context, double *nll);

/* A place in a text: the contexts, short and long, that the next token has. */
typedef struct {
	size_t length;                      /* of the longest that the tree has */
	uint32_t node[LK_NGRAM_ORDER_MOST]; /* [n]: the context of n tokens, or
					       none; see tree.h */
} lk_ngram_state;

/* The beginning of a document: the end of text has been read. */
void lk_ngram_begin(const lk_ngram *ngram, lk_ngram_state *state);

/* P(id | state), and the state after id. After the end of text another document
 * begins. */
double lk_ngram_next(const lk_ngram *ngram, lk_ngram_state *state, uint32_t id);

/* P(id | state) of all ids into p[V]: the numbers that lk_ngram_next gives. They
 * sum to 1 but for rounding (below 1e-5). */
void lk_ngram_distribution(
		const lk_ngram *ngram, const lk_ngram_state *state, double *p);

#endif
