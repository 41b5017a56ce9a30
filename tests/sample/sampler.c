/* The chain of samplers: which tokens can be drawn, and how often they are. */
#include "sample/sampler.h"

#include "base/rng.h"
#include "support/main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { V = 8, DRAWS = 20000 };

/* Probabilities .4 .25 .15 .08 .05 .04 .02 .01, ids shuffled. */
static const uint32_t order[V] = { 5, 0, 7, 2, 1, 6, 3, 4 };
static const double probability[V] = { .4, .25, .15, .08, .05, .04, .02, .01 };

static void make_logits(float *logits)
{
	for (size_t i = 0; i < V; i++)
		logits[order[i]] = (float)(log(probability[i]) + 3);
}

static lk_sampler_config plain(void)
{
	lk_sampler_config config = lk_sampler_config_default();

	config.temperature = 1;
	config.seed = 42;
	return config;
}

/* How often each id is drawn. */
static void count_draws(const lk_sampler_config *config, const float *logits,
		const uint32_t *seen, size_t seen_count, size_t *count)
{
	lk_sampler *sampler;
	float before[V];

	memcpy(before, logits, sizeof before);
	memset(count, 0, V * sizeof *count);
	ck_assert_int_eq(lk_sampler_new(&sampler, config, V, NULL), LK_OK);
	for (uint64_t i = 0; i < DRAWS; i++) {
		uint32_t id = lk_sampler_choose(sampler, logits, seen, seen_count,
				i % 3, i / 3);

		ck_assert_uint_lt(id, V);
		count[id]++;
	}
	lk_sampler_free(sampler);
	ck_assert_mem_eq(before, logits, sizeof before);
}

/* Exactly the ids order[0 .. kept - 1] are drawn, with these probabilities up to
 * a factor; chi-square with `kept - 1` degrees of freedom. */
static void check_draws(const size_t *count, const double *p, size_t kept)
{
	/* quantiles of 0.9999 */
	static const double bound[V] = { 0, 15.1, 18.4, 21.1, 23.5, 25.7, 27.9, 29.9 };
	double total = 0, chi_square = 0;

	for (size_t i = 0; i < kept; i++)
		total += p[i];
	for (size_t i = 0; i < V; i++) {
		size_t seen = count[order[i]];

		if (i >= kept) {
			ck_assert_msg(!seen, "id %u was drawn %zu times", order[i], seen);
			continue;
		}
		double expected = DRAWS * p[i] / total;
		double off = (double)seen - expected;
		chi_square += off * off / expected;
	}
	ck_assert_double_le(chi_square, kept > 1 ? bound[kept - 1] : 1e-9);
}

START_TEST(frequencies_are_the_probabilities)
{
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];

	make_logits(logits);
	config.seed = (uint64_t)_i;
	count_draws(&config, logits, NULL, 0, count);
	check_draws(count, probability, V);
}
END_TEST

START_TEST(temperature_is_an_exponent)
{
	static const double temperatures[] = { 0.5, 0.8, 2 };
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];
	double p[V];

	make_logits(logits);
	config.temperature = temperatures[_i];
	for (size_t i = 0; i < V; i++)
		p[i] = pow(probability[i], 1 / config.temperature);
	count_draws(&config, logits, NULL, 0, count);
	check_draws(count, p, V);
}
END_TEST

START_TEST(top_k_keeps_k)
{
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];

	make_logits(logits);
	config.top_k = (size_t)_i;
	count_draws(&config, logits, NULL, 0, count);
	check_draws(count, probability, _i && _i < V ? (size_t)_i : V);
}
END_TEST

START_TEST(top_p_keeps_the_fewest)
{
	static const struct {
		double top_p;
		size_t kept;
	} cases[] = { { 1e-9, 1 }, { .39, 1 }, { .41, 2 }, { .64, 2 }, { .66, 3 },
		{ .79, 3 }, { .81, 4 }, { .985, 7 }, { .995, 8 }, { 1, 8 } };
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		make_logits(logits);
		config.top_p = cases[i].top_p;
		count_draws(&config, logits, NULL, 0, count);
		check_draws(count, probability, cases[i].kept);
	}
}
END_TEST

START_TEST(min_p_is_relative_to_the_best)
{
	static const struct {
		double min_p;
		size_t kept;
	} cases[] = { { 0, 8 }, { .02, 8 }, { .03, 7 }, { .09, 6 }, { .11, 5 },
		{ .19, 4 }, { .36, 3 }, { .6, 2 }, { .65, 1 }, { .99, 1 } };
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		make_logits(logits);
		config.min_p = cases[i].min_p;
		count_draws(&config, logits, NULL, 0, count);
		check_draws(count, probability, cases[i].kept);
	}
}
END_TEST

/* After temperature, top-k renormalises before top-p, and min-p comes last. */
START_TEST(samplers_follow_each_other)
{
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];

	make_logits(logits);
	config.top_k = 3; /* .4 .25 .15 of .8 */
	config.top_p = .8; /* .5 + .3125 of these: two; without top-k three */
	count_draws(&config, logits, NULL, 0, count);
	check_draws(count, probability, 2);
	config.min_p = .7; /* .25 / .4 is below */
	count_draws(&config, logits, NULL, 0, count);
	check_draws(count, probability, 1);
	config = plain();
	config.temperature = .5; /* squares: .16 .0625 .0225 of .2576 */
	config.top_p = .86;
	count_draws(&config, logits, NULL, 0, count);
	double squares[V];
	for (size_t i = 0; i < V; i++)
		squares[i] = probability[i] * probability[i];
	check_draws(count, squares, 2);
}
END_TEST

START_TEST(penalty_counts_once_and_by_sign)
{
	static const uint32_t seen[] = { 5, 5, 5, 0, 4 };
	lk_sampler_config config = plain();
	float logits[V];
	size_t count[V];
	double p[V];

	make_logits(logits);
	config.repetition_penalty = 1.5;
	for (size_t i = 0; i < V; i++) {
		double logit = logits[order[i]];

		if (order[i] == 5 || order[i] == 0 || order[i] == 4)
			logit = logit > 0 ? logit / 1.5 : logit * 1.5;
		p[i] = exp(logit);
	}
	ck_assert_float_lt(logits[4], 0); /* one of each sign */
	ck_assert_float_gt(logits[5], 0);
	count_draws(&config, logits, seen, 5, count);
	check_draws(count, p, V);
}
END_TEST

START_TEST(greedy_takes_the_first_of_equals)
{
	float logits[V] = { -1, 2, 7, 3, 7, 7, 0, -9 };
	static const uint32_t seen[] = { 2 };
	lk_sampler_config config = plain();
	lk_sampler *sampler;

	config.temperature = 0;
	ck_assert_int_eq(lk_sampler_new(&sampler, &config, V, NULL), LK_OK);
	for (uint64_t i = 0; i < 20; i++)
		ck_assert_uint_eq(lk_sampler_choose(sampler, logits, NULL, 0, i, i), 2);
	lk_sampler_free(sampler);
	config.repetition_penalty = 1.1;
	ck_assert_int_eq(lk_sampler_new(&sampler, &config, V, NULL), LK_OK);
	ck_assert_uint_eq(lk_sampler_choose(sampler, logits, seen, 1, 0, 0), 4);
	/* what was seen is forgotten between calls */
	ck_assert_uint_eq(lk_sampler_choose(sampler, logits, NULL, 0, 0, 0), 2);
	lk_sampler_free(sampler);
}
END_TEST

/* Equal logits at the edge of the k largest: the smaller id stays. */
START_TEST(ties_are_broken_by_id)
{
	float logits[V] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	lk_sampler_config config = plain();
	size_t count[V];

	config.top_k = 3;
	count_draws(&config, logits, NULL, 0, count);
	for (size_t i = 0; i < V; i++)
		ck_assert_int_eq(count[i] > 0, i < 3);
}
END_TEST

START_TEST(draws_belong_to_seed_stream_and_position)
{
	lk_sampler_config config = plain();
	lk_sampler *a, *b, *other;
	float logits[V];
	size_t same_stream = 0, same_seed = 0;

	make_logits(logits);
	ck_assert_int_eq(lk_sampler_new(&a, &config, V, NULL), LK_OK);
	ck_assert_int_eq(lk_sampler_new(&b, &config, V, NULL), LK_OK);
	config.seed++;
	ck_assert_int_eq(lk_sampler_new(&other, &config, V, NULL), LK_OK);
	for (uint64_t i = 0; i < 1000; i++) {
		uint64_t back = 999 - i; /* in any order */
		uint32_t id = lk_sampler_choose(a, logits, NULL, 0, 0, back);

		lk_sampler_choose(b, logits, NULL, 0, 5, i);
		ck_assert_uint_eq(id, lk_sampler_choose(b, logits, NULL, 0, 0, back));
		same_stream += id == lk_sampler_choose(b, logits, NULL, 0, 1, back);
		same_seed += id == lk_sampler_choose(other, logits, NULL, 0, 0, back);
	}
	/* sum of squares of the probabilities: .2593 */
	ck_assert_uint_lt(same_stream, 320);
	ck_assert_uint_lt(same_seed, 320);
	lk_sampler_free(a);
	lk_sampler_free(b);
	lk_sampler_free(other);
}
END_TEST

START_TEST(extremes_stay_finite)
{
	float logits[V] = { -3e38f, 3e38f, 0, -INFINITY, 1, 2, 3, -INFINITY };
	static const double temperatures[] = { 1e-300, 1e-6, 1, 1000 };
	lk_sampler_config config = plain();
	size_t count[V];

	for (size_t i = 0; i < 4; i++) {
		config.temperature = temperatures[i];
		count_draws(&config, logits, NULL, 0, count);
		ck_assert_uint_eq(count[1], DRAWS);
	}
	logits[0] = logits[1] = 0; /* -infinity is never drawn */
	config.temperature = 1000;
	config.top_k = 8;
	count_draws(&config, logits, NULL, 0, count);
	ck_assert_uint_eq(count[3] + count[7], 0);
	ck_assert_uint_gt(count[0], 0);
}
END_TEST

typedef struct {
	double logit;
	uint32_t id;
} word;

static int by_logit(const void *left, const void *right)
{
	const word *a = left, *b = right;

	if (a->logit != b->logit)
		return a->logit > b->logit ? -1 : 1;
	return a->id < b->id ? -1 : 1;
}

/* One draw by the definition: sort all, cut, go along until the draw is held. */
static uint32_t choose_plainly(const lk_sampler_config *config, const float *logits,
		size_t n, uint64_t stream, uint64_t position)
{
	word *words = calloc(n, sizeof *words);
	size_t kept = config->top_k && config->top_k < n ? config->top_k : n, i;
	double total = 0, held = 0, draw;
	uint32_t id;

#define WEIGHT(i) exp((words[i].logit - words[0].logit) / config->temperature)
	ck_assert_ptr_nonnull(words);
	for (i = 0; i < n; i++)
		words[i] = (word){ logits[i], (uint32_t)i };
	qsort(words, n, sizeof *words, by_logit);
	for (i = 0; i < kept; i++)
		total += WEIGHT(i);
	for (i = 0; i < kept && held < config->top_p * total; i++)
		held += WEIGHT(i);
	kept = config->top_p < 1 ? i : kept;
	for (i = 1; i < kept && WEIGHT(i) >= config->min_p; i++)
		continue;
	kept = i;
	for (total = 0, i = 0; i < kept; i++)
		total += WEIGHT(i);
	draw = total * lk_rng_uniform(lk_rng_new(config->seed, LK_RNG_SAMPLE), position,
					stream);
	for (held = WEIGHT(0), i = 0; held <= draw && i + 1 < kept;)
		held += WEIGHT(++i);
	id = words[i].id;
	free(words);
	return id;
#undef WEIGHT
}

/* Nothing is sorted that is not drawn from, and it does not show; ties included. */
START_TEST(a_large_vocabulary)
{
	enum { MANY = 3000 };
	static const lk_sampler_config configs[] = {
		{ 0.8, 40, 1, 0, 1, 5 },    { 1.0, 0, 0.9, 0, 1, 6 },
		{ 1.0, 0, 1, 0.02, 1, 7 },  { 0.5, 1000, 0.99, 0.001, 1, 8 },
		{ 3.0, 2999, 0.5, 0, 1, 9 }, { 0.1, 1, 1, 0, 1, 10 },
	};
	static float logits[MANY];
	const lk_sampler_config *config = &configs[_i / 2];
	lk_sampler *sampler;

	for (size_t i = 0; i < MANY; i++) {
		double x = lk_rng_normal(lk_rng_new(4, LK_RNG_CHECK), i, 0);

		logits[i] = (float)(_i % 2 ? 2 * x : round(2 * x));
	}
	ck_assert_int_eq(lk_sampler_new(&sampler, config, MANY, NULL), LK_OK);
	for (uint64_t i = 0; i < 200; i++)
		ck_assert_uint_eq(lk_sampler_choose(sampler, logits, NULL, 0, i % 3, i),
				choose_plainly(config, logits, MANY, i % 3, i));
	lk_sampler_free(sampler);
}
END_TEST

START_TEST(a_vocabulary_of_one)
{
	lk_sampler_config config = plain();
	lk_sampler *sampler;
	float logit = -7;

	config.top_k = 1;
	config.top_p = .5;
	config.min_p = .5;
	ck_assert_int_eq(lk_sampler_new(&sampler, &config, 1, NULL), LK_OK);
	ck_assert_uint_eq(lk_sampler_choose(sampler, &logit, NULL, 0, 0, 0), 0);
	lk_sampler_free(sampler);
	lk_sampler_free(NULL);
}
END_TEST

START_TEST(ranges_are_checked)
{
	const struct {
		double temperature, top_p, min_p, penalty;
	} bad[] = {
		{ -.1, 1, 0, 1 }, { NAN, 1, 0, 1 }, { INFINITY, 1, 0, 1 },
		{ 1, 0, 0, 1 }, { 1, 1.1, 0, 1 }, { 1, NAN, 0, 1 },
		{ 1, 1, -.1, 1 }, { 1, 1, 1, 1 }, { 1, 1, NAN, 1 },
		{ 1, 1, 0, .9 }, { 1, 1, 0, NAN }, { 1, 1, 0, INFINITY },
	};
	lk_error error;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		lk_sampler *sampler = NULL;
		lk_sampler_config config = plain();

		config.temperature = bad[i].temperature;
		config.top_p = bad[i].top_p;
		config.min_p = bad[i].min_p;
		config.repetition_penalty = bad[i].penalty;
		error.text[0] = '\0';
		ck_assert_int_eq(lk_sampler_new(&sampler, &config, V, &error), LK_RANGE);
		ck_assert_ptr_null(sampler);
		ck_assert_ptr_nonnull(strstr(error.text, "out of range"));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sampler");
	TCase *t = tcase_create("sampler");

	tcase_add_loop_test(t, frequencies_are_the_probabilities, 0, 5);
	tcase_add_loop_test(t, temperature_is_an_exponent, 0, 3);
	tcase_add_loop_test(t, top_k_keeps_k, 0, V + 2);
	tcase_add_test(t, top_p_keeps_the_fewest);
	tcase_add_test(t, min_p_is_relative_to_the_best);
	tcase_add_test(t, samplers_follow_each_other);
	tcase_add_test(t, penalty_counts_once_and_by_sign);
	tcase_add_test(t, greedy_takes_the_first_of_equals);
	tcase_add_test(t, ties_are_broken_by_id);
	tcase_add_test(t, draws_belong_to_seed_stream_and_position);
	tcase_add_test(t, extremes_stay_finite);
	tcase_add_loop_test(t, a_large_vocabulary, 0, 12);
	tcase_add_test(t, a_vocabulary_of_one);
	tcase_add_test(t, ranges_are_checked);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
