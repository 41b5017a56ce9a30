/* kernels/linear_rate.h
 * How fast a build's own products of a linear layer (kernels/gemm.h) run in a team
 * of threads, for comparison with kernels/machine.h. */
#ifndef LK_KERNELS_LINEAR_RATE_H
#define LK_KERNELS_LINEAR_RATE_H

#include "base/cpu.h"
#include "base/real.h"

#include <stdbool.h>
#include <stddef.h>

/* FLOP/s of y (R,N) = x (R,C) W (N,C)^T or, with `backward`, of the weight
 * gradient; median of repetitions in about so many seconds; 0 where memory is
 * short. Called by one thread; uses its own parallel regions. */
typedef double lk_linear_rate_function(size_t R, size_t N, size_t C, bool backward,
		int threads, double seconds);

#define lk_linear_rate LK_VARIANT(linear_rate)

#define X(name, suffix, text) lk_linear_rate_function LK_PASTE(linear_rate, suffix);
LK_ISAS(X)
#undef X

#endif
