#include "evaluate/calibration.h"

#include <math.h>

static void add(lk_calibration *c, double confidence, int right)
{
	int bin = (int)(confidence * LK_CALIBRATION_BINS);

	bin = bin < 0 ? 0 : bin;
	bin = bin < LK_CALIBRATION_BINS ? bin : LK_CALIBRATION_BINS - 1;
	c->tokens[bin]++;
	c->right[bin] += right != 0;
	c->confidence[bin] += confidence;
}

void lk_calibration_add(lk_calibration *c, const double *p, size_t V, uint32_t came)
{
	size_t best = 0;

	for (size_t i = 1; i < V; i++)
		if (p[i] > p[best])
			best = i;
	add(c, p[best], best == came);
}

void lk_calibration_add_logits(
		lk_calibration *c, const float *logits, size_t V, uint32_t came)
{
	size_t best = 0;
	double sum = 0;

	for (size_t i = 1; i < V; i++)
		if (logits[i] > logits[best])
			best = i;
	for (size_t i = 0; i < V; i++)
		sum += exp((double)logits[i] - logits[best]);
	add(c, 1 / sum, best == came);
}

uint64_t lk_calibration_tokens(const lk_calibration *c)
{
	uint64_t tokens = 0;

	for (int b = 0; b < LK_CALIBRATION_BINS; b++)
		tokens += c->tokens[b];
	return tokens;
}

double lk_calibration_error(const lk_calibration *c)
{
	double gap = 0;

	for (int b = 0; b < LK_CALIBRATION_BINS; b++)
		gap += fabs((double)c->right[b] - c->confidence[b]);
	return gap / (double)lk_calibration_tokens(c);
}
