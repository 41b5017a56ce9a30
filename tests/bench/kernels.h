/* tests/bench/kernels.h
 * Every operation of a training step and of sampling, timed at a preset's shapes
 * by each build. */
#ifndef LK_TESTS_BENCH_KERNELS_H
#define LK_TESTS_BENCH_KERNELS_H

#include "base/cpu.h"
#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a model and a micro-batch: C channels, H heads of D, V tokens. */
typedef struct {
	const char *name;
	size_t layers, H, C, V, B, T;
} bench_shape;

/* One operation: what it computes, what it reads and writes. An operation is
 * bounded by the products in it where it has some, else by memory. */
typedef struct {
	const char *kernel;
	double seconds; /* of a call, median */
	double flops;   /* of products; 0: none to speak of */
	size_t nbytes;  /* of its operands, each once */
} bench_result;

/* Called after each kernel, so that its bound is measured beside it: machines that
 * share their cores change speed from second to second. */
typedef void bench_report(const bench_result *result, int threads, double seconds);

/* Time all kernels in teams of so many threads, each for about so many seconds.
 * False where memory is short. */
typedef bool bench_kernels_function(bench_report *report, const bench_shape *shape,
		int threads, double seconds);

#define lk_bench_kernels LK_VARIANT(bench_kernels)

#define X(name, suffix, text) bench_kernels_function LK_PASTE(bench_kernels, suffix);
LK_ISAS(X)
#undef X

#endif
