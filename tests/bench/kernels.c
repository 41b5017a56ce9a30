/* Every kernel at the shapes of the presets, beside its bound: the rate of the
 * machine's large products, or that at which it reads as much memory as the kernel
 * touches, both measured in the same run. Run by `meson test --benchmark`, or
 *
 *     bench_kernels [SHAPE [THREADS [SECONDS]]] */
#include "kernels.h"

#include "kernels/blas.h"
#include "kernels/machine.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const bench_shape shapes[] = {
	{ "nanogpt-cpu", 4, 4, 128, 66, 12, 64 },
	{ "6x384", 6, 6, 384, 66, 8, 256 },
	{ "124m-4x64", 12, 12, 768, 50257, 4, 64 },
	{ "124m-1x1024", 12, 12, 768, 50257, 1, 1024 },
};

static bench_kernels_function *const builds[] = {
#define X(name, suffix, text) [LK_ISA_##name] = LK_PASTE(bench_kernels, suffix),
	LK_ISAS(X)
#undef X
};

static void report(const bench_result *r, int threads, double seconds)
{
	double bound, rate;

	if (r->flops > 0) {
		bound = lk_machine_sgemm(threads, seconds);
		rate = r->flops / r->seconds;
		printf("%-32s %10.1f us %8.1f GFLOP/s %7.1f %% of large products\n",
				r->kernel, r->seconds * 1e6, rate * 1e-9,
				100 * rate / bound);
	} else {
		bound = lk_machine_read(r->nbytes, threads, seconds);
		rate = (double)r->nbytes / r->seconds;
		printf("%-32s %10.1f us %8.1f GB/s    %7.1f %% of reading %.1f MB\n",
				r->kernel, r->seconds * 1e6, rate * 1e-9,
				100 * rate / bound, (double)r->nbytes * 1e-6);
	}
	fflush(stdout);
}

static int measure(const bench_shape *shape, lk_isa isa, int threads, double seconds)
{
	printf("\n%s: %zu x %zu tokens, width %zu, vocabulary %zu; %s, %d threads; "
	       "large products (sgemm): %.1f GFLOP/s\n", shape->name, shape->B,
			shape->T, shape->C, shape->V, lk_isa_name(isa), threads,
			lk_machine_sgemm(threads, 5 * seconds) * 1e-9);
	return !builds[isa](report, shape, threads, seconds);
}

int main(int argc, char **argv)
{
	const char *only = argc > 1 ? argv[1] : "all";
	int threads = argc > 2 ? atoi(argv[2]) : lk_cpu_count(), failed = 0, done = 0;
	double seconds = argc > 3 ? atof(argv[3]) : 0.05;
	lk_isa isa;
	lk_error error;

	lk_blas_prepare(argv);
	if (lk_isa_choose(&isa, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (!strcmp(only, "all") || !strcmp(only, shapes[i].name)) {
			failed |= measure(&shapes[i], isa, threads, seconds);
			done++;
		}
	if (!done || threads < 1 || !(seconds > 0)) {
		fprintf(stderr, "usage: bench_kernels [all|");
		for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
			fprintf(stderr, "%s%s", i ? "|" : "", shapes[i].name);
		fprintf(stderr, " [THREADS [SECONDS]]]\n");
		return 2;
	}
	return failed;
}
