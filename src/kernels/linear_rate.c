#include "kernels/linear_rate.h"

#include "base/arena.h"
#include "kernels/gemm.h"
#include "kernels/machine.h"

typedef struct {
	lk_real *x, *w, *y;
	size_t R, N, C;
	bool backward;
	int threads;
} product;

static void multiply(void *context)
{
	const product *p = context;

	#pragma omp parallel num_threads(p->threads)
	{
		if (p->backward)
			lk_linear_backward_weight(p->w, p->y, p->x, p->R, p->N, p->C,
					p->N, false);
		else
			lk_linear_forward(p->y, p->x, p->w, NULL, NULL, p->R, p->N,
					p->C, p->N);
	}
}

double lk_linear_rate(size_t R, size_t N, size_t C, bool backward, int threads,
		double seconds)
{
	size_t count = R * C + N * C + R * N;
	lk_arena arena = { .used = count * sizeof(lk_real) };
	lk_real *x;
	double taken;

	if (lk_arena_reserve(&arena, "a measurement", NULL))
		return 0;
	x = lk_arena_take(&arena, count, sizeof *x);
	for (size_t i = 0; i < count; i++)
		x[i] = (lk_real)(i % 7) - 3;
	product p = { x, x + R * C, x + R * C + N * C, R, N, C, backward, threads };
	taken = lk_time_work(multiply, &p, seconds);
	lk_arena_release(&arena);
	return 2.0 * (double)R * (double)N * (double)C / taken;
}
