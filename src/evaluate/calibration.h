/* evaluate/calibration.h
 * Does a model know how sure it may be? Of each token it is asked which id it
 * thinks likeliest and with what probability (its confidence), and whether that
 * was the one. Tokens fall into bins of equal width by confidence; the expected
 * calibration error is the mean, over tokens, of |share that was right - mean
 * confidence| of their bins [Naeini et al. 2015, AAAI; Guo et al. 2017,
 * arXiv:1706.04599]. */
#ifndef LK_EVALUATE_CALIBRATION_H
#define LK_EVALUATE_CALIBRATION_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { LK_CALIBRATION_BINS = 10 };

typedef struct {
	uint64_t tokens[LK_CALIBRATION_BINS];
	uint64_t right[LK_CALIBRATION_BINS];
	double confidence[LK_CALIBRATION_BINS]; /* summed */
} lk_calibration;

/* Add a token, the model's distribution (sums to 1, V ids), and what came. */
void lk_calibration_add(lk_calibration *c, const double *p, size_t V, uint32_t came);

/* The same from logits. */
void lk_calibration_add_logits(
		lk_calibration *c, const float *logits, size_t V, uint32_t came);

uint64_t lk_calibration_tokens(const lk_calibration *c);
double lk_calibration_error(const lk_calibration *c); /* NaN: no tokens */

#endif
