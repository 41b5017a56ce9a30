/* Decoding with a cache against the model read whole: a wrong position, a key
 * in the wrong slot or a stale row would show in the logits. And streams against
 * each other: what one gets may not depend on the others, to the bit. */
#include "model/decoder.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static void compare(const float *decoded, const float *whole, size_t position)
{
	for (size_t s = 0; s < TINY_B; s++)
		for (size_t v = 0; v < TINY_V; v++)
			ck_assert_float_eq_tol(decoded[s * TINY_V + v],
					whole[(s * TINY_T + position) * TINY_V + v],
					1e-5f);
}

/* Feed the batch in pieces of `piece` tokens. */
static void check_pieces(lk_decoder *decoder, const lk_batch *batch,
		const float *whole, size_t piece)
{
	lk_decoder_clear(decoder);
	for (size_t t = 0; t < TINY_T; t += piece) {
		uint32_t ids[TINY_B * TINY_T];
		size_t n = piece < TINY_T - t ? piece : TINY_T - t;

		for (size_t s = 0; s < TINY_B; s++)
			for (size_t i = 0; i < n; i++)
				ids[s * n + i] = batch->input[s * TINY_T + t + i];
		compare(lk_decoder_feed(decoder, ids, n), whole, t + n - 1);
		ck_assert_uint_eq(lk_decoder_length(decoder), t + n);
	}
}

static lk_decoder *new_decoder(lk_model *model, size_t streams, int threads)
{
	lk_decoder *decoder;

	ck_assert_int_eq(lk_decoder_new(&decoder, model, streams, threads, NULL), LK_OK);
	return decoder;
}

START_TEST(pieces_agree_with_the_whole)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_model *model = tiny_model(&config, _i % 2 ? LK_ISA_F64 : lk_isa_best());
	lk_batch batch = tiny_batch();
	float whole[TINY_B * TINY_T * TINY_V];
	lk_decoder *decoder;

	#pragma omp parallel num_threads(2)
	lk_model_logits(model, &batch, whole);
	decoder = new_decoder(model, TINY_B, 2);
	ck_assert_uint_eq(lk_decoder_capacity(decoder), config.context);
	for (size_t piece = 1; piece <= TINY_T; piece++)
		check_pieces(decoder, &batch, whole, piece);
	lk_decoder_free(decoder);
	lk_model_free(model);
}
END_TEST

/* Feed one stream of the batch: a prompt of `prompt` tokens, then one by one; the
 * logits after each feed, (T, V) or fewer. */
static void read_alone(float *logits, lk_model *model, const lk_batch *batch, size_t s,
		size_t prompt, int threads)
{
	lk_decoder *decoder = new_decoder(model, 1, threads);
	const uint32_t *ids = batch->input + s * TINY_T;

	for (size_t t = 0, n = prompt; t < TINY_T; t += n, n = 1)
		memcpy(logits + (t + n - 1) * TINY_V, lk_decoder_feed(decoder, ids + t, n),
				TINY_V * sizeof *logits);
	lk_decoder_free(decoder);
}

enum { PROMPT = 3, STREAMS = 2 * TINY_B };

/* Many streams, which end one after another. */
static void read_together(float *logits, lk_model *model, const lk_batch *batch)
{
	lk_decoder *decoder = new_decoder(model, STREAMS, 2);
	uint32_t ids[STREAMS * TINY_T];
	const float *got;

	for (size_t t = 0, n = PROMPT; t < TINY_T; t += n, n = 1) {
		for (size_t s = 0; s < STREAMS; s++)
			memcpy(ids + s * n, batch->input + s % TINY_B * TINY_T + t,
					n * sizeof *ids);
		got = lk_decoder_feed(decoder, ids, n);
		for (size_t s = 0; s < STREAMS; s++)
			memcpy(logits + (s * TINY_T + t + n - 1) * TINY_V,
					got + s * TINY_V, TINY_V * sizeof *logits);
		if (t + n - 1 > PROMPT && t + n - 1 < PROMPT + STREAMS)
			lk_decoder_drop(decoder, (t + n) % STREAMS);
	}
	lk_decoder_free(decoder);
}

/* Stream s is dropped after position t where (t + 1) % STREAMS == s. */
static size_t last_position(size_t s)
{
	for (size_t t = PROMPT + 1; t < PROMPT + STREAMS && t < TINY_T; t++)
		if ((t + 1) % STREAMS == s)
			return t;
	return TINY_T - 1;
}

START_TEST(streams_do_not_matter_to_each_other)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_model *model = tiny_model(&config, lk_isa_best());
	lk_batch batch = tiny_batch();
	static float alone[TINY_T * TINY_V], threads[TINY_T * TINY_V];
	static float many[STREAMS * TINY_T * TINY_V];

	for (int frozen = 0; frozen < 3; frozen++) {
		if (frozen) {
			lk_model_free(model);
			model = tiny_frozen(&config, lk_isa_best(),
					frozen == 1 ? LK_WEIGHTS_FULL : LK_WEIGHTS_Q8);
		}
		read_together(many, model, &batch);
		for (size_t s = 0; s < STREAMS; s++) {
			size_t most = last_position(s) + 1 - (PROMPT - 1);
			const float *got = many + (s * TINY_T + PROMPT - 1) * TINY_V;

			read_alone(alone, model, &batch, s % TINY_B, PROMPT, 1);
			ck_assert_mem_eq(got, alone + (PROMPT - 1) * TINY_V,
					most * TINY_V * sizeof *got);
			if (s >= 2)
				continue;
			read_alone(threads, model, &batch, s % TINY_B, PROMPT,
					s ? 3 : 8);
			ck_assert_mem_eq(threads, alone, sizeof alone);
		}
	}
	lk_model_free(model);
}
END_TEST

START_TEST(the_same_prompt_is_read_once)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_model *model = tiny_model(&config, _i % 2 ? LK_ISA_F64 : lk_isa_best());
	lk_batch batch = tiny_batch();
	lk_decoder *same = new_decoder(model, 3, 2), *each = new_decoder(model, 3, 2);
	uint32_t ids[3 * PROMPT];

	for (size_t i = 0; i < 3 * PROMPT; i++)
		ids[i] = batch.input[i % PROMPT];
	ck_assert_mem_eq(lk_decoder_feed_same(same, ids, PROMPT),
			lk_decoder_feed(each, ids, PROMPT), 3 * TINY_V * sizeof(float));
	for (size_t s = 0; s < 3; s++)
		ids[s] = batch.input[PROMPT + s];
	ck_assert_mem_eq(lk_decoder_feed(same, ids, 1), lk_decoder_feed(each, ids, 1),
			3 * TINY_V * sizeof(float));
	ck_assert_uint_eq(lk_decoder_length(same), PROMPT + 1);
	lk_decoder_free(same);
	lk_decoder_free(each);
	lk_model_free(model);
}
END_TEST

/* A frozen model's forward pass is the same one. */
START_TEST(freezing_changes_no_bit)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_isa isa = _i % 2 ? LK_ISA_F64 : lk_isa_best();
	lk_model *model = tiny_model(&config, isa), *frozen = tiny_frozen(
			&config, isa, LK_WEIGHTS_FULL);
	lk_batch batch = tiny_batch();
	static float a[TINY_B * TINY_T * TINY_V], b[TINY_B * TINY_T * TINY_V];

	#pragma omp parallel num_threads(2)
	{
		lk_model_logits(model, &batch, a);
		lk_model_logits(frozen, &batch, b);
	}
	ck_assert_mem_eq(a, b, sizeof a);
	lk_model_free(model);
	lk_model_free(frozen);
}
END_TEST

/* With 8-bit weights every build, decoding or not, computes about the same, and that
 * is close to what the model computes in full. */
START_TEST(eight_bits_are_close)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_isa isa = (lk_isa)(_i % LK_ISA_COUNT);
	lk_batch batch = tiny_batch();
	static float full[TINY_B * TINY_T * TINY_V], exact[TINY_B * TINY_T * TINY_V];
	static float narrow[TINY_B * TINY_T * TINY_V];
	double squares = 0, off = 0;

	if (isa > lk_isa_best())
		return;
	lk_model *models[] = { tiny_model(&config, LK_ISA_F64),
		tiny_frozen(&config, LK_ISA_F64, LK_WEIGHTS_Q8),
		tiny_frozen(&config, isa, LK_WEIGHTS_Q8) };

	#pragma omp parallel num_threads(3)
	{
		lk_model_logits(models[0], &batch, full);
		lk_model_logits(models[1], &batch, exact);
		lk_model_logits(models[2], &batch, narrow);
	}
	for (size_t i = 0; i < TINY_B * TINY_T * TINY_V; i++) {
		squares += full[i] * full[i];
		off += (full[i] - narrow[i]) * (full[i] - narrow[i]);
		/* what rounds differently here and there moves a level */
		ck_assert_float_eq_tol(narrow[i], exact[i], 0.05f);
	}
	ck_assert_double_gt(off, 0);
	/* mixes drawn at random let little of the stream through */
	ck_assert_double_le(sqrt(off / squares), config.x0_mix ? 0.06 : 0.04);
	for (size_t i = 0; i < 3; i++)
		lk_model_free(models[i]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("decoder");
	TCase *t = tcase_create("decoder");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, pieces_agree_with_the_whole, 0, 38);
	tcase_add_loop_test(t, streams_do_not_matter_to_each_other, 0, 38);
	tcase_add_loop_test(t, the_same_prompt_is_read_once, 0, 38);
	tcase_add_loop_test(t, freezing_changes_no_bit, 0, 38);
	tcase_add_loop_test(t, eight_bits_are_close, 0, 38);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
