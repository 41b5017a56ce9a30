/* evaluate/recurrence.h
 * How far back a text repeats itself: what windows of several lengths are worth to a
 * model that copies, in bits per byte, before any is trained.
 *
 * The model is a mixture. Trigrams (interpolated Kneser-Ney) know what is usual, and a
 * match model (as in compressors of the PAQ family [Mahoney 2005, "Adaptive weighing of
 * context models for lossless data compression", TR CS-2005-16]) looks up, within the
 * window, where the last tokens stood before, as many of them as possible, and expects
 * what followed there:
 *
 *     P(w) = lambda_k [w followed the match of k tokens] + (1 - lambda_k) P_trigram(w)
 *
 * lambda_k is how often matches of k tokens were right so far, weighed by the mixture's
 * own opinion of who was (expectation maximisation, one token at a time). Contexts are
 * found by their hash, and of two that share one the earlier is forgotten. */
#ifndef LK_EVALUATE_RECURRENCE_H
#define LK_EVALUATE_RECURRENCE_H

#include "base/status.h"
#include "text/tokens.h"

#include <stddef.h>
#include <stdint.h>

/* Bits per byte of text of the scored stream in windows of window[i] tokens (2 or more),
 * end to end, into bits_per_byte[i], i < count. Trigrams are counted in `training`.
 * vocabulary: ids are below it. Takes about 0.3 s for a million tokens to count and,
 * for each window length, 0.02 s for each 100,000 tokens to score; and 12 bytes for each
 * token that is scored. */
lk_status lk_recurrence_measure(double *bits_per_byte, const size_t *window, size_t count,
		const lk_tokens *training, const lk_tokens *scored, uint32_t vocabulary,
		int threads, lk_error *error);

#endif
