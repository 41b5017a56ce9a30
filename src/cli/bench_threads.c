/* likely bench --compare-threads: who should divide a product among threads? */
#include "cli/bench.h"

#include "cli/command.h"
#include "formats/json.h"
#include "kernels/linear_rate.h"
#include "kernels/machine.h"
#include "model/parameters.h"
#include "report/table.h"

#include <stdio.h>

static lk_linear_rate_function *const builds[] = {
#define X(name, suffix, text) [LK_ISA_##name] = LK_PASTE(linear_rate, suffix),
	LK_ISAS(X)
#undef X
};

/* A layer's product, forward or for its weights' gradient. */
typedef struct {
	const char *name;
	size_t R, N, C;
	bool backward;
} product;

static lk_status compare(
		const lk_bench *bench, lk_table *table, const product *p, lk_error *error)
{
	double seconds = bench->options.seconds / 8;
	double team = builds[bench->isa](
			p->R, p->N, p->C, p->backward, bench->threads, seconds);
	double threads = lk_machine_sgemm_threaded(
			p->R, p->N, p->C, p->backward, bench->threads, seconds);

	if (bench->common.json)
		/* clang-format off */
		return lk_print_json(json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:o}",
			"event", "threads",
			"name", p->name,
			"backward", p->backward,
			"rows", (json_int_t)p->R,
			"outputs", (json_int_t)p->N,
			"inputs", (json_int_t)p->C,
			"team_gflops", lk_json_new_real(team / 1e9),
			"openblas_gflops", lk_json_new_real(threads / 1e9)), error);
	/* clang-format on */
	lk_table_cell(table, "%s%s", p->name, p->backward ? ", weights' gradient" : "");
	lk_table_cell(table, "%zu x %zu x %zu", p->R, p->N, p->C);
	lk_table_cell(table, "%.0f", team / 1e9);
	if (threads > 0)
		lk_table_cell(table, "%.0f", threads / 1e9);
	else
		lk_table_cell(table, "has no threads");
	return LK_OK;
}

lk_status lk_bench_threads(const lk_bench *bench, lk_error *error)
{
	const lk_model_config *c = &bench->config;
	size_t R = bench->options.batch * c->context, C = c->width;
	const product products[] = {
		{ "query, key, value", R, lk_qkv_rows(c), C, false },
		{ "attention output", R, C, c->heads * c->head_size, false },
		{ "MLP up", R, lk_up_rows(c), C, false },
		{ "MLP down", R, C, c->hidden, false },
		{ "output head", R < 512 ? R : 512, c->vocabulary, C, false },
	};
	lk_table *table;
	lk_status status = lk_table_new(&table, "llrr", error);

	if (status)
		return status;
	lk_table_cell(table, "product");
	lk_table_cell(table, "rows x outputs x inputs");
	lk_table_cell(table, "team, GFLOP/s");
	lk_table_cell(table, "OpenBLAS's threads");
	for (size_t i = 0; i < 2 * (sizeof products / sizeof *products) && !status; i++) {
		product p = products[i / 2];

		p.backward = i % 2;
		status = compare(bench, table, &p, error);
	}
	if (!status && !bench->common.json) {
		status = lk_table_print(table, stdout, "", error);
		putchar('\n');
	}
	lk_table_free(table);
	return status ? status : lk_flush_output(error);
}
