/* likely bench: what it prints. */
#include "cli/bench.h"

#include "cli/command.h"
#include "formats/json.h"
#include "kernels/blas.h"
#include "report/format.h"

#include <stdio.h>

/* Reals of nothing measured are null. */
static json_t *rate(double value)
{
	return value > 0 ? lk_json_new_real(value) : json_null();
}

lk_status lk_bench_print_machine(const lk_bench *bench, lk_error *error)
{
	char cpu[128], blas[128];

	lk_cpu_name(cpu, sizeof cpu);
	lk_blas_text(blas, sizeof blas);
	if (bench->common.json)
		/* clang-format off */
		return lk_print_json(json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:o, s:o}",
			"event", "machine",
			"processor", cpu,
			"isa", lk_isa_name(bench->isa),
			"threads", bench->threads,
			"blas", blas,
			"sgemm_gflops_one_thread", rate(bench->sgemm_one / 1e9),
			"sgemm_gflops", rate(bench->sgemm / 1e9),
			"read_bytes_per_s", rate(bench->read)), error);
	/* clang-format on */
	printf("processor    %s\n", cpu);
	printf("code         %s, %d %s\n", lk_isa_text(bench->isa), bench->threads,
			bench->threads == 1 ? "thread" : "threads");
	printf("products     %s, each on one thread\n", blas);
	printf("sgemm        %.1f GFLOP/s with one thread, %.1f with %d\n",
			bench->sgemm_one / 1e9, bench->sgemm / 1e9, bench->threads);
	printf("memory       %.1f GB/s, read again and again, as large as the weights\n\n",
			bench->read / 1e9);
	return lk_flush_output(error);
}

static json_t *parts_json(const lk_bench_result *r)
{
	json_t *parts = json_object();

	for (int i = 0; i < LK_REGION_COUNT; i++)
		if (r->profile.seconds[i] > 0)
			json_object_set_new(parts, lk_region_text((lk_region)i),
					lk_json_new_real(r->profile.seconds[i] /
							r->profiled_tokens));
	return parts;
}

static lk_status print_event(
		const lk_bench *bench, const lk_bench_result *r, lk_error *error)
{
	double flops = r->tokens_per_s * r->flops_per_token;
	double read = r->tokens_per_s * r->read_per_token;

	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
		"event", "bench",
		"name", r->name,
		"model", bench->directory,
		"shape", r->shape,
		"tokens_per_s", rate(r->tokens_per_s),
		"flops_per_token", lk_json_new_real(r->flops_per_token),
		"sgemm_gflops", rate(bench->sgemm / 1e9),
		"gflops", rate(flops / 1e9),
		"mfu", rate(bench->sgemm > 0 ? flops / bench->sgemm : 0),
		"read_bytes_per_s", rate(read),
		"max_rss_bytes", (json_int_t)r->nbytes,
		"seconds_per_token", parts_json(r)), error);
	/* clang-format on */
}

static void print_parts(const lk_bench_result *r)
{
	double total = 0;

	for (int i = 0; i < LK_REGION_COUNT; i++)
		total += r->profile.seconds[i];
	for (int i = 0; i < LK_REGION_COUNT && r->profiled_tokens > 0; i++) {
		int part = (i + 1) % LK_REGION_COUNT; /* everything else comes last */
		double seconds = r->profile.seconds[part];

		if (seconds >= 0.0005 * total)
			printf("  %5.1f %%  %8.2f us/token  %s\n", 100 * seconds / total,
					1e6 * seconds / r->profiled_tokens,
					lk_region_text((lk_region)part));
	}
}

lk_status lk_bench_print(
		const lk_bench *bench, const lk_bench_result *r, lk_error *error)
{
	double flops = r->tokens_per_s * r->flops_per_token;
	double read = r->tokens_per_s * r->read_per_token;
	char speed[LK_FORMAT_MOST], memory[LK_FORMAT_MOST];

	if (bench->common.json)
		return print_event(bench, r, error);
	printf("%-12s %s tokens/s, %s: %.1f GFLOP/s", r->name,
			lk_format_short(speed, sizeof speed, r->tokens_per_s), r->shape,
			flops / 1e9);
	if (bench->sgemm > 0)
		printf(", %.1f %% of sgemm", 100 * flops / bench->sgemm);
	if (read > 0)
		printf("; reads %.1f GB/s", read / 1e9);
	printf("; %s resident\n",
			lk_format_bytes(memory, sizeof memory, (double)r->nbytes));
	print_parts(r);
	putchar('\n');
	return lk_flush_output(error);
}
