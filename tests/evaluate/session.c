/* A session that sees other context than the windows of a score, mixes up its streams,
 * or carries a document into the next. */
#include "evaluate/session.h"

#include "support/main.h"

#include <math.h>
#include <string.h>

enum { V = 7, CONTEXT = 6, END = 6, LENGTH = 40, STREAMS = 3 };

static lk_model *model;

static void set_up(void)
{
	lk_model_config config = lk_model_config_default();
	size_t count;

	config.vocabulary = V;
	config.context = CONTEXT;
	config.layers = 2;
	config.width = 16;
	config.heads = 2;
	config.position = LK_LEARNED; /* so that where a window begins matters */
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, lk_isa_best(), NULL), LK_OK);
	ck_assert_int_eq(lk_model_reserve(model, 2, CONTEXT, false, NULL), LK_OK);
	lk_model_initialise(model, 5);
	const lk_tensor *tensor = lk_model_parameters(model, &count);
	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; tensor[n].rank == 2 && i < lk_tensor_count(&tensor[n]);
				i++)
			((float *)tensor[n].data)[i] *= 12;
}

static void tear_down(void)
{
	lk_model_free(model);
}

/* The end of text and a text of its own for every stream. */
static void make_ids(uint32_t *ids, size_t s)
{
	ids[0] = END;
	for (size_t i = 1; i <= LENGTH; i++)
		ids[i] = (uint32_t)((i * i + (s + 2) * i + i / (s + 3)) % END);
}

static lk_status keep(void *context, size_t first, size_t count, const double *nll)
{
	memcpy((double *)context + first, nll, count * sizeof *nll);
	return LK_OK;
}

/* What the windows say. */
static void score(double *nll, lk_predictor *predictor, const uint32_t *ids)
{
	lk_tokens *tokens;

	ck_assert_int_eq(lk_tokens_new_ids(&tokens, ids, LENGTH + 1, END, NULL), LK_OK);
	ck_assert_int_eq(predictor->score(predictor, tokens, 0, LENGTH + 1, keep, nll, NULL),
			LK_OK);
	lk_tokens_free(tokens);
}

static void check_step(lk_session *session, const uint32_t (*ids)[LENGTH + 1],
		const double (*nll)[LENGTH + 1], size_t streams, size_t t)
{
	for (size_t s = 0; s < streams; s++) {
		double p[V], sum = 0;

		ck_assert_int_eq(session->distribution(session, s, p, NULL), LK_OK);
		for (size_t v = 0; v < V; v++)
			sum += p[v];
		ck_assert_double_eq_tol(sum, 1, 1e-12);
		ck_assert_double_eq_tol(-log(p[ids[s][t]]), nll[s][t], 1e-4);
	}
}

static void check(size_t streams, size_t stride)
{
	uint32_t ids[STREAMS][LENGTH + 1], latest[STREAMS];
	double nll[STREAMS][LENGTH + 1];
	lk_predictor *predictor;
	lk_session *session;

	ck_assert_int_eq(lk_predictor_new_transformer(&predictor, model, 2, stride, 2,
					 NULL), LK_OK);
	for (size_t s = 0; s < streams; s++) {
		make_ids(ids[s], s);
		score(nll[s], predictor, ids[s]);
	}
	ck_assert_int_eq(predictor->begin(predictor, &session, END, streams, NULL), LK_OK);
	ck_assert_uint_eq(session->streams, streams);
	for (int document = 0; document < 2; document++)
		for (size_t t = 1; t <= LENGTH + 1; t++) {
			if (t <= LENGTH)
				check_step(session, ids, nll, streams, t);
			for (size_t s = 0; s < streams; s++)
				latest[s] = t <= LENGTH ? ids[s][t] : END;
			ck_assert_int_eq(session->advance(session, latest, NULL), LK_OK);
		}
	lk_session_free(session);
	lk_predictor_free(predictor);
}

START_TEST(sessions_see_what_windows_see)
{
	for (size_t stride = 1; stride <= CONTEXT; stride++)
		for (size_t streams = 1; streams <= STREAMS; streams++)
			check(streams, stride);
}
END_TEST

START_TEST(one_end_among_several_is_refused)
{
	static const uint32_t id[] = { 1, END };
	lk_session *session;
	lk_error error;

	ck_assert_int_eq(lk_session_new_transformer(&session, model, END, 2, 3, 1, NULL),
			LK_OK);
	ck_assert_int_eq(session->advance(session, id, &error), LK_UNSUPPORTED);
	lk_session_free(session);
}
END_TEST

/* The same bits for any number of threads. */
START_TEST(threads_do_not_matter)
{
	double p[3][V];

	for (int threads = 1; threads <= 3; threads++) {
		lk_session *session;

		ck_assert_int_eq(lk_session_new_transformer(&session, model, END, 2, 3,
						 threads, NULL), LK_OK);
		for (uint32_t t = 0; t < 20; t++)
			ck_assert_int_eq(session->advance(session,
							 (uint32_t[]){ t % 6, t % 5 },
							 NULL), LK_OK);
		session->distribution(session, 1, p[threads - 1], NULL);
		lk_session_free(session);
	}
	ck_assert_mem_eq(p[0], p[1], sizeof *p);
	ck_assert_mem_eq(p[0], p[2], sizeof *p);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	tcase_add_unchecked_fixture(t, set_up, tear_down);
	tcase_add_test(t, sessions_see_what_windows_see);
	tcase_add_test(t, one_end_among_several_is_refused);
	tcase_add_test(t, threads_do_not_matter);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
