/* Generation: against the model asked anew for every token, and what comes out
 * when. */
#include "sample/generate.h"

#include "support/main.h"
#include "text/utf8.h"

#include <math.h>
#include <string.h>

enum { CONTEXT = 9, STREAMS = 3, ROOM = 4000 };

static lk_model *make_model(size_t vocabulary, int seed, lk_position position)
{
	lk_model_config config = lk_model_config_default();
	lk_model *model;
	size_t count;

	config.vocabulary = vocabulary;
	config.context = CONTEXT;
	config.layers = 2;
	config.width = 16;
	config.heads = 2;
	config.position = position;
	ck_assert_int_eq(lk_model_config_complete(&config, NULL), LK_OK);
	ck_assert_int_eq(lk_model_new(&model, &config, lk_isa_best(), NULL), LK_OK);
	ck_assert_int_eq(lk_model_reserve(model, 1, CONTEXT, false, NULL), LK_OK);
	lk_model_initialise(model, (uint64_t)seed);
	/* Weights large enough that predictions differ. */
	const lk_tensor *tensor = lk_model_parameters(model, &count);
	for (size_t n = 0; n < count; n++)
		for (size_t i = 0; tensor[n].rank == 2 && i < lk_tensor_count(&tensor[n]);
				i++)
			((float *)tensor[n].data)[i] *= 12;
	return model;
}

static lk_tokenizer *make_byte(void)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	return tokenizer;
}

static lk_tokenizer *make_char(const char *text)
{
	lk_tokenizer *tokenizer;

	ck_assert_int_eq(lk_tokenizer_new_char(&tokenizer, (const unsigned char *)text,
			strlen(text), NULL), LK_OK);
	return tokenizer;
}

/* What came out of each stream. */
typedef struct {
	unsigned char text[STREAMS][ROOM];
	size_t nbytes[STREAMS];
	size_t calls[STREAMS];
	int ended[STREAMS];
	bool cut[STREAMS][ROOM + 1]; /* a piece ended at that place */
	size_t stop_after;    /* calls; 0: never */
	size_t total;
} output;

static lk_status collect(void *context, size_t stream, const unsigned char *text,
		size_t nbytes, bool done)
{
	output *o = context;

	ck_assert_uint_lt(stream, STREAMS);
	ck_assert_int_eq(o->ended[stream], 0);
	ck_assert_int_eq(nbytes == 0, done);
	ck_assert_uint_le(o->nbytes[stream] + nbytes, ROOM);
	if (nbytes) {
		memcpy(o->text[stream] + o->nbytes[stream], text, nbytes);
		o->nbytes[stream] += nbytes;
		o->cut[stream][o->nbytes[stream]] = true;
		o->calls[stream]++;
	}
	o->ended[stream] += done;
	o->total++;
	return o->stop_after && o->total >= o->stop_after ? LK_IO : LK_OK;
}

static lk_generate_config plain(size_t streams, size_t tokens)
{
	return (lk_generate_config){ .streams = streams, .tokens = tokens, .threads = 2,
		.sampler = lk_sampler_config_default() };
}

static lk_status generate(output *o, lk_generate_result *result, lk_model *model,
		const lk_tokenizer *tokenizer, const char *prompt,
		const lk_generate_config *config, lk_error *error)
{
	size_t stop_after = o->stop_after;

	memset(o, 0, sizeof *o);
	o->stop_after = stop_after;
	return lk_generate(result, model, tokenizer, (const unsigned char *)prompt,
			strlen(prompt), config, collect, o, error);
}

/* Greedy generation that runs the whole model on the whole context each time. The
 * last id, the end, is not taken. */
static void slow_generate(uint32_t *ids, size_t prompt, size_t tokens, lk_model *model)
{
	size_t V = lk_model_get_config(model)->vocabulary, start = 0;
	float *logits = malloc(CONTEXT * V * sizeof *logits);
	uint32_t target[CONTEXT] = { 0 };

	if (prompt > CONTEXT)
		start = prompt - CONTEXT;
	for (size_t n = prompt; n < prompt + tokens; n++) {
		if (n - start > CONTEXT)
			start = n - CONTEXT / 2; /* the newer half */
		lk_batch batch = { .input = ids + start, .target = target, .B = 1,
			.T = n - start, .mask_at = LK_IGNORE };
		lk_model_logits(model, &batch, logits);
		const float *last = logits + (n - start - 1) * V;
		uint32_t best = 0;
		for (uint32_t i = 1; i < V - 1; i++)
			if (last[i] > last[best])
				best = i;
		ids[n] = best;
	}
	free(logits);
}

START_TEST(cached_generation_is_the_slow_one)
{
	enum { TOKENS = 60, MOST = 40 };
	lk_model *model = make_model(257, _i, _i % 2 ? LK_ROPE : LK_LEARNED);
	lk_tokenizer *tokenizer = make_byte();
	lk_generate_config config = plain(1, TOKENS);
	lk_generate_result result;
	uint32_t ids[1 + MOST + TOKENS];
	char prompt[MOST + 1] = "";
	static output o;
	lk_ids encoded = { 0 };

	/* shorter than the context, as long, longer */
	for (int i = 0; i < _i * 2; i++)
		prompt[i] = (char)('a' + (i * 7 + _i) % 26);
	config.sampler.temperature = 0;
	config.ignore_end = true;
	ck_assert_int_eq(generate(&o, &result, model, tokenizer, prompt, &config, NULL),
			LK_OK);
	ids[0] = tokenizer->end;
	ck_assert_int_eq(lk_tokenizer_encode(tokenizer, (unsigned char *)prompt,
			strlen(prompt), &encoded, NULL), LK_OK);
	for (size_t i = 0; i < encoded.count; i++)
		ids[1 + i] = encoded.data[i];
	slow_generate(ids, 1 + encoded.count, TOKENS, model);
	ck_assert_uint_eq(result.tokens, TOKENS);
	ck_assert_uint_eq(result.prompt_tokens, encoded.count);
	ck_assert_uint_eq(o.nbytes[0], TOKENS);
	for (size_t i = 0; i < TOKENS; i++) {
		size_t nbytes;
		uint32_t id = ids[1 + encoded.count + i];

		ck_assert_uint_ne(id, tokenizer->end);
		ck_assert_uint_eq(o.text[0][i],
				*lk_tokenizer_piece(tokenizer, id, &nbytes));
	}
	lk_ids_free(&encoded);
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

START_TEST(threads_do_not_matter)
{
	lk_model *model = make_model(257, 3, LK_ROPE);
	lk_tokenizer *tokenizer = make_byte();
	lk_generate_config config = plain(STREAMS, 50);
	lk_generate_result result;
	static output one, many;

	config.threads = 1;
	config.sampler.seed = 77;
	ck_assert_int_eq(generate(&one, &result, model, tokenizer, "Ab", &config, NULL),
			LK_OK);
	for (int threads = 2; threads <= 4; threads++) {
		config.threads = threads;
		ck_assert_int_eq(generate(&many, &result, model, tokenizer, "Ab", &config,
				NULL), LK_OK);
		ck_assert_mem_eq(&one, &many, sizeof one);
	}
	/* streams differ, and so do seeds */
	ck_assert_int_ne(memcmp(one.text[0], one.text[1], 50), 0);
	config.sampler.seed++;
	ck_assert_int_eq(generate(&many, &result, model, tokenizer, "Ab", &config, NULL),
			LK_OK);
	ck_assert_int_ne(memcmp(one.text[0], many.text[0], 50), 0);
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

/* Random bytes hold every kind of beginning of a character. Nothing is lost on
 * the way: as many bytes as tokens. */
START_TEST(characters_are_not_cut)
{
	lk_model *model = make_model(257, _i, LK_ROPE);
	lk_tokenizer *tokenizer = make_byte();
	lk_generate_config config = plain(STREAMS, 1000);
	lk_generate_result result;
	static output o;
	bool held = false;

	config.sampler.temperature = 3;
	config.sampler.seed = (uint64_t)_i;
	config.ignore_end = true;
	ck_assert_int_eq(generate(&o, &result, model, tokenizer, "\xC3", &config, NULL),
			LK_OK);
	ck_assert_uint_eq(result.tokens, 3000);
	for (size_t s = 0; s < STREAMS; s++) {
		ck_assert_uint_eq(o.nbytes[s], 1000);
		ck_assert_int_eq(o.ended[s], 1);
		held = held || o.calls[s] < 1000;
		for (size_t at = 1; at < 1000; at++)
			ck_assert(!o.cut[s][at] ||
					lk_utf8_boundary(o.text[s], 1000, at) == at);
	}
	ck_assert(held); /* something was held back, or this tests nothing */
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

START_TEST(the_end_ends_unless_ignored)
{
	lk_tokenizer *tokenizer = make_char("ab\xC3\xA9"); /* 4 ids with the end */
	lk_model *model = make_model(4, 1, LK_LEARNED);
	lk_generate_config config = plain(STREAMS, 500);
	lk_generate_result result;
	static output o;

	config.sampler.temperature = 5;
	ck_assert_int_eq(generate(&o, &result, model, tokenizer, "ba", &config, NULL),
			LK_OK);
	size_t sum = 0;
	for (size_t s = 0; s < STREAMS; s++) {
		ck_assert_int_eq(o.ended[s], 1);
		ck_assert_uint_lt(o.calls[s], 500);
		sum += o.calls[s] + 1; /* the end is a token too */
	}
	ck_assert_uint_eq(result.tokens, sum);
	config.ignore_end = true;
	ck_assert_int_eq(generate(&o, &result, model, tokenizer, "ba", &config, NULL),
			LK_OK);
	for (size_t s = 0; s < STREAMS; s++)
		ck_assert_uint_eq(o.calls[s], 500);
	ck_assert_uint_eq(result.tokens, 1500);
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

START_TEST(nothing_asked_nothing_given)
{
	lk_model *model = make_model(257, 1, LK_ROPE);
	lk_tokenizer *tokenizer = make_byte();
	lk_generate_config config = plain(2, 0);
	lk_generate_result result;
	static output o;

	ck_assert_int_eq(generate(&o, &result, model, tokenizer, "x", &config, NULL), LK_OK);
	ck_assert_uint_eq(o.calls[0] + o.calls[1], 0);
	ck_assert_int_eq(o.ended[0] + o.ended[1], 2);
	ck_assert_uint_eq(result.tokens, 0);
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

START_TEST(who_reads_may_stop)
{
	lk_model *model = make_model(257, 1, LK_ROPE);
	lk_tokenizer *tokenizer = make_byte();
	lk_generate_config config = plain(2, 1000);
	lk_generate_result result;
	static output o;

	o.stop_after = 7;
	config.ignore_end = true;
	ck_assert_int_eq(generate(&o, &result, model, tokenizer, "x", &config, NULL), LK_IO);
	ck_assert_uint_eq(o.total, 7);
	o.stop_after = 0;
	lk_tokenizer_free(tokenizer);
	lk_model_free(model);
}
END_TEST

START_TEST(what_cannot_be)
{
	lk_tokenizer *byte = make_byte(), *four = make_char("abc");
	lk_model *model = make_model(4, 1, LK_LEARNED), *wide = make_model(9, 1, LK_ROPE);
	lk_generate_config config = plain(1, 200);
	lk_generate_result result;
	lk_error error;
	static output o;
	size_t count;

	/* the model does not know the tokenizer's ids */
	ck_assert_int_eq(generate(&o, &result, model, byte, "x", &config, &error), LK_RANGE);
	/* a character outside the vocabulary, by place and code point */
	ck_assert_int_eq(generate(&o, &result, model, four, "abz", &config, &error),
			LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "U+007A"));
	/* ids that no text has are not drawn */
	config.sampler.temperature = 100;
	config.ignore_end = true;
	ck_assert_int_eq(generate(&o, &result, wide, four, "ab", &config, NULL), LK_OK);
	ck_assert_uint_eq(o.nbytes[0], 200);
	/* a damaged model */
	const lk_tensor *tensor = lk_model_parameters(wide, &count);
	((float *)tensor[0].data)[3] = (float)NAN;
	ck_assert_int_eq(generate(&o, &result, wide, four, "abc", &config, &error),
			LK_DIVERGED);
	config.sampler.top_p = 7;
	ck_assert_int_eq(generate(&o, &result, wide, four, "ab", &config, &error), LK_RANGE);
	lk_tokenizer_free(byte);
	lk_tokenizer_free(four);
	lk_model_free(model);
	lk_model_free(wide);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("generate");
	TCase *t = tcase_create("generate");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, cached_generation_is_the_slow_one, 0, 16);
	tcase_add_test(t, threads_do_not_matter);
	tcase_add_loop_test(t, characters_are_not_cut, 0, 3);
	tcase_add_test(t, the_end_ends_unless_ignored);
	tcase_add_test(t, nothing_asked_nothing_given);
	tcase_add_test(t, who_reads_may_stop);
	tcase_add_test(t, what_cannot_be);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
