/* kernels/vmath.h
 * Exponential, hyperbolic tangent and sigmoid for inner loops. In double they are
 * libm's. In float they are branch-free polynomials, which compilers turn into
 * vector code where a call of libm would stop them:
 *
 *   lk_exp   within 2 units in the last place for -87 <= x <= 88.7; below
 *            -87.34, where the result would be denormal, 0; inf above 88.73
 *   lk_tanh  relative error below 1e-6 everywhere; never beyond 1 in magnitude
 *   lk_sigmoid  relative error below 5e-7 for x >= -87; below, at most 1.3e-38
 *
 * Infinities and NaN give what libm gives. Coefficients: minimax fits of ours. */
#ifndef LK_KERNELS_VMATH_H
#define LK_KERNELS_VMATH_H

#include "base/real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef LK_DOUBLE

static inline double lk_exp(double x)
{
	return exp(x);
}

static inline double lk_tanh(double x)
{
	return tanh(x);
}

static inline double lk_sigmoid(double x, double *rest)
{
	*rest = 1 / (1 + exp(x));
	return 1 / (1 + exp(-x));
}

#else

/* e^x = 2^n e^r, n = round(x / log 2), |r| <= log(2) / 2; x <= 88.72283 or NaN. */
static inline float lk_exp_below(float x)
{
	const float magic = 12582912.0f; /* 1.5 2^23: adding it rounds to integer */
	float shifted = x * 1.44269504f + magic;
	float n = shifted - magic;
	/* log 2 in two parts, so that n times the first is exact */
	float r = (x - n * 0.693145751953125f) - n * 1.42860682e-6f;
	float q = 0.00138144632f;
	float result;
	uint32_t exponent, bits;

	q = q * r + 0.00836878081f;
	q = q * r + 0.0416683943f;
	q = q * r + 0.166665201f;
	q = q * r + 0.499999934f;
	result = (q * r) * r + r + 1.0f;
	/* n stands in the low bits of shifted; add it to the exponent */
	memcpy(&exponent, &shifted, sizeof exponent);
	memcpy(&bits, &result, sizeof bits);
	bits += exponent << 23;
	memcpy(&result, &bits, sizeof result);
	result = x < -87.33654f ? 0.0f : result;
	return x == x ? result : x;
}

static inline float lk_exp(float x)
{
	return x > 88.72283f ? INFINITY : lk_exp_below(x);
}

/* x P(x^2) / Q(x^2), flat from 9 on. */
static inline float lk_tanh(float x)
{
	float z = x > 9.0f ? 9.0f : x;
	float t, p = -1.22032908e-11f, q = 1.28736236e-6f;

	z = z < -9.0f ? -9.0f : z;
	t = z * z;
	p = p * t + 3.05848459e-8f;
	p = p * t + 2.800741e-5f;
	p = p * t + 0.00386832620f;
	p = p * t + 0.136799141f;
	p = p * t + 1.0f;
	q = q * t + 0.000393862772f;
	q = q * t + 0.027245834f;
	q = q * t + 0.470132462f;
	q = q * t + 1.0f;
	z = z * p / q;
	z = z > 1.0f ? 1.0f : z; /* rounding; comparisons let NaN pass */
	return z < -1.0f ? -1.0f : z;
}

/* 1 / (1 + e^-x); *rest is 1 less that, without cancellation. The reciprocal is a
 * guess from the exponent, which three of Newton's steps bring from an error of
 * an eighth to one of rounding: a division would cost more than the exponential
 * before it. */
static inline float lk_sigmoid(float x, float *rest)
{
	const float least = -87.27f; /* the reciprocal is no denormal number */
	float e = lk_exp_below(x < least ? -least : -x), z, y;
	uint32_t bits;

	z = 1.0f + e;
	memcpy(&bits, &z, sizeof bits);
	bits = 0x7EF311C3u - bits;
	memcpy(&y, &bits, sizeof y);
	y = y * (2.0f - z * y);
	y = y * (2.0f - z * y);
	y = y * (2.0f - z * y);
	*rest = e * y;
	return y;
}

#endif
#endif
