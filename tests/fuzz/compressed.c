/* Files that likely compress did not write: the reader of headers and the decoder
 * behind it must refuse them or give a text, and do nothing else. Half of the input
 * gets a checksum that holds, so that what is behind it is reached. */
#include "base/rng.h"
#include "compress/codec.h"
#include "compress/header.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { V = 257, TOKENS_MOST = 1024, ROUNDS = 10000, SEED_TEXT = 600 };

/* A model of bytes with probabilities of every size, 0 among them. */
typedef struct {
	lk_session base;
	uint32_t latest[LK_COMPRESSED_STREAMS_MOST];
} toy;

static double weight[V];

static void make_weights(void)
{
	double sum = 0;

	for (uint32_t x = 0; x < V; x++)
		sum += weight[x] = x == 100 ? 0 : exp(-(double)x * x / 100);
	for (uint32_t x = 0; x < V; x++)
		weight[x] /= sum;
}

static lk_status distribution(lk_session *session, size_t s, double *p, lk_error *error)
{
	const toy *t = (const toy *)session;

	(void)error;
	for (uint32_t v = 0; v < V; v++) /* x = ...: see follower() */
		p[v] = weight[(v * 31 + t->latest[s] * 17) % V];
	return LK_OK;
}

static lk_status advance(lk_session *session, const uint32_t *id, lk_error *error)
{
	toy *t = (toy *)session;

	(void)error;
	memcpy(t->latest, id, session->streams * sizeof *id);
	return LK_OK;
}

static lk_tokenizer *tokenizer;

static lk_codec codec_of(toy *t, size_t streams)
{
	*t = (toy){ .base = { streams, distribution, advance, NULL } };
	if (!tokenizer) {
		make_weights();
		if (lk_tokenizer_new_byte(&tokenizer, NULL))
			abort();
	}
	return (lk_codec){ &t->base, V, tokenizer, 1, NULL, NULL };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	lk_compressed_header header;
	lk_range_decoder decoder;
	lk_error error = { 0 };
	unsigned char *text = NULL;
	size_t text_nbytes = 0;
	static toy t;

	if (lk_compressed_header_read(&header, data, nbytes, "x", &error)) {
		if (strncmp(error.text, "x: ", 3) != 0)
			abort(); /* a refusal names the file */
		return 0;
	}
	lk_codec codec = codec_of(&t, header.streams);
	uint64_t tokens = header.tokens < TOKENS_MOST ? header.tokens : TOKENS_MOST;
	lk_range_decoder_begin(&decoder, data + LK_COMPRESSED_HEADER,
			nbytes - LK_COMPRESSED_HEADER);
	if (tokens < header.streams)
		return 0;
	if (!lk_codec_decode(&text, &text_nbytes, TOKENS_MOST, &codec, &decoder, tokens,
			    &error) &&
			text_nbytes != tokens)
		abort(); /* every token of this tokenizer is one byte */
	free(text);
	return 0;
}

#ifndef LIBFUZZER
/* The id whose x is r: 199 is the inverse of 31 modulo V. */
static uint32_t follower(uint32_t latest, uint32_t r)
{
	uint32_t id = (r + 17 * V - latest * 17 % V) * 199 % V;

	return id == V - 1 ? 0 : id; /* not the end of text */
}

/* A file as likely compress writes it; its size. */
static size_t make_seed(unsigned char *file, size_t room, uint32_t streams)
{
	static toy t;
	lk_codec codec = codec_of(&t, streams);
	lk_range_encoder encoder;
	lk_compressed_header header = {
		.nbytes = SEED_TEXT, .tokens = SEED_TEXT, .streams = streams
	};
	uint32_t ids[SEED_TEXT];
	double nll;

	for (uint32_t i = 0, each = SEED_TEXT / streams; i < SEED_TEXT; i++)
		ids[i] = follower(i % each ? ids[i - 1] : 0, i % 50);
	lk_range_encoder_begin(&encoder);
	if (lk_codec_encode(&encoder, &nll, &codec, ids, SEED_TEXT, NULL) ||
			lk_range_encoder_end(&encoder, NULL) ||
			encoder.nbytes + LK_COMPRESSED_HEADER > room)
		abort();
	memcpy(file + LK_COMPRESSED_HEADER, encoder.data, encoder.nbytes);
	lk_compressed_header_write(file, encoder.nbytes, &header);
	size_t nbytes = encoder.nbytes + LK_COMPRESSED_HEADER;
	lk_range_encoder_free(&encoder);
	return nbytes;
}

/* Change, cut or lengthen; where `sealed`, the header's checksum is made to hold. */
static size_t mutate(unsigned char *file, size_t nbytes, size_t room, lk_rng rng,
		uint64_t round)
{
	uint64_t changes = lk_rng_below(rng, 0, round, 8);
	bool sealed = round % 2;

	if (round % 5 == 0)
		nbytes = lk_rng_below(rng, 1, round, room);
	for (uint64_t i = 0; i < changes && nbytes; i++) {
		uint64_t among = round % 3 && nbytes > LK_COMPRESSED_HEADER
						 ? LK_COMPRESSED_HEADER
						 : nbytes;

		file[lk_rng_below(rng, 2 + 2 * i, round, among)] =
				(unsigned char)lk_rng_u64(rng, 3 + 2 * i, round);
	}
	if (sealed && nbytes >= LK_COMPRESSED_HEADER) {
		lk_compressed_header header = { .streams = 1 };

		header.nbytes = lk_rng_u64(rng, 90, round) >>
				lk_rng_below(rng, 91, round, 64);
		header.tokens = header.nbytes >> lk_rng_below(rng, 92, round, 4);
		header.streams =
				1 +
				(uint32_t)lk_rng_below(rng, 93, round,
						round % 4 ? 8
							  : LK_COMPRESSED_STREAMS_MOST);
		lk_compressed_header_write(
				file, nbytes - LK_COMPRESSED_HEADER, &header);
	}
	return nbytes;
}

int main(void)
{
	enum { ROOM = 8192 };
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);
	static unsigned char seed[2][ROOM], mutant[ROOM];
	size_t seed_nbytes[2] = { make_seed(seed[0], ROOM, 1),
		make_seed(seed[1], ROOM, 12) };

	for (uint64_t round = 0; round < ROUNDS; round++) {
		size_t which = round % 7 == 0, nbytes = seed_nbytes[which];

		memcpy(mutant, seed[which], ROOM);
		nbytes = mutate(mutant, nbytes, ROOM, rng, round);
		/* its own memory, so that a sanitizer sees its end */
		unsigned char *file = malloc(nbytes + 1);
		if (!file)
			abort();
		memcpy(file, mutant, nbytes);
		LLVMFuzzerTestOneInput(file, nbytes);
		free(file);
	}
	lk_tokenizer_free(tokenizer);
	printf("%d files\n", ROUNDS);
	return 0;
}
#endif
