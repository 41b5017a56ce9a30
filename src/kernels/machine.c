#include "kernels/machine.h"

#include "base/arena.h"
#include "base/clock.h"

#include <cblas.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER = 1536, REPETITIONS = 1000, BLOCK_NBYTES = 1 << 16 };

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

double lk_median(double *values, size_t n)
{
	qsort(values, n, sizeof *values, compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double lk_time_work(lk_work *call, void *context, double seconds)
{
	double taken[REPETITIONS], begun = lk_clock_seconds(), before, after = begun;
	size_t n = 0;

	call(context); /* touches memory, wakes threads */
	while (n < REPETITIONS && (n < 3 || after - begun < seconds)) {
		before = lk_clock_seconds();
		call(context);
		after = lk_clock_seconds();
		taken[n++] = after - before;
	}
	return lk_median(taken, n);
}

/* count floats, each a small number that is not 0. */
static float *take(lk_arena *arena, size_t count)
{
	float *x;

	*arena = (lk_arena){ .used = count * sizeof *x };
	if (lk_arena_reserve(arena, "a measurement", NULL))
		return NULL;
	x = lk_arena_take(arena, count, sizeof *x);
	for (size_t i = 0; i < count; i++)
		x[i] = (float)(i % 7) - 3;
	return x;
}

typedef struct {
	float *matrix; /* three for each thread */
	int threads;
} products;

static void multiply_all(void *context)
{
	const products *p = context;

	#pragma omp parallel num_threads(p->threads)
	{
		const size_t area = (size_t)ORDER * ORDER;
		float *a = p->matrix + 3 * area * (size_t)omp_get_thread_num();

		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, ORDER, ORDER,
				ORDER, 1, a, ORDER, a + area, ORDER, 0, a + 2 * area,
				ORDER);
	}
}

double lk_machine_sgemm(int threads, double seconds)
{
	lk_arena arena;
	products p = { take(&arena, (size_t)threads * 3 * ORDER * ORDER), threads };
	double taken;

	if (!p.matrix)
		return 0;
	taken = lk_time_work(multiply_all, &p, seconds);
	lk_arena_release(&arena);
	return 2.0 * ORDER * ORDER * ORDER * threads / taken;
}

typedef struct {
	const char *data;
	size_t blocks;
	int threads;
	float *sum; /* one of each block: reading cannot be left out */
} reading;

static void read_all(void *context)
{
	const reading *r = context;

	#pragma omp parallel for num_threads(r->threads) schedule(static)
	for (size_t b = 0; b < r->blocks; b++) {
		const float *x = (const float *)(const void *)(r->data +
				b * BLOCK_NBYTES);
		float sum = 0;

		#pragma omp simd reduction(+ : sum)
		for (size_t i = 0; i < BLOCK_NBYTES / sizeof *x; i++)
			sum += x[i];
		r->sum[b] = sum;
	}
}

double lk_machine_read(size_t nbytes, int threads, double seconds)
{
	size_t blocks = nbytes / BLOCK_NBYTES + 1;
	lk_arena arena;
	float *data = take(&arena, blocks * BLOCK_NBYTES / sizeof *data);
	reading r = { (const char *)data, blocks, threads,
		calloc(blocks, sizeof *r.sum) };
	double rate = 0;

	if (data && r.sum)
		rate = (double)(blocks * BLOCK_NBYTES) /
					lk_time_work(read_all, &r, seconds);
	lk_arena_release(&arena);
	free(r.sum);
	return rate;
}

typedef struct {
	float *x, *w, *y;
	size_t R, N, C;
	bool backward;
} threaded;

static void multiply_threaded(void *context)
{
	const threaded *t = context;
	int R = (int)t->R, N = (int)t->N, C = (int)t->C;

	if (t->backward)
		cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, N, C, R, 1, t->y,
				N, t->x, C, 0, t->w, C);
	else
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, R, N, C, 1, t->x,
				C, t->w, C, 0, t->y, N);
}

double lk_machine_sgemm_threaded(size_t R, size_t N, size_t C, bool backward,
		int threads, double seconds)
{
	lk_arena arena;
	float *x;
	double taken;

	if (!openblas_get_parallel())
		return 0;
	x = take(&arena, R * C + N * C + R * N);
	if (!x)
		return 0;
	threaded t = { x, x + R * C, x + R * C + N * C, R, N, C, backward };
	openblas_set_num_threads(threads);
	taken = lk_time_work(multiply_threaded, &t, seconds);
	openblas_set_num_threads(1);
	lk_arena_release(&arena);
	return 2.0 * (double)R * (double)N * (double)C / taken;
}
