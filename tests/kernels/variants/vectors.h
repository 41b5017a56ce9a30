/* tests/kernels/variants/vectors.h
 * exp, tanh and sigmoid of n floats, as the loops of each build compute them. (The double
 * build converts; it is here so that the table of builds is complete.) */
#ifndef LK_TESTS_KERNELS_VARIANTS_VECTORS_H
#define LK_TESTS_KERNELS_VARIANTS_VECTORS_H

#include "base/cpu.h"

#include <stddef.h>

typedef void vectors_function(float *e, float *t, float *s, const float *x, size_t n);

#define X(name, suffix, text) vectors_function lk_vectors_##suffix;
LK_ISAS(X)
#undef X

#endif
