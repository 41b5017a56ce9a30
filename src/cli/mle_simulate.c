/* likely mle --simulate: what the estimates are worth, by drawing data from them. */
#include "cli/command.h"
#include "cli/mle.h"
#include "formats/json.h"
#include "likelihood/simulate.h"

#include <math.h>
#include <stdio.h>

static const size_t sizes[] = { 2, 5, 10, 20, 50, 100, 200, 500, 1000 };

/* What theory says beside what was found. */
typedef struct {
	double bias, rmse, optimism;
} prediction;

static void add_heading(lk_table *table, bool prior)
{
	static const char *const heading[] = { "n", "bias", "+-", "theory", "rms error",
		"theory", "optimism", "theory", "MAP bias", "MAP rms" };

	for (size_t i = 0; i < (prior ? 10 : 8); i++)
		lk_table_cell(table, "%s", heading[i]);
}

static void add_row(lk_table *table, const lk_simulated *s, const prediction *theory,
		bool prior)
{
	const double cells[] = { s->ml.bias, s->ml.bias_error, theory->bias, s->ml.rmse,
		theory->rmse, s->optimism, theory->optimism, s->map.bias, s->map.rmse };

	lk_table_cell(table, "%zu", s->n);
	for (size_t i = 0; i < (prior ? 9 : 7); i++)
		lk_mle_cell(table, i == 1 ? 1 : 3, cells[i]);
}

static lk_status print_event(const char *parameter, double truth, const lk_simulated *s,
		const prediction *theory, bool prior, lk_error *error)
{
	/* clang-format off */
	return lk_print_json(json_pack("{s:s, s:s, s:f, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"event", "simulation",
		"parameter", parameter,
		"truth", truth,
		"n", (json_int_t)s->n,
		"runs", (json_int_t)s->ml.runs,
		"bias", lk_mle_real(s->ml.bias),
		"bias_standard_error", lk_mle_real(s->ml.bias_error),
		"predicted_bias", lk_mle_real(theory->bias),
		"rms_error", lk_mle_real(s->ml.rmse),
		"predicted_rms_error", lk_mle_real(theory->rmse),
		"optimism", lk_mle_real(s->optimism),
		"predicted_optimism", lk_mle_real(theory->optimism),
		"map_bias", lk_mle_real(prior ? s->map.bias : NAN),
		"map_rms_error", lk_mle_real(prior ? s->map.rmse : NAN)), error);
	/* clang-format on */
}

static lk_status simulate_parameter(const lk_mle *mle, lk_family *family,
		const lk_mode *truth, size_t j, double n, lk_error *error)
{
	bool json = mle->common->json, prior = family->has_prior;
	lk_table *table;
	lk_status status =
			lk_table_new(&table, prior ? "rrrrrrrrrr" : "rrrrrrrr", error);
	char *name = lk_mle_name(family->name[j]);

	if (!status && !name)
		status = lk_fail(error, LK_NOMEM, "out of memory for a name");
	if (!status)
		add_heading(table, prior);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !status; i++) {
		double size = (double)sizes[i];
		lk_simulated s;
		prediction theory = { family->kind->bias(truth->theta, j, size),
			truth->error[j] * sqrt(n / size),
			(double)family->free_dimensions / (2 * size) };

		status = lk_simulate(&s, family, truth->theta, j, sizes[i],
				mle->options->simulate, mle->common->seed, error);
		if (!status && json)
			status = print_event(name, truth->theta[j], &s, &theory, prior,
					error);
		else if (!status)
			add_row(table, &s, &theory, prior);
	}
	if (!status && !json) {
		printf("\n  %s, in truth %.6g\n", name, truth->theta[j]);
		status = lk_table_print(table, stdout, "  ", error);
	}
	lk_table_free(table);
	free(name);
	return status;
}

lk_status lk_mle_simulate(const lk_mle *mle, lk_family *family, const lk_mle_fit *fits,
		lk_error *error)
{
	const lk_mode *truth = &fits[0].mode;
	size_t j[2], count;
	double n = family->n; /* simulation changes it */
	lk_status status = LK_OK;

	if (!truth->exists)
		return lk_fail(error, LK_RANGE,
				"--simulate draws data from the estimates, and there "
				"are "
				"none");
	lk_mle_notable(j, &count, family, truth);
	if (!mle->common->json) {
		printf("\nsimulation\n");
		lk_mle_paragraph("%zu data sets of each size n, drawn from the maximum "
				 "likelihood estimates as if they were the truth. "
				 "Bias: mean "
				 "of estimate minus truth; its uncertainty; what "
				 "theory says. "
				 "Rms error: root mean square of the same; beside it "
				 "the "
				 "standard error that the Fisher information gives. "
				 "Optimism: "
				 "by how many nats per observation a fit describes its "
				 "own "
				 "data better than the truth does; in theory (free "
				 "parameters) / 2n.",
				mle->options->simulate);
	}
	for (size_t i = 0; i < count && !status; i++)
		status = simulate_parameter(mle, family, truth, j[i], n, error);
	return status;
}
