#include "vectors.h"

#include "kernels/vmath.h"

#define lk_vectors LK_VARIANT(vectors)

void lk_vectors(float *restrict e, float *restrict t, float *restrict s,
		const float *restrict x,
		size_t n)
{
	lk_real rest;

	for (size_t i = 0; i < n; i++)
		e[i] = (float)lk_exp(x[i]);
	for (size_t i = 0; i < n; i++)
		t[i] = (float)lk_tanh(x[i]);
	for (size_t i = 0; i < n; i++)
		s[i] = (float)lk_sigmoid(x[i], &rest);
}
