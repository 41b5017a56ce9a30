/* A text that comes back as another, a message that depends on the threads, stretches
 * that see each other's text, a price that is not the model's. */
#include "compress/codec.h"

#include "support/main.h"

#include <math.h>
#include <string.h>

enum { V = 257, MOST = 3000 };

/* A model of bytes: what follows depends on the two ids read last. */
typedef struct {
	lk_session base;
	uint32_t latest[64][2];
	bool zero; /* some bytes are impossible */
} toy;

static lk_status distribution(lk_session *session, size_t s, double *p, lk_error *error)
{
	const toy *t = (const toy *)session;
	double sum = 0;

	(void)error;
	for (uint32_t v = 0; v < V; v++) {
		uint32_t x = (v * 7 + t->latest[s][0] * 13 + t->latest[s][1] * 5) % V;

		p[v] = t->zero && x % 3 == 0 ? 0 : exp(-(double)x / 8);
		sum += p[v];
	}
	for (uint32_t v = 0; v < V; v++)
		p[v] /= sum;
	return LK_OK;
}

static lk_status advance(lk_session *session, const uint32_t *id, lk_error *error)
{
	toy *t = (toy *)session;

	(void)error;
	for (size_t s = 0; s < session->streams; s++) {
		t->latest[s][1] = t->latest[s][0];
		t->latest[s][0] = id[s];
	}
	return LK_OK;
}

static toy fresh(size_t streams)
{
	toy t = { .base = { streams, distribution, advance, NULL } };

	for (size_t s = 0; s < streams; s++)
		t.latest[s][0] = t.latest[s][1] = 256;
	return t;
}

static lk_tokenizer *tokenizer;
static unsigned char text[MOST];
static uint32_t ids[MOST];

static void set_up(void)
{
	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	lk_ids got = { 0 };
	for (size_t i = 0; i < MOST; i++)
		text[i] = (unsigned char)(i * i / 7 + i % 11);
	ck_assert_int_eq(lk_tokenizer_encode(tokenizer, text, MOST, &got, NULL), LK_OK);
	memcpy(ids, got.data, sizeof ids);
	lk_ids_free(&got);
}

static void tear_down(void)
{
	lk_tokenizer_free(tokenizer);
}

static lk_range_encoder encoded(size_t count, size_t streams, int threads, double *nll)
{
	toy t = fresh(streams);
	lk_codec codec = { &t.base, V, tokenizer, threads, NULL, NULL };
	lk_range_encoder encoder;

	lk_range_encoder_begin(&encoder);
	ck_assert_int_eq(lk_codec_encode(&encoder, nll, &codec, ids, count, NULL), LK_OK);
	ck_assert_int_eq(lk_range_encoder_end(&encoder, NULL), LK_OK);
	return encoder;
}

static lk_status decoded(const lk_range_encoder *data, size_t count, size_t most,
		size_t streams, int threads, unsigned char **out, size_t *nbytes)
{
	toy t = fresh(streams);
	lk_codec codec = { &t.base, V, tokenizer, threads, NULL, NULL };
	lk_range_decoder decoder;

	lk_range_decoder_begin(&decoder, data->data, data->nbytes);
	return lk_codec_decode(out, nbytes, most, &codec, &decoder, count, NULL);
}

/* The price of each stretch as a text of its own, summed. */
static double price(size_t count, size_t streams)
{
	double nll = 0;

	for (size_t s = 0, at = 0; s < streams; s++) {
		size_t length = count / streams + (s < count % streams);
		toy t = fresh(1);

		for (size_t i = 0; i < length; i++, at++) {
			double p[V];

			distribution(&t.base, 0, p, NULL);
			nll -= log(p[ids[at]]);
			advance(&t.base, &ids[at], NULL);
		}
	}
	return nll;
}

START_TEST(texts_come_back_at_their_price)
{
	static const size_t counts[] = { 1, 2, 7, 8, 9, 100, MOST };
	static const size_t streams[] = { 1, 2, 3, 7, 64 };

	for (size_t i = 0; i < 7; i++)
		for (size_t k = 0; k < 5 && streams[k] <= counts[i]; k++) {
			size_t count = counts[i], nbytes;
			double nll;
			lk_range_encoder data = encoded(count, streams[k], 2, &nll);
			unsigned char *out;

			ck_assert_double_eq_tol(nll, price(count, streams[k]), 1e-9 * nll);
			ck_assert_double_eq_tol((double)data.nbytes, nll / M_LN2 / 8,
					1e-4 * nll / M_LN2 / 8 + 3);
			ck_assert_int_eq(decoded(&data, count, count, streams[k], 2, &out,
							 &nbytes),
					LK_OK);
			ck_assert_uint_eq(nbytes, count);
			ck_assert_mem_eq(out, text, count);
			free(out);
			lk_range_encoder_free(&data);
		}
}
END_TEST

START_TEST(threads_do_not_matter)
{
	double nll, again;
	lk_range_encoder one = encoded(MOST, 16, 1, &nll);

	for (int threads = 2; threads <= 8; threads += 3) {
		lk_range_encoder other = encoded(MOST, 16, threads, &again);

		ck_assert_double_eq(nll, again);
		ck_assert_uint_eq(one.nbytes, other.nbytes);
		ck_assert_mem_eq(one.data, other.data, one.nbytes);
		lk_range_encoder_free(&other);
	}
	lk_range_encoder_free(&one);
}
END_TEST

START_TEST(wrong_data_are_refused_or_another_text)
{
	double nll;
	lk_range_encoder data = encoded(500, 4, 1, &nll);
	unsigned char *out;
	size_t nbytes;

	for (size_t cut = 1; cut < data.nbytes - 8; cut += 17) {
		lk_range_encoder part = data;

		part.nbytes -= cut + 8;
		ck_assert_int_eq(decoded(&part, 500, 500, 4, 1, &out, &nbytes), LK_FORMAT);
	}
	/* more text than there may be */
	ck_assert_int_eq(decoded(&data, 500, 499, 4, 1, &out, &nbytes), LK_FORMAT);
	for (size_t i = 0; i < data.nbytes; i += 5) {
		data.data[i] ^= 0x40;
		if (!decoded(&data, 500, 500, 4, 1, &out, &nbytes)) {
			ck_assert(nbytes != 500 || memcmp(out, text, 500) != 0);
			free(out);
		}
		data.data[i] ^= 0x40;
	}
	lk_range_encoder_free(&data);
}
END_TEST

START_TEST(the_impossible_is_refused)
{
	toy t = fresh(1);
	lk_codec codec = { &t.base, V, tokenizer, 1, NULL, NULL };
	lk_range_encoder encoder;
	lk_error error;
	double nll;

	t.zero = true;
	lk_range_encoder_begin(&encoder);
	ck_assert_int_eq(lk_codec_encode(&encoder, &nll, &codec, ids, 500, &error),
			LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "probability 0"));
	lk_range_encoder_free(&encoder);
}
END_TEST

START_TEST(probes_tell_models_apart)
{
	toy t = fresh(2), other = fresh(2);
	lk_codec a = { &t.base, V, tokenizer, 1, NULL, NULL }, b = a;
	uint64_t one, two;

	b.session = &other.base;
	ck_assert_int_eq(lk_codec_probe(&one, &a, NULL), LK_OK);
	ck_assert_int_eq(lk_codec_probe(&two, &b, NULL), LK_OK);
	ck_assert(one == two);
	other.zero = true;
	ck_assert_int_eq(lk_codec_probe(&two, &b, NULL), LK_OK);
	ck_assert(one != two);
}
END_TEST

START_TEST(streams_grow_with_the_text)
{
	ck_assert_uint_eq(lk_codec_streams(0, 1000), 1);
	ck_assert_uint_eq(lk_codec_streams(4095, 1000), 1);
	ck_assert_uint_eq(lk_codec_streams(4096, 1000), 2);
	ck_assert_uint_eq(lk_codec_streams(1u << 30, 1000), 64);
	ck_assert_uint_eq(lk_codec_streams(1u << 30, 5), 5);
	ck_assert_uint_eq(lk_codec_streams(1u << 30, 0), 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("codec");
	TCase *t = tcase_create("codec");

	tcase_add_unchecked_fixture(t, set_up, tear_down);
	tcase_add_test(t, texts_come_back_at_their_price);
	tcase_add_test(t, threads_do_not_matter);
	tcase_add_test(t, wrong_data_are_refused_or_another_text);
	tcase_add_test(t, the_impossible_is_refused);
	tcase_add_test(t, probes_tell_models_apart);
	tcase_add_test(t, streams_grow_with_the_text);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
