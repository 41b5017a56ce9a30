/* Costs by token and by range of bytes, and the units made of them. */
#include "evaluate/costs.h"

#include "base/rng.h"
#include "evaluate/units.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

enum { WORD = 2 }; /* "ab", beside the bytes a, b and the end */

/* A tokenizer of two letters and their pair, and a predictor to which token id
 * costs 1 + id and an end 100. */
static const unsigned char letters[] = "aabb";
static const unsigned char *const pieces[] = { letters, letters + 2, letters + 1, NULL };
static uint32_t piece_nbytes[] = { 1, 1, 2, 0 };

static lk_status encode(const lk_tokenizer *t, const unsigned char *text, size_t nbytes,
		uint64_t offset, lk_ids *ids, lk_error *error)
{
	(void)t, (void)offset;
	for (size_t i = 0; i < nbytes;) {
		bool pair = i + 1 < nbytes && text[i] == 'a' && text[i + 1] == 'b';
		/* What it does not know it makes an a. */
		lk_status status = lk_ids_push(
				ids, pair ? WORD : text[i] == 'b', error);

		if (status)
			return status;
		i += pair ? 2 : 1;
	}
	return LK_OK;
}

static const lk_tokenizer_kind kind = { .name = "pairs", .encode = encode };
static const lk_tokenizer tokenizer = { .kind = &kind, .vocabulary = 4, .end = 3,
	.piece = (const unsigned char **)(uintptr_t)pieces, .piece_nbytes = piece_nbytes };

static lk_status score(lk_predictor *p, const lk_tokens *tokens, size_t first, size_t count,
		lk_nll_sink *sink, void *context, lk_error *error)
{
	(void)p, (void)error;
	for (size_t i = first + 1; i < first + count; i++) {
		uint32_t id;

		lk_tokens_read(tokens, i, 1, &id);
		double nll = id == 3 ? 100 : 1 + id;
		lk_status status = sink(context, i, 1, &nll);
		if (status)
			return status;
	}
	return LK_OK;
}

static lk_predictor predictor = { .kind = "test", .vocabulary = 4, .score = score };

static lk_document document(const char *text, bool ends)
{
	return (lk_document){ .path = "book", .text = (const unsigned char *)text,
		.nbytes = strlen(text), .ends = ends, .file_nbytes = strlen(text) };
}

START_TEST(each_byte_once)
{
	lk_document d[] = { document("aab", true), document("b", true), document("abb", _i) };
	lk_documents documents = { d, 3, 7 };
	static const double nll[] = { 1, 3, 2, 3, 2 };
	static const uint32_t nbytes[] = { 1, 2, 1, 2, 1 };
	static const uint64_t ranges[] = { 0, 2, 4, 4, 6, 7 };
	double sum[5];
	lk_costs costs;

	ck_assert_int_eq(lk_costs_score(&costs, &predictor, &tokenizer, &documents, NULL),
			LK_OK);
	ck_assert_uint_eq(costs.tokens, 5);
	ck_assert_int_eq(memcmp(costs.nll, nll, sizeof nll), 0);
	ck_assert_int_eq(memcmp(costs.nbytes, nbytes, sizeof nbytes), 0);
	ck_assert_double_eq(lk_costs_nll(&costs), 11);
	ck_assert_double_eq(lk_costs_ends(&costs), _i ? 300 : 200);
	ck_assert(isnan(costs.end_nll[2]) == !_i);
	/* A token belongs to the range of its first byte; an empty range has none. */
	lk_costs_sum(sum, &costs, ranges, 5);
	ck_assert_double_eq(sum[0], 4);
	ck_assert_double_eq(sum[1], 2);
	ck_assert_double_eq(sum[2], 0);
	ck_assert_double_eq(sum[3], 3);
	ck_assert_double_eq(sum[4], 2);
	lk_costs_free(&costs);
}
END_TEST

START_TEST(tokens_that_change_the_text_are_refused)
{
	lk_document d[] = { document("ab", true), document("axb", true) };
	lk_documents documents = { d, 2, 5 };
	lk_costs costs;
	lk_error error;

	d[1].offset = 40;
	ck_assert_int_eq(lk_costs_score(&costs, &predictor, &tokenizer, &documents, &error),
			LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "book: at byte 41 "));
	lk_costs_free(&costs);
}
END_TEST

/* x[i] = r x[i - 1] + noise has an autocorrelation time of (1 + r) / (1 - r). */
START_TEST(correlation_time_of_a_known_process)
{
	enum { N = 200000 };
	static const double r[] = { 0, 0.5, 0.9 };
	static double x[N];
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);
	double want = (1 + r[_i]) / (1 - r[_i]);

	x[0] = 0;
	for (size_t i = 1; i < N; i++)
		x[i] = r[_i] * x[i - 1] + lk_rng_normal(rng, i, (uint64_t)_i);
	ck_assert_double_eq_tol(lk_correlation_time(x, N), want, 0.06 * want);
	ck_assert_double_eq(lk_correlation_time(x, 0), 1);
	ck_assert_double_eq(lk_correlation_time(x, 1), 1);
}
END_TEST

/* Costs of one byte each: noise, or noise that lasts for `run` bytes. */
static lk_costs make_costs(size_t n, size_t run, uint64_t stream)
{
	lk_rng rng = lk_rng_new(2, LK_RNG_CHECK);
	lk_costs costs;

	ck_assert_int_eq(lk_costs_new(&costs, n, 1, NULL), LK_OK);
	for (size_t i = 0; i < n; i++) {
		costs.nll[i] = 5 + lk_rng_normal(rng, i / run, stream);
		costs.nbytes[i] = 1;
	}
	return costs;
}

static void check_partition(const lk_units *units, uint64_t nbytes)
{
	ck_assert_uint_eq(units->start[0], 0);
	ck_assert_uint_eq(units->start[units->count], nbytes);
	for (size_t u = 0; u < units->count; u++)
		ck_assert_uint_lt(units->start[u], units->start[u + 1]);
}

START_TEST(blocks_of_one_document)
{
	static const struct {
		size_t nbytes, run, least, most;
	} cases[] = {
		{ 50000, 1, 23, 24 },      /* 2,048 bytes */
		{ 1000000, 1, 31, 32 },   /* a 32nd */
		{ 100000, 1000, 14, 24 }, /* ten correlation lengths of about 500 */
		{ 100000, 4000, 9, 12 },  /* of about 2,000: a tenth of the text */
		{ 100000, 30000, 1, 7 },  /* of about 15,000: two of them */
		{ 3000, 1, 1, 1 },
	};
	lk_costs a = make_costs(cases[_i].nbytes, cases[_i].run, 1);
	lk_costs b = make_costs(cases[_i].nbytes, cases[_i].run, 2);
	lk_costs_pair pair = { .a = &a, .b = &b };
	uint64_t start[] = { 0, cases[_i].nbytes };
	lk_units units;

	ck_assert_int_eq(lk_units_choose(&units, start, 1, &pair, 1, NULL), LK_OK);
	ck_assert(units.blocks);
	ck_assert_uint_ge(units.count, cases[_i].least);
	ck_assert_uint_le(units.count, cases[_i].most);
	check_partition(&units, cases[_i].nbytes);
	for (size_t u = 0; units.count > 1 && u < units.count; u++)
		ck_assert_uint_ge(units.start[u + 1] - units.start[u] + 1, LK_BLOCK_LEAST);
	lk_units_free(&units);
	lk_costs_free(&a);
	lk_costs_free(&b);
}
END_TEST

START_TEST(documents_are_units_where_they_suffice)
{
	static uint64_t start[40001];
	lk_units units;

	for (size_t i = 0; i <= 40000; i++)
		start[i] = 10 * i;
	ck_assert_int_eq(lk_units_choose(&units, start, 6, NULL, 0, NULL), LK_OK);
	ck_assert(!units.blocks);
	ck_assert_uint_eq(units.count, 6);
	check_partition(&units, 60);
	lk_units_free(&units);
	ck_assert_int_eq(lk_units_choose(&units, start, 5, NULL, 0, NULL), LK_OK);
	ck_assert(units.blocks);
	lk_units_free(&units);
	ck_assert_int_eq(lk_units_choose(&units, start, 40000, NULL, 0, NULL), LK_OK);
	ck_assert_uint_eq(units.documents, 3);
	ck_assert_uint_eq(units.count, 13334);
	check_partition(&units, 400000);
	lk_units_free(&units);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("costs");
	TCase *t = tcase_create("costs");

	tcase_add_loop_test(t, each_byte_once, 0, 2);
	tcase_add_test(t, tokens_that_change_the_text_are_refused);
	tcase_add_loop_test(t, correlation_time_of_a_known_process, 0, 3);
	tcase_add_loop_test(t, blocks_of_one_document, 0, 6);
	tcase_add_test(t, documents_are_units_where_they_suffice);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
