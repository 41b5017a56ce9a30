/* Every smoothing against its definition, in every context of small texts: seen and
 * unseen contexts, documents' beginnings and ends, empty documents, a text that is
 * cut off; probabilities that sum to 1; the same bits with any number of threads. */
#include "ngram/reference.h"
#include "ngram/tree.h"
#include "support/main.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { MOST = 400, V = 7, END = 3 };

/* A text of documents of about 20 tokens, in which some words are rare and what
 * follows depends on what came before. Ends with the end of text where cut is
 * false. */
static void make_text(uint32_t *id, size_t count, uint64_t seed, uint32_t vocabulary,
		uint32_t end, bool cut)
{
	lk_rng rng = lk_rng_new(seed, LK_RNG_SHUFFLE);

	id[0] = end;
	for (size_t i = 1; i < count; i++) {
		double u = lk_rng_uniform(rng, i, 0);
		uint32_t next = (uint32_t)(u * u * u * vocabulary);

		if (lk_rng_uniform(rng, i, 1) < 0.5)
			next = (id[i - 1] * 5 + 1) % vocabulary;
		if (next == end && lk_rng_uniform(rng, i, 2) < 0.7)
			next = (end + 1) % vocabulary;
		id[i] = next;
	}
	id[count - 1] = cut ? (end + 1) % vocabulary : end;
}

static lk_ngram *fit(const lk_ngram_options *options, const uint32_t *id, size_t count)
{
	lk_ngram *ngram;
	lk_error error;
	lk_status status = lk_ngram_fit(
			&ngram, options, reference_read, id, count, &error);

	ck_assert_msg(!status, "%s", status ? error.text : "");
	return ngram;
}

static void check_close(double got, double expected)
{
	ck_assert_msg(fabs(got - expected) <= 4e-7 * (expected + 1e-30),
			"%.9g, expected %.9g", got, expected);
}

/* Everything that a model says of a text. */
static void check_text(const lk_ngram *ngram, const reference *r, const uint32_t *id,
		size_t count, uint32_t vocabulary)
{
	double *p = malloc(vocabulary * sizeof *p), nll[MOST];
	lk_ngram_state state;

	lk_ngram_score(ngram, id, count, 1, nll);
	lk_ngram_begin(ngram, &state);
	for (size_t i = 1; i < count; i++) {
		size_t n = reference_context(r, id, i);
		double expected = reference_p(r, id + i - n, n, id[i]), sum = 0, next;

		lk_ngram_distribution(ngram, &state, p);
		for (uint32_t v = 0; v < vocabulary; v++)
			sum += p[v];
		ck_assert_double_eq_tol(sum, 1, 1e-6);
		next = lk_ngram_next(ngram, &state, id[i]);
		check_close(next, expected);
		ck_assert(next == p[id[i]]);
		ck_assert(nll[i - 1] == -log(next));
	}
	free(p);
}

static const lk_ngram_options models[] = {
	{ LK_NGRAM_UNIFORM, 1, 0, V, END, 1 },
	{ LK_NGRAM_MLE, 1, 0, V, END, 1 },
	{ LK_NGRAM_MLE, 2, 0, V, END, 1 },
	{ LK_NGRAM_MLE, 4, 0, V, END, 1 },
	{ LK_NGRAM_ADDITIVE, 1, 0.5, V, END, 1 },
	{ LK_NGRAM_ADDITIVE, 2, 1, V, END, 1 },
	{ LK_NGRAM_ADDITIVE, 3, 0.01, V, END, 1 },
	{ LK_NGRAM_ADDITIVE, 5, 2, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 1, 0, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 2, 0, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 3, 0, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 5, 0, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 8, 0, V, END, 1 },
	{ LK_NGRAM_KNESER_NEY, 12, 0, V, END, 1 },
};
enum { MODELS = sizeof models / sizeof *models };

/* Seen and unseen text, token by token. */
START_TEST(probabilities_are_as_defined)
{
	uint32_t id[MOST], other[MOST];
	size_t count = 300;

	for (uint64_t seed = 1; seed <= 2; seed++) {
		make_text(id, count, seed, V, END, seed == 2);
		make_text(other, 60, seed + 10, V, END, false);
		other[20] = other[21] = END; /* an empty document */
		reference r = reference_new(&models[_i], id, count);
		lk_ngram *ngram = fit(&models[_i], id, count);

		check_text(ngram, &r, id, 80, V);
		check_text(ngram, &r, other, 60, V);
		lk_ngram_free(ngram);
	}
}
END_TEST

/* What maximum likelihood has not seen is impossible, and says so. */
START_TEST(the_unseen_has_infinite_cost)
{
	static const uint32_t id[] = { END, 0, 1, 0, 2, END }, other[] = { END, 0, 0, 5 };
	lk_ngram_options options = { LK_NGRAM_MLE, 2, 0, V, END, 1 };
	lk_ngram *ngram = fit(&options, id, 6);
	double nll[3];

	lk_ngram_score(ngram, other, 4, 1, nll);
	ck_assert(nll[0] == 0);        /* every text began with 0 */
	ck_assert(isinf(nll[1]));      /* 0 0 never */
	ck_assert(isinf(nll[2]));
	lk_ngram_free(ngram);
}
END_TEST

static bool same_cells(const lk_ngram_cell *a, const lk_ngram_cell *b, size_t count)
{
	return !memcmp(a, b, count * sizeof *a);
}

static void check_same(const lk_ngram *a, const lk_ngram *b)
{
	for (size_t n = 1; n <= a->options.order; n++) {
		const lk_ngram_level *x = &a->level[n], *y = &b->level[n];

		ck_assert_uint_eq(x->count, y->count);
		ck_assert(same_cells(x->p, y->p, x->count));
		if (n < a->options.order)
			ck_assert(same_cells(x->backoff, y->backoff, x->count));
	}
}

START_TEST(threads_change_nothing)
{
	enum { COUNT = 20000 };
	static uint32_t id[COUNT];
	lk_ngram_options options = models[_i];

	options.vocabulary = 50;
	make_text(id, COUNT, 3, 50, END, false);
	lk_ngram *one = fit(&options, id, COUNT);
	for (int threads = 2; threads <= 8; threads += 3) {
		options.threads = threads;
		lk_ngram *many = fit(&options, id, COUNT);

		check_same(one, many);
		lk_ngram_free(many);
	}
	lk_ngram_free(one);
}
END_TEST

/* Ids on both sides of what 16 bits hold, of 8, and a token plus 1 that needs one
 * bit more than the token. */
START_TEST(any_vocabulary_will_do)
{
	static const uint32_t sizes[] = { 2, 3, 255, 256, 257, 65535, 65536, 65537,
		100000 };
	uint32_t id[MOST], vocabulary = sizes[_i], small = vocabulary < 40 ? vocabulary : 40;
	lk_ngram_options options = { LK_NGRAM_KNESER_NEY, 6, 0, vocabulary,
		vocabulary - 1, 2 };
	double *p = malloc(vocabulary * sizeof *p), nll[MOST], sum = 0;
	lk_ngram_state state;

	make_text(id, MOST, 4, small, 0, false);
	/* the end is the last id, the others are the greatest and the least */
	for (size_t i = 0; i < MOST; i++)
		id[i] = !id[i] || id[i] % 2 ? vocabulary - 1 - id[i] : id[i] / 2 - 1;
	reference r = reference_new(&options, id, MOST);
	lk_ngram *ngram = fit(&options, id, MOST);
	lk_ngram_score(ngram, id, MOST, 1, nll);
	lk_ngram_begin(ngram, &state);
	for (size_t i = 1; i < MOST; i++)
		ck_assert(-log(lk_ngram_next(ngram, &state, id[i])) == nll[i - 1]);
	lk_ngram_distribution(ngram, &state, p);
	for (uint32_t v = 0; v < vocabulary; v++)
		sum += p[v];
	ck_assert_double_eq_tol(sum, 1, 1e-6);
	for (size_t i = 1; i < 6 && vocabulary < 1000; i++) {
		size_t n = reference_context(&r, id, i);

		check_close(exp(-nll[i - 1]),
				reference_p(&r, id + i - n, n, id[i]));
	}
	free(p);
	lk_ngram_free(ngram);
}
END_TEST

/* More places of one token than are sorted by keys at once. The counts are those
 * that sorting whole n-grams gives. */
START_TEST(a_long_text_of_few_tokens)
{
	enum { COUNT = 150000, ORDER = 9 };
	uint32_t *id = malloc(COUNT * sizeof *id);
	lk_ngram_options options = { LK_NGRAM_MLE, ORDER, 0, 4, 3, 2 };
	static uint32_t times[1 << (2 * ORDER)];
	size_t kinds = 0;

	make_text(id, COUNT, 5, 4, 3, false);
	lk_ngram *ngram = fit(&options, id, COUNT);
	for (size_t i = 0; i + ORDER <= COUNT; i++) {
		uint32_t code = 0;
		bool whole = true;

		for (size_t k = 0; k < ORDER; k++) {
			code = code << 2 | id[i + k];
			whole = whole && (id[i + k] != 3 || !k || k == ORDER - 1);
		}
		if (whole)
			kinds += !times[code]++;
	}
	ck_assert_uint_eq(lk_ngram_count(ngram, ORDER), kinds);
	/* P of each n-gram from these counts */
	double *nll = malloc(COUNT * sizeof *nll);
	lk_ngram_score(ngram, id, COUNT, 1, nll);
	for (size_t i = ORDER; i < COUNT; i += 101) {
		uint32_t code = 0, total = 0;
		bool whole = true;

		for (size_t k = 0; k + 1 < ORDER; k++) {
			code = code << 2 | id[i - ORDER + 1 + k];
			whole = whole && (id[i - ORDER + 1 + k] != 3 || !k);
		}
		for (uint32_t v = 0; v < 4; v++)
			total += times[code << 2 | v];
		if (whole)
			check_close(exp(-nll[i - 1]),
					(double)times[code << 2 | id[i]] / total);
	}
	free(nll);
	free(id);
	lk_ngram_free(ngram);
}
END_TEST

/* The text that repeats one token, on which careless sorting takes for ever. */
START_TEST(a_text_of_one_token)
{
	enum { COUNT = 300000 };
	uint32_t *id = calloc(COUNT, sizeof *id);
	lk_ngram_options options = { LK_NGRAM_KNESER_NEY, LK_NGRAM_ORDER_MOST, 0, 2, 1,
		2 };
	lk_ngram *ngram;

	id[0] = 1;
	ngram = fit(&options, id, COUNT);
	ck_assert_uint_eq(lk_ngram_count(ngram, LK_NGRAM_ORDER_MOST), 2);
	lk_ngram_free(ngram);
	free(id);
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	static const uint32_t good[] = { END, 1, 2, END }, high[] = { END, 1, V, END },
			      headless[] = { 1, 2, END };
	static const struct {
		lk_ngram_options options;
		const uint32_t *id;
		size_t count;
		const char *words;
	} cases[] = {
		{ { LK_NGRAM_MLE, 0, 0, V, END, 1 }, good, 4, "order 0" },
		{ { LK_NGRAM_MLE, 65, 0, V, END, 1 }, good, 4, "order 65" },
		{ { LK_NGRAM_UNIFORM, 2, 0, V, END, 1 }, good, 4, "order 2" },
		{ { LK_NGRAM_ADDITIVE, 2, 0, V, END, 1 }, good, 4, "more than 0" },
		{ { LK_NGRAM_ADDITIVE, 2, NAN, V, END, 1 }, good, 4, "more than 0" },
		{ { LK_NGRAM_MLE, 2, 0, V, V, 1 }, good, 4, "end of text" },
		{ { LK_NGRAM_MLE, 2, 0, V, END, 1 }, high, 4, "token 2" },
		{ { LK_NGRAM_MLE, 2, 0, V, END, 1 }, good, 1, "empty" },
		{ { LK_NGRAM_MLE, 2, 0, V, END, 1 }, headless, 3, "begin" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		lk_ngram *ngram;
		lk_error error;

		ck_assert_int_eq(lk_ngram_fit(&ngram, &cases[i].options, reference_read,
						 cases[i].id, cases[i].count, &error),
				LK_RANGE);
		ck_assert_msg(strstr(error.text, cases[i].words) != NULL, "%s",
				error.text);
	}
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("ngram");
	TCase *tests = tcase_create("ngram");

	tcase_add_loop_test(tests, probabilities_are_as_defined, 0, MODELS);
	tcase_add_test(tests, the_unseen_has_infinite_cost);
	tcase_add_loop_test(tests, threads_change_nothing, 0, MODELS);
	tcase_add_loop_test(tests, any_vocabulary_will_do, 0, 9);
	tcase_add_test(tests, a_long_text_of_few_tokens);
	tcase_add_test(tests, a_text_of_one_token);
	tcase_add_test(tests, what_cannot_be_is_refused);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}

TEST_MAIN(make_suite)
