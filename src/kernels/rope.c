#include "kernels/rope.h"

#include <assert.h>
#include <math.h>

void lk_rope_tables(lk_real *restrict cosine, lk_real *restrict sine, size_t T,
		size_t D, double base)
{
	assert(D && D % 2 == 0 && base > 0);
	for (size_t i = 0; i < D / 2; i++) {
		float exponent = (float)(2 * i) / (float)D;
		float frequency = 1.0f / (float)pow(base, exponent);

		for (size_t t = 0; t < T; t++) {
			double angle = (float)t * frequency;

			cosine[t * (D / 2) + i] = (lk_real)cos(angle);
			sine[t * (D / 2) + i] = (lk_real)sin(angle);
		}
	}
}

/* Turn by the tables' angles times direction, 1 or -1. */
static void turn(lk_real *restrict x, const lk_real *restrict cosine,
		const lk_real *restrict sine, size_t B, size_t T, size_t H, size_t D,
		size_t ld, size_t first, lk_real direction)
{
	size_t half = D / 2;

	assert(B && T && H && D && D % 2 == 0 && ld >= H * D);
	#pragma omp for
	for (size_t r = 0; r < B * T; r++) {
		const lk_real *c = cosine + (first + r % T) * half;
		const lk_real *s = sine + (first + r % T) * half;

		for (size_t h = 0; h < H; h++) {
			lk_real *a = x + r * ld + h * D, *b = a + half;

			#pragma omp simd
			for (size_t i = 0; i < half; i++) {
				lk_real turned = direction * s[i];
				lk_real p = a[i], q = b[i];

				a[i] = p * c[i] - q * turned;
				b[i] = q * c[i] + p * turned;
			}
		}
	}
}

void lk_rope_forward(lk_real *x, const lk_real *cosine, const lk_real *sine,
		size_t B, size_t T, size_t H, size_t D, size_t ld, size_t first)
{
	turn(x, cosine, sine, B, T, H, D, ld, first, 1);
}

void lk_rope_backward(lk_real *dx, const lk_real *cosine, const lk_real *sine,
		size_t B, size_t T, size_t H, size_t D, size_t ld, size_t first)
{
	turn(dx, cosine, sine, B, T, H, D, ld, first, -1);
}
