/* The unigram model: V logits, fitted to a text by Adam on its mean negative
 * log-likelihood, must give the closed-form answer of maximum likelihood, which
 * is the frequency of each symbol. Everything is the program's own: kernels,
 * optimiser, schedule. */
#include "kernels/cross_entropy.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static const char text[] =
		"The likelihood of a text under a model is the product, over its "
		"symbols, of the probability that the model gives to each one. A "
		"model of single symbols has one probability for each of them; the "
		"best such model gives every symbol its share of the text.";
enum { V = 128, STEPS = 3000 };

static float logits[V], gradient[V];

/* Full batch: with n_v occurrences of v in N symbols, the gradient of the mean
 * NLL is softmax - n_v / N; rows of equal logits need computing only once for
 * each symbol. Returns the mean NLL. */
static double mean_nll(const uint32_t *symbols, const double *counts, size_t kinds,
		double N)
{
	double sum = 0;

	memset(gradient, 0, sizeof gradient);
	for (size_t k = 0; k < kinds; k++) {
		float row[V];
		double nll;

		memcpy(row, logits, sizeof row);
		lk_cross_entropy_forward_backward(&nll, row, &symbols[k], 1, V, V,
				(float)(counts[k] / N));
		sum += nll * counts[k] / N;
		for (size_t v = 0; v < V; v++)
			gradient[v] += row[v];
	}
	return sum;
}

START_TEST(adam_finds_the_frequencies)
{
	lk_tensor w = { "logits", LK_F32, 1, { V }, logits };
	lk_tensor g = { "logits", LK_F32, 1, { V }, gradient };
	lk_optimizer_config config = { .kind = LK_ADAMW, .beta1 = 0.9, .beta2 = 0.99,
		.epsilon = 1e-8 };
	lk_schedule schedule = { .kind = LK_SCHEDULE_COSINE, .peak = 0.1, .least = 1e-6,
		.steps = STEPS };
	uint32_t symbols[V];
	double counts[V], N = sizeof text - 1, entropy = 0, nll = 0, total = 0;
	size_t kinds = 0;
	lk_optimizer *optimizer;

	for (uint32_t v = 0; v < V; v++) {
		double count = 0;

		for (const char *c = text; *c; c++)
			count += (uint32_t)*c == v;
		if (count > 0) {
			symbols[kinds] = v;
			counts[kinds++] = count;
			entropy -= count / N * log(count / N);
		}
	}
	ck_assert_int_eq(lk_optimizer_new(&optimizer, &config, &w, &g, NULL, 1, LK_ISA_V2,
					 NULL), LK_OK);
	for (uint64_t t = 0; t < STEPS; t++) {
		nll = mean_nll(symbols, counts, kinds, N);
		lk_optimizer_step(optimizer, t + 1, lk_schedule_rate(&schedule, t));
	}
	/* no model has less than the entropy of the text */
	ck_assert_double_ge(nll, entropy - 1e-6);
	ck_assert_double_le(nll, entropy + 1e-4);
	for (size_t v = 0; v < V; v++)
		total += exp((double)logits[v]);
	for (size_t v = 0, k = 0; v < V; v++) {
		double share = k < kinds && symbols[k] == v ? counts[k++] / N : 0;

		ck_assert_double_eq_tol(exp((double)logits[v]) / total, share, 1e-4);
	}
	lk_optimizer_free(optimizer);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("maximum_likelihood");
	TCase *tests = tcase_create("all");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, adam_finds_the_frequencies);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
