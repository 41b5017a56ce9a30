/* ngram/kneser_ney.h
 * Interpolated modified Kneser-Ney [Chen & Goodman 1998, TR-10-98, section 3.1 and
 * equations 24 to 26], without pruning.
 *
 *     P(w | h) = (a(h w) - D(a(h w))) / a(h .) + g(h) P(w | h'),   a(h .) = sum_v a(h v)
 *     g(h)     = (D1 N1(h .) + D2 N2(h .) + D3 N3+(h .)) / a(h .)
 *
 * down to P(w) = (a(w) - D(a(w))) / a(.) + g() / V. a is the number of times an
 * n-gram occurs where it has `order` tokens or begins a document, else the number of
 * different tokens that stand before it. Nk(h .) counts the w with a(h w) = k.
 *
 * The discounts of each level come from nk, its number of n-grams with a = k:
 *
 *     Y = n1 / (n1 + 2 n2),   Dk = k - (k + 1) Y n(k+1) / nk   (k = 1, 2, 3 and more)
 *
 * Where n1, n2 or n3 is 0 or a Dk is not within 0 .. k, as in short texts and at
 * the short n-grams of bytes, the counts say too little, and D is LK_KNESER_NEY_D1,
 * D2, D3: those that KenLM takes with --discount_fallback. */
#ifndef LK_NGRAM_KNESER_NEY_H
#define LK_NGRAM_KNESER_NEY_H

#include "ngram/counts.h"

#define LK_KNESER_NEY_D1 0.5
#define LK_KNESER_NEY_D2 1.0
#define LK_KNESER_NEY_D3 1.5

/* The discounts D[1 .. 3] of a level that has nk[k] n-grams of a = k (k = 1 .. 4);
 * D[0] is 0. Returns whether it is they that the counts gave. */
bool lk_kneser_ney_discounts(double discount[4], const uint64_t nk[5]);

/* From counts of a text to probabilities. The levels' p come to be here. */
lk_status lk_kneser_ney_fit(lk_ngram *ngram, lk_ngram_counts *counts, int threads,
		lk_error *error);

#endif
