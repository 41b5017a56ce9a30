/* kernels/machine.h
 * What this machine can do at best: the bounds that measured speeds are quoted
 * against. Each function takes what memory it needs, works for about so many
 * seconds, and returns the median of many repetitions, or 0 where memory is
 * short. Called by one thread; uses its own parallel regions. */
#ifndef LK_KERNELS_MACHINE_H
#define LK_KERNELS_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

/* FLOP/s of large float products (C = A B^T, square, order 1536): `threads`
 * threads, each with one of its own and single-threaded BLAS. */
double lk_machine_sgemm(int threads, double seconds);

/* Bytes/s that `threads` threads read together, again and again, of an array of
 * so many bytes. */
double lk_machine_read(size_t nbytes, int threads, double seconds);

/* FLOP/s of one product y (R,N) = x (R,C) w (N,C)^T, or, with `backward`,
 * w (N,C) = y^T x, divided among threads by OpenBLAS itself; 0 also where its
 * build has no threads. */
double lk_machine_sgemm_threaded(size_t R, size_t N, size_t C, bool backward,
		int threads, double seconds);

/* Median seconds of one call, after one that is not counted: at least 3 calls, and
 * as many as fit into so many seconds. */
typedef void lk_work(void *context);
double lk_time_work(lk_work *call, void *context, double seconds);

/* The median of n > 0 values, which it sorts. */
double lk_median(double *values, size_t n);

#endif
