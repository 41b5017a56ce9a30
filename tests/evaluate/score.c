/* Scores of a Transformer against their definition, one token at a time. */
#include "evaluate/score.h"

#include "evaluate/logits.h"
#include "support/main.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { V = 7, CONTEXT = 6, END = 6, LONGEST = 100 };

static lk_model *make_model(size_t batch)
{
	lk_model_config config = lk_model_config_default();
	lk_model *model;
	size_t count;

	config.vocabulary = V;
	config.context = CONTEXT;
	config.layers = 2;
	config.width = 16;
	config.heads = 2;
	config.position = LK_LEARNED; /* so that where a window begins matters */
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, lk_isa_best(), NULL), LK_OK);
	ck_assert_int_eq(lk_model_reserve(model, batch, CONTEXT, false, NULL), LK_OK);
	lk_model_initialise(model, 5);
	const lk_tensor *tensor = lk_model_parameters(model, &count);
	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; tensor[n].rank == 2 && i < lk_tensor_count(&tensor[n]);
				i++)
			((float *)tensor[n].data)[i] *= 12;
	return model;
}

/* The NLL of token number t of a document, given those from `start` on. */
static double one_nll(lk_model *model, const uint32_t *document, size_t start, size_t t)
{
	float logits[CONTEXT * V];
	uint32_t target[CONTEXT] = { 0 };
	lk_batch batch = { .input = document + start, .target = target, .B = 1,
		.T = t - start, .mask_at = LK_IGNORE };
	double sum = 0;

	ck_assert_uint_le(batch.T, CONTEXT);
	lk_model_logits(model, &batch, logits);
	const float *last = logits + (batch.T - 1) * V;
	for (size_t i = 0; i < V; i++)
		sum += exp(last[i]);
	return log(sum) - last[document[t]];
}

/* Where the window that counts token t begins. */
static size_t window_start(size_t t, size_t stride)
{
	size_t target = t - 1;

	if (target < CONTEXT)
		return 0;
	return (1 + (target - CONTEXT) / stride) * stride;
}

static size_t make_ids(uint32_t *ids, const size_t *lengths, size_t documents, bool ends)
{
	size_t n = 0;

	for (size_t d = 0; d < documents; d++) {
		ids[n++] = END;
		for (size_t i = 0; i < lengths[d]; i++, n++)
			ids[n] = (uint32_t)((n * n + 3 * d + n / 5) % END);
	}
	if (ends)
		ids[n++] = END;
	return n;
}

typedef struct {
	double nll[LONGEST];
	size_t next;
} record;

static lk_status take(void *context, size_t first, size_t count, const double *nll)
{
	record *r = context;

	ck_assert_uint_eq(first, r->next);
	ck_assert_uint_ge(count, 1);
	memcpy(r->nll + first, nll, count * sizeof *nll);
	r->next += count;
	return LK_OK;
}

/* The NLLs of the documents from `first` to `last`, each against its definition. */
static void check_range(lk_model *model, lk_predictor *predictor, const lk_tokens *tokens,
		const uint32_t *ids, size_t first, size_t last, size_t stride, record *r)
{
	size_t begin = first;

	r->next = first + 1;
	ck_assert_int_eq(predictor->score(predictor, tokens, first, last - first + 1,
			take, r, NULL), LK_OK);
	ck_assert_uint_eq(r->next, last + 1);
	for (size_t t = first + 1; t <= last; t++) {
		double want = one_nll(model, ids + begin, window_start(t - begin, stride),
				t - begin);

		ck_assert_double_eq_tol(r->nll[t], want, 1e-4);
		begin = ids[t] == END ? t : begin;
	}
}

/* Document by document, and all at once. */
static void check_score(lk_model *model, const uint32_t *ids, size_t count, size_t batch,
		size_t stride)
{
	lk_predictor *predictor;
	lk_tokens *tokens;
	lk_score score;
	double nll = 0, with_ends = 0;
	uint64_t ends = 0;
	record r;

	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, count, END, NULL), LK_OK);
	ck_assert_int_eq(lk_predictor_new_transformer(&predictor, model, batch, stride, 2,
			NULL), LK_OK);
	ck_assert_uint_eq(predictor->vocabulary, V);
	for (size_t first = 0, last; first + 1 < count; first = last) {
		last = first + 1;
		while (last + 1 < count && ids[last] != END)
			last++;
		check_range(model, predictor, tokens, ids, first, last, stride, &r);
	}
	check_range(model, predictor, tokens, ids, 0, count - 1, stride, &r);
	for (size_t t = 1; t < count; t++) {
		with_ends += r.nll[t];
		nll += ids[t] == END ? 0 : r.nll[t];
		ends += ids[t] == END;
	}
	ck_assert_int_eq(lk_score_tokens(&score, predictor, tokens, NULL), LK_OK);
	ck_assert_double_eq(score.nll, nll);
	ck_assert_double_eq(score.nll_with_ends, with_ends);
	ck_assert_uint_eq(score.ends, ends);
	ck_assert_uint_eq(score.tokens, count - 1 - ends);
	ck_assert_uint_eq(score.nbytes, lk_tokens_nbytes(tokens));
	lk_predictor_free(predictor);
	lk_tokens_free(tokens);
}

START_TEST(one_document_of_any_length)
{
	size_t batch = (size_t)_i + 1;
	lk_model *model = make_model(batch);
	uint32_t ids[LONGEST];

	for (size_t length = 1; length <= 26; length++)
		for (size_t stride = 1; stride <= CONTEXT; stride++)
			for (int ends = 0; ends < 2; ends++)
				check_score(model, ids, make_ids(ids, &length, 1, ends),
						batch, stride);
	lk_model_free(model);
}
END_TEST

START_TEST(several_documents)
{
	static const size_t lengths[] = { 1, 6, 0, 13, 5, 7, 30, 2 };
	size_t batch = (size_t)_i + 1; /* with one, the windows take several turns */
	lk_model *model = make_model(batch);
	uint32_t ids[LONGEST];

	for (size_t count = 1; count <= 8; count++)
		for (size_t stride = 1; stride <= CONTEXT; stride++)
			for (int ends = 0; ends < 2; ends++) {
				size_t n = make_ids(ids, lengths, count, ends);

				if (n > 1)
					check_score(model, ids, n, batch, stride);
			}
	lk_model_free(model);
}
END_TEST

/* The softmax of the logits gives the NLL, and rows can be read in any pieces. */
START_TEST(logits_are_those_of_the_score)
{
	static const size_t lengths[] = { 4, 17, 0, 8 };
	lk_model *model = make_model(2);
	uint32_t ids[LONGEST];
	size_t count = make_ids(ids, lengths, 4, _i % 2);
	size_t stride = 1 + (size_t)_i % CONTEXT, done = 0;
	lk_tokens *tokens;
	lk_predictor *predictor;
	lk_logits *logits;
	lk_score score;
	double with_ends = 0;
	float row[7 * V];

	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, count, END, NULL), LK_OK);
	ck_assert_int_eq(lk_predictor_new_transformer(&predictor, model, 2, stride, 1,
			NULL), LK_OK);
	ck_assert_int_eq(lk_score_tokens(&score, predictor, tokens, NULL), LK_OK);
	ck_assert_int_eq(lk_logits_new(&logits, model, tokens, stride, 1, NULL), LK_OK);
	ck_assert_uint_eq(lk_logits_rows(logits), count - 1);
	for (size_t piece = 1; done < count - 1; piece = piece % 7 + 1) {
		size_t n = count - 1 - done < piece ? count - 1 - done : piece;

		lk_logits_read(logits, n, row);
		for (size_t r = 0; r < n; r++, done++) {
			double sum = 0;

			for (size_t i = 0; i < V; i++)
				sum += exp(row[r * V + i]);
			with_ends += log(sum) - row[r * V + ids[done + 1]];
		}
	}
	ck_assert_double_eq_tol(with_ends, score.nll_with_ends, 1e-3);
	lk_logits_free(logits);
	lk_predictor_free(predictor);
	lk_tokens_free(tokens);
	lk_model_free(model);
}
END_TEST

START_TEST(units_follow_from_the_sums)
{
	lk_score score = { .nll = 80 * log(2), .nll_with_ends = 100, .tokens = 20,
		.ends = 1, .nbytes = 40 };
	lk_score total = { 0 };

	ck_assert_double_eq_tol(lk_score_bits_per_byte(&score), 2, 1e-12);
	ck_assert_double_eq_tol(lk_score_nll_per_token(&score), 4 * log(2), 1e-12);
	ck_assert_double_eq_tol(lk_score_perplexity(&score), 16, 1e-10);
	lk_score_add(&total, &score);
	lk_score_add(&total, &score);
	ck_assert_double_eq_tol(total.nll, 160 * log(2), 1e-10);
	ck_assert_double_eq_tol(total.nll_with_ends, 200, 1e-10);
	ck_assert_uint_eq(total.tokens, 40);
	ck_assert_uint_eq(total.ends, 2);
	ck_assert_uint_eq(total.nbytes, 80);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("score");
	TCase *t = tcase_create("score");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, one_document_of_any_length, 0, 4);
	tcase_add_loop_test(t, several_documents, 0, 3);
	tcase_add_loop_test(t, logits_are_those_of_the_score, 0, 12);
	tcase_add_test(t, units_follow_from_the_sums);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
