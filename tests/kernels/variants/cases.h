/* tests/kernels/variants/cases.h
 * Every kernel run once by each build on the same input, so that builds can be
 * compared with each other and with themselves at other numbers of threads. */
#ifndef LK_TESTS_KERNELS_VARIANTS_CASES_H
#define LK_TESTS_KERNELS_VARIANTS_CASES_H

#include "base/cpu.h"

#include <stddef.h>

enum { OUTCOMES_MOST = 64 };

/* One array that a kernel wrote. */
typedef struct {
	const char *name;
	double bound; /* greatest difference from double, over the largest value */
	size_t count;
	double *values;
} outcome;

typedef struct {
	size_t count;
	outcome list[OUTCOMES_MOST];
} outcomes;

/* Run all kernels in teams of so many threads. */
typedef void cases_function(outcomes *out, int threads);

#define X(name, suffix, text) cases_function lk_cases_##suffix;
LK_ISAS(X)
#undef X

void outcomes_free(outcomes *out);

#endif
