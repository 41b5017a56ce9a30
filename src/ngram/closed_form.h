/* ngram/closed_form.h
 * Estimates that a context's own counts give: maximum likelihood, and additive
 * smoothing (ngram.h). */
#ifndef LK_NGRAM_CLOSED_FORM_H
#define LK_NGRAM_CLOSED_FORM_H

#include "ngram/counts.h"

/* P(w | h) = c(h w) / c(h), c(h) = sum_v c(h v), and 0 for what never followed: a
 * context that something followed has back-off weight 0. */
lk_status lk_maximum_likelihood_fit(lk_ngram *ngram, const lk_ngram_counts *counts,
		lk_error *error);

/* P(w | h) = (c(h w) + alpha) / (c(h) + alpha V) for contexts of order - 1 tokens
 * and those that begin a document; all shorter ones say 1 / V. */
lk_status lk_additive_fit(lk_ngram *ngram, const lk_ngram_counts *counts,
		lk_error *error);

/* P = 1 / V; makes level 1. */
lk_status lk_uniform_fit(lk_ngram *ngram, lk_error *error);

#endif
