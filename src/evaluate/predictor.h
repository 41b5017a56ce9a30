/* evaluate/predictor.h
 * What every model is to those who judge it: the negative log-likelihood of
 * each token of a stream, given the tokens before it in its document. Nothing
 * here says what kind of model answers. */
#ifndef LK_EVALUATE_PREDICTOR_H
#define LK_EVALUATE_PREDICTOR_H

#include "base/status.h"
#include "model/model.h"
#include "ngram/ngram.h"
#include "text/tokens.h"

#include <stddef.h>

/* Takes the NLL in nats of count tokens of a stream, the first of which is number
 * `first`. Called in order, each token once. Other than LK_OK stops the
 * scoring. */
typedef lk_status lk_nll_sink(
		void *context, size_t first, size_t count, const double *nll);

/* Texts read side by side, a token at a time: the whole distribution over what
 * comes next, for those who code with it or draw from it. */
typedef struct lk_session lk_session;

struct lk_session {
	size_t streams;
	/* P(id | what stream s has read of its document) into p[V]: sums to 1 but
	 * for rounding, and has the same bits whenever the same ids were read in
	 * a session of as many streams. Several threads may ask at once, between
	 * two calls of advance. */
	lk_status (*distribution)(lk_session *, size_t s, double *p, lk_error *);
	/* Every stream s reads id[s], below V. After the end of text, which each
	 * has read when the session begins, another document begins; a kind may
	 * refuse (LK_UNSUPPORTED) that it does so in some streams and not in
	 * others. */
	lk_status (*advance)(lk_session *, const uint32_t *id, lk_error *);
	void (*free)(lk_session *);
};

void lk_session_free(lk_session *session); /* accepts NULL */

typedef struct lk_predictor lk_predictor;

struct lk_predictor {
	const char *kind; /* "transformer", "ngram" */
	uint32_t vocabulary;
	/* Score the tokens first + 1 .. first + count - 1 of the stream, where
	 * token `first` is an end of text. Each is scored given the tokens before
	 * it from the last end of text on, as far as the model's memory reaches:
	 * an end of text between them ends a document and begins another. Memory
	 * is bounded, however long the documents and however many. */
	lk_status (*score)(lk_predictor *, const lk_tokens *, size_t first,
			size_t count, lk_nll_sink *sink, void *context, lk_error *);
	/* Begin a session, which the predictor must outlive. end: id of the end of
	 * text. NULL: this kind has none. */
	lk_status (*begin)(lk_predictor *, lk_session **, uint32_t end,
			size_t streams, lk_error *);
	void (*free)(lk_predictor *);
};

void lk_predictor_free(lk_predictor *predictor); /* accepts NULL */

/* A Transformer, in windows of T = context tokens that advance by stride
 * (1 <= stride <= context): a window's first T - stride targets only give
 * context to the rest, except in the first window, where all count. stride ==
 * context: disjoint windows. The model must have been reserved for at least
 * (batch, context); the predictor runs as many windows at a time as make up to
 * batch x context rows, short ones of several documents with others of about
 * their length, in its own parallel region of `threads`, and neither owns nor
 * changes the model. */
lk_status lk_predictor_new_transformer(lk_predictor **predictor, lk_model *model,
		size_t batch, size_t stride, int threads, lk_error *error);

/* An n-gram model, which is neither owned nor changed. Each token is predicted from
 * all the context that the model knows. */
lk_status lk_predictor_new_ngram(
		lk_predictor **predictor, const lk_ngram *ngram, lk_error *error);

#endif
