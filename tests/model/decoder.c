/* Decoding with a cache against the model read whole: a wrong position, a key
 * in the wrong slot or a stale row would show in the logits. */
#include "model/decoder.h"
#include "model/tiny.h"
#include "support/main.h"

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

START_TEST(pieces_agree_with_the_whole)
{
	lk_model_config config = tiny_config(_i * 5);
	lk_model *model = tiny_model(&config, _i % 2 ? LK_ISA_F64 : lk_isa_best());
	lk_batch batch = tiny_batch();
	float whole[TINY_B * TINY_T * TINY_V];
	lk_decoder *decoder;

	#pragma omp parallel num_threads(2)
	lk_model_logits(model, &batch, whole);
	ck_assert_int_eq(lk_decoder_new(&decoder, model, TINY_B, 2, NULL), LK_OK);
	ck_assert_uint_eq(lk_decoder_capacity(decoder), config.context);
	for (size_t piece = 1; piece <= TINY_T; piece++)
		check_pieces(decoder, &batch, whole, piece);
	lk_decoder_free(decoder);
	lk_model_free(model);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("decoder");
	TCase *t = tcase_create("decoder");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, pieces_agree_with_the_whole, 0, 38);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
