/* Merges learnt in another order, or applied in another, give a tokenizer that
 * works and is not the one that other programs make and load. Both are compared
 * with the definitions, carried out word for word. */
#include "text/bpe_train.h"
#include "base/rng.h"
#include "support/main.h"
#include "support/scratch.h"
#include "text/tokenizer_bpe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TEXT = 3000, BYTES = 256, MOST = 128 };

static lk_corpus *corpus;

static const lk_documents *documents_of(const unsigned char *text, size_t nbytes)
{
	const char *path = test_write("text", text, nbytes);

	lk_corpus_free(corpus);
	ck_assert_int_eq(lk_corpus_read_whole(&corpus, path, &(lk_text_work){ .threads = 1 }, NULL), LK_OK);
	return lk_corpus_training(corpus);
}

/* Letters with a few spaces between; by `i`, few of them or many, or any bytes. */
static void random_text(unsigned char *text, size_t nbytes, int i)
{
	static const char *const letters[] = { "ab  ", "abc  .", "aab\n ", "abcdefgh   ",
		"\xC3\xA9\xC3\xA0 a", NULL };
	const char *set = letters[i % 6];
	lk_rng rng = lk_rng_new((uint64_t)i, LK_RNG_CHECK);

	for (size_t k = 0; k < nbytes; k++)
		text[k] = set ? (unsigned char)set[lk_rng_below(rng, k, 0, strlen(set))]
			      : (unsigned char)lk_rng_below(rng, k, 0, 256);
}

static lk_tokenizer *train(const lk_documents *documents, uint32_t vocabulary,
		lk_split split, int threads, lk_bpe_train_result *result)
{
	lk_bpe_train_config config = { .vocabulary = vocabulary, .split = split,
		.threads = threads };
	lk_tokenizer *made = NULL;

	ck_assert_int_eq(lk_tokenizer_new_bpe_trained(&made, documents, &config, result,
			NULL), LK_OK);
	return made;
}

/* By the definition: a text as tokens, words set apart by UINT32_MAX; count all
 * pairs, merge the best everywhere, until none is there twice. */
typedef struct {
	uint32_t token[2 * TEXT];
	size_t count;
	lk_bpe_merge merge[MOST];
	size_t merges;
} reference;

static void reference_begin(reference *r, const lk_tokenizer *byte, lk_split split,
		const unsigned char *text, size_t nbytes)
{
	r->count = r->merges = 0;
	for (size_t at = 0, word; at < nbytes; at += word) {
		word = lk_word_next(split, text + at, nbytes - at);
		for (size_t i = 0; i < word; i++)
			for (uint32_t id = 0; id < BYTES; id++)
				if (byte->piece[id][0] == text[at + i])
					r->token[r->count++] = id;
		r->token[r->count++] = UINT32_MAX;
	}
}

static void reference_merge(reference *r, lk_bpe_merge merge)
{
	size_t to = 0;

	for (size_t i = 0; i < r->count; i++, to++) {
		bool both = i + 1 < r->count && r->token[i] == merge.left &&
			    r->token[i + 1] == merge.right;

		r->token[to] = both ? merge.made : r->token[i];
		i += both;
	}
	r->count = to;
}

static bool reference_step(reference *r)
{
	static uint32_t counts[MOST + BYTES][MOST + BYTES];
	uint32_t made = BYTES + (uint32_t)r->merges, best = 1;
	lk_bpe_merge merge = { 0, 0, made };

	memset(counts, 0, sizeof counts);
	for (size_t i = 0; i + 1 < r->count; i++)
		if (r->token[i] != UINT32_MAX && r->token[i + 1] != UINT32_MAX)
			counts[r->token[i]][r->token[i + 1]]++;
	for (uint32_t left = 0; left < made; left++)
		for (uint32_t right = 0; right < made; right++)
			if (counts[left][right] > best) {
				best = counts[left][right];
				merge.left = left;
				merge.right = right;
			}
	if (best < 2)
		return false;
	reference_merge(r, merge);
	r->merge[r->merges++] = merge;
	return true;
}

START_TEST(merges_are_those_of_the_definition)
{
	static unsigned char text[TEXT];
	static reference r;
	size_t nbytes = TEXT / (1 + (size_t)_i % 3), wanted = _i % 2 ? 40 : 110;
	lk_split split = (lk_split)(_i / 6 % LK_SPLIT_COUNT);
	lk_bpe_train_result result;
	lk_tokenizer *byte, *trained;
	const lk_bpe_parts *parts;

	random_text(text, nbytes, _i);
	trained = train(documents_of(text, nbytes), (uint32_t)(BYTES + wanted + 1),
			split, 1 + _i % 2, &result);
	lk_tokenizer_new_byte(&byte, NULL);
	reference_begin(&r, byte, split, text, nbytes);
	while (r.merges < wanted && reference_step(&r))
		;
	parts = lk_tokenizer_bpe_parts(trained);
	ck_assert_uint_gt(r.merges, 1);
	ck_assert_uint_eq(parts->merges, r.merges);
	ck_assert_uint_eq(result.merges, r.merges);
	ck_assert_int_eq(result.exhausted, r.merges < wanted);
	ck_assert_uint_eq(result.nbytes, nbytes);
	for (size_t i = 0; i < r.merges; i++) {
		ck_assert_uint_eq(parts->merge[i].left, r.merge[i].left);
		ck_assert_uint_eq(parts->merge[i].right, r.merge[i].right);
		ck_assert_uint_eq(parts->merge[i].made, r.merge[i].made);
	}
	ck_assert_uint_eq(trained->vocabulary, BYTES + r.merges + 1);
	ck_assert_uint_eq(trained->end, trained->vocabulary - 1);
	lk_tokenizer_free(trained);
	lk_tokenizer_free(byte);
}
END_TEST

/* And encoding: the merge of lowest rank, leftmost first, again and again. */
static void reference_encode(reference *r, const lk_tokenizer *byte,
		const lk_bpe_parts *parts, const unsigned char *text, size_t nbytes)
{
	reference_begin(r, byte, parts->split, text, nbytes);
	for (;;) {
		size_t best = parts->merges, where = 0;

		for (size_t i = 0; i + 1 < r->count; i++)
			for (size_t m = 0; m < best; m++)
				if (r->token[i] == parts->merge[m].left &&
						r->token[i + 1] == parts->merge[m].right) {
					best = m;
					where = i;
				}
		if (best == parts->merges)
			return;
		r->token[where] = parts->merge[best].made;
		memmove(&r->token[where + 1], &r->token[where + 2],
				(r->count - where - 2) * sizeof *r->token);
		r->count--;
	}
}

START_TEST(ids_are_those_of_the_definition)
{
	static unsigned char text[TEXT], other[TEXT];
	static reference r;
	lk_split split = (lk_split)(_i / 6 % LK_SPLIT_COUNT);
	lk_tokenizer *byte, *trained;
	lk_ids ids = { 0 };
	size_t at = 0, nbytes = 250;

	random_text(text, TEXT, _i);
	trained = train(documents_of(text, TEXT), BYTES + 61, split, 1, NULL);
	lk_tokenizer_new_byte(&byte, NULL);
	random_text(other, nbytes, _i + 600);
	if (_i % 4 == 1) /* long words */
		memset(other + 20, 'a', 150);
	for (int twice = 0; twice < 2; twice++) { /* met before, the second time */
		ids.count = 0;
		lk_tokenizer_encode(trained, other, nbytes, &ids, NULL);
		reference_encode(&r, byte, lk_tokenizer_bpe_parts(trained), other, nbytes);
		at = 0;
		for (size_t i = 0; i < r.count; i++)
			if (r.token[i] != UINT32_MAX)
				ck_assert_uint_eq(r.token[i], ids.data[at++]);
		ck_assert_uint_eq(at, ids.count);
	}
	lk_ids_free(&ids);
	lk_tokenizer_free(trained);
	lk_tokenizer_free(byte);
}
END_TEST

static void check_round_trip(const lk_tokenizer *tokenizer, const lk_ids *ids,
		const unsigned char *text, size_t nbytes)
{
	size_t at = 0, length;

	for (size_t i = 0; i < ids->count; i++) {
		const unsigned char *piece = lk_tokenizer_piece(
				tokenizer, ids->data[i], &length);

		ck_assert_uint_ne(ids->data[i], tokenizer->end);
		ck_assert_uint_le(length, nbytes - at);
		ck_assert_mem_eq(piece, text + at, length);
		at += length;
	}
	ck_assert_uint_eq(at, nbytes);
}

static void check_same(const lk_ids *a, const lk_ids *b)
{
	ck_assert_uint_eq(a->count, b->count);
	ck_assert_mem_eq(a->data, b->data, a->count * sizeof *a->data);
}

/* Whatever the text, also where it is cut, and with merges dropped. */
START_TEST(text_comes_back)
{
	static unsigned char text[TEXT];
	lk_bpe_dropout dropout = { 0.3, 5, 1 };
	lk_split split = (lk_split)(_i / 6 % LK_SPLIT_COUNT);
	lk_tokenizer *trained;
	lk_ids whole = { 0 }, halves = { 0 }, dropped = { 0 };

	random_text(text, TEXT, _i);
	trained = train(documents_of(text, TEXT), BYTES + 91, split, 1, NULL);
	random_text(text, TEXT, _i + 300);
	lk_tokenizer_encode(trained, text, TEXT, &whole, NULL);
	lk_tokenizer_encode_dropout(trained, &dropout, text, TEXT, 77, &dropped, NULL);
	check_round_trip(trained, &whole, text, TEXT);
	check_round_trip(trained, &dropped, text, TEXT);
	for (size_t at = 0; at <= TEXT; at += 97) {
		size_t cut = lk_tokenizer_cut(trained, text, TEXT, at);

		ck_assert_uint_le(cut, at);
		halves.count = 0;
		lk_tokenizer_encode(trained, text, cut, &halves, NULL);
		lk_tokenizer_encode(trained, text + cut, TEXT - cut, &halves, NULL);
		check_same(&halves, &whole);
		if (split == LK_SPLIT_NONE)
			continue; /* there, draws depend on where a word begins */
		halves.count = 0;
		lk_tokenizer_encode_dropout(trained, &dropout, text, cut, 77, &halves,
				NULL);
		lk_tokenizer_encode_dropout(trained, &dropout, text + cut, TEXT - cut,
				77 + cut, &halves, NULL);
		check_same(&halves, &dropped);
	}
	lk_ids_free(&whole);
	lk_ids_free(&halves);
	lk_ids_free(&dropped);
	lk_tokenizer_free(trained);
}
END_TEST

START_TEST(dropout_is_drawn_from_seed_and_epoch)
{
	static unsigned char text[TEXT];
	lk_bpe_dropout none = { 0, 1, 0 }, all = { 1, 1, 0 }, some = { 0.1, 1, 0 };
	lk_bpe_dropout again = some, seed = { 0.1, 2, 0 }, epoch = { 0.1, 1, 1 };
	const lk_bpe_dropout *kinds[] = { &none, &all, &some, &again, &seed, &epoch };
	lk_ids ids[6] = { 0 }, plain = { 0 };
	lk_tokenizer *trained;

	random_text(text, TEXT, 3);
	trained = train(documents_of(text, TEXT), BYTES + 91, LK_SPLIT_GPT2, 1, NULL);
	lk_tokenizer_encode(trained, text, TEXT, &plain, NULL);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(lk_tokenizer_encode_dropout(trained, kinds[i], text,
				TEXT, 0, &ids[i], NULL), LK_OK);
	check_same(&ids[0], &plain);
	ck_assert_uint_eq(ids[1].count, TEXT);
	ck_assert_uint_gt(ids[2].count, plain.count);
	ck_assert_uint_lt(ids[2].count, plain.count + plain.count / 2);
	check_same(&ids[2], &ids[3]);
	for (int i = 4; i < 6; i++)
		ck_assert(ids[i].count != ids[2].count ||
				memcmp(ids[i].data, ids[2].data,
						ids[2].count * sizeof *ids[2].data));
	for (int i = 0; i < 6; i++)
		lk_ids_free(&ids[i]);
	lk_ids_free(&plain);
	lk_tokenizer_free(trained);
}
END_TEST

/* One merge: it is left out as often as asked for. */
START_TEST(dropout_drops_its_share)
{
	enum { TIMES = 20000 };
	lk_bpe_merge merge = { 64, 65, 256 };
	lk_bpe_dropout dropout = { 0.25, 9, 0 };
	lk_tokenizer *made;
	lk_ids ids = { 0 };
	double left, expected = 0.25 * TIMES;

	ck_assert_int_eq(lk_tokenizer_new_bpe_merges(&made, LK_SPLIT_GPT2, &merge, 1,
			NULL), LK_OK);
	for (int i = 0; i < TIMES; i++)
		lk_tokenizer_encode_dropout(made, &dropout, (const unsigned char *)"ab",
				2, 3 * (uint64_t)i, &ids, NULL);
	left = (double)ids.count - TIMES;
	ck_assert_double_le(fabs(left - expected), 4 * sqrt(expected * 0.75));
	lk_ids_free(&ids);
	lk_tokenizer_free(made);
}
END_TEST

/* Rounds, threads and a full table: one result, and the frequent words stay. */
START_TEST(a_full_table_drops_the_rarest)
{
	enum { NBYTES = 400 << 10 };
	unsigned char *text = malloc(NBYTES);
	lk_bpe_train_config config = { .vocabulary = BYTES + 50, .most_distinct = 8 << 10 };
	lk_bpe_train_result result[2];
	lk_tokenizer *made[2];
	char hash[2][33];
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);

	for (size_t i = 0; i < NBYTES; i++)
		text[i] = i % 16 < 8 ? (unsigned char)" walking"[i % 16]
				     : (unsigned char)" acdefgh"[i % 8 ? lk_rng_below(rng,
							i, 0, 7) + 1 : 0];
	for (int t = 0; t < 2; t++) {
		config.threads = 1 + 2 * t;
		ck_assert_int_eq(lk_tokenizer_new_bpe_trained(&made[t],
				documents_of(text, NBYTES), &config, &result[t], NULL),
				LK_OK);
		lk_tokenizer_hash(made[t], hash[t]);
	}
	ck_assert_str_eq(hash[0], hash[1]);
	ck_assert_uint_gt(result[0].dropped, 0);
	ck_assert_uint_eq(result[0].dropped, result[1].dropped);
	ck_assert_uint_eq(result[0].words, NBYTES / 8);
	for (int t = 0; t < 2; t++)
		lk_tokenizer_free(made[t]);
	free(text);
}
END_TEST

START_TEST(parts_that_contradict_each_other_are_refused)
{
	static const struct {
		lk_bpe_merge merge[2];
		const char *says;
	} wrong[] = {
		{ { { 64, 65, 256 }, { 64, 65, 257 } }, "same two" },
		{ { { 64, 400, 256 }, { 64, 65, 257 } }, "no merge before" },
		{ { { 64, 65, 3 }, { 65, 65, 256 } }, "do not make" },
	};
	lk_bpe_piece piece[BYTES + 1] = { 0 };
	lk_bpe_parts parts = { .piece = piece, .vocabulary = BYTES + 1, .end = BYTES };
	lk_tokenizer *made = NULL, *byte;
	lk_error error;

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ck_assert_int_eq(lk_tokenizer_new_bpe_merges(&made, LK_SPLIT_GPT2,
				wrong[i].merge, 2, &error), LK_FORMAT);
		ck_assert_msg(strstr(error.text, wrong[i].says) != NULL, "%s", error.text);
	}
	lk_tokenizer_new_byte(&byte, NULL);
	for (unsigned i = 0; i < BYTES; i++)
		piece[i] = (lk_bpe_piece){ byte->piece[i], 1 };
	parts.end = BYTES + 1;
	ck_assert_int_eq(lk_tokenizer_new_bpe(&made, &parts, &error), LK_FORMAT);
	parts.end = BYTES;
	piece[64].bytes = byte->piece[65]; /* two b, no a */
	ck_assert_int_eq(lk_tokenizer_new_bpe(&made, &parts, &error), LK_FORMAT);
	ck_assert_msg(strstr(error.text, "0x61") != NULL, "%s", error.text);
	ck_assert_ptr_null(made);
	lk_tokenizer_free(byte);
}
END_TEST

/* The same pieces, split otherwise or merged in another order, are another. */
START_TEST(hashes_tell_merges_apart)
{
	lk_bpe_merge merge[2] = { { 64, 65, 256 }, { 65, 66, 257 } };
	lk_tokenizer *made[3];
	char hash[3][33];

	lk_tokenizer_new_bpe_merges(&made[0], LK_SPLIT_GPT2, merge, 2, NULL);
	lk_tokenizer_new_bpe_merges(&made[1], LK_SPLIT_GPT4, merge, 2, NULL);
	lk_tokenizer_new_bpe_merges(&made[2], LK_SPLIT_GPT2, merge, 1, NULL);
	for (int i = 0; i < 3; i++) {
		lk_tokenizer_hash(made[i], hash[i]);
		lk_tokenizer_free(made[i]);
	}
	ck_assert_str_ne(hash[0], hash[1]);
	ck_assert_str_ne(hash[0], hash[2]);
}
END_TEST

/* Learning stops somewhere; the first of its merges are those of having stopped before. */
START_TEST(fewer_merges_are_those_of_a_smaller_vocabulary)
{
	enum { NBYTES = 3000, MANY = BYTES + 120, BOTH = 2 };
	unsigned char text[NBYTES];
	lk_tokenizer *large, *small[BOTH];
	char hash[BOTH][33];

	random_text(text, NBYTES, _i);
	large = train(documents_of(text, NBYTES), MANY, LK_SPLIT_GPT2, 1, NULL);
	for (uint32_t few = BYTES + 1; few <= large->vocabulary; few += 7) {
		small[0] = train(documents_of(text, NBYTES), few, LK_SPLIT_GPT2, 1, NULL);
		ck_assert_int_eq(lk_tokenizer_new_bpe_smaller(&small[1], large, few, NULL),
				LK_OK);
		for (int i = 0; i < BOTH; i++) {
			ck_assert_uint_eq(small[i]->vocabulary, few);
			lk_tokenizer_hash(small[i], hash[i]);
			lk_tokenizer_free(small[i]);
		}
		if (few > BYTES + 1) /* without merges, learning makes bytes */
			ck_assert_str_eq(hash[0], hash[1]);
	}
	lk_tokenizer_free(large);
}
END_TEST

/* A quarter of a megabyte of one letter, of spaces, of random letters: no time to speak of. */
START_TEST(long_words_take_no_time)
{
	enum { NBYTES = 1 << 18 };
	unsigned char *text = malloc(NBYTES);
	lk_tokenizer *trained;
	lk_ids ids = { 0 };

	random_text(text, NBYTES, 0);
	for (size_t i = 0; i < NBYTES; i++)
		text[i] = text[i] == ' ' ? 'c' : text[i];
	trained = train(documents_of(text, NBYTES), BYTES + 100, LK_SPLIT_GPT2, 1, NULL);
	lk_tokenizer_encode(trained, text, NBYTES, &ids, NULL);
	check_round_trip(trained, &ids, text, NBYTES);
	for (int i = 0; i < 2; i++) {
		memset(text, i ? ' ' : 'a', NBYTES);
		ids.count = 0;
		lk_tokenizer_encode(trained, text, NBYTES, &ids, NULL);
		check_round_trip(trained, &ids, text, NBYTES);
		lk_tokenizer_free(train(documents_of(text, NBYTES), BYTES + 100,
				LK_SPLIT_GPT2, 1, NULL));
	}
	lk_ids_free(&ids);
	lk_tokenizer_free(trained);
	free(text);
}
END_TEST

START_TEST(text_without_words_has_a_limit)
{
	lk_bpe_train_config config = { .vocabulary = 300, .split = LK_SPLIT_NONE,
		.threads = 1, .most_distinct = 10 };
	lk_tokenizer *made;
	lk_error error;

	ck_assert_int_eq(lk_tokenizer_new_bpe_trained(&made,
			documents_of((const unsigned char *)"hello, hello", 12), &config,
			NULL, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "split"));
}
END_TEST

static void tear_down(void)
{
	lk_corpus_free(corpus);
	corpus = NULL;
}

static Suite *suite(void)
{
	Suite *s = suite_create("bpe");
	TCase *t = tcase_create("bpe");

	tcase_add_checked_fixture(t, NULL, tear_down);
	tcase_add_loop_test(t, merges_are_those_of_the_definition, 0, 18);
	tcase_add_loop_test(t, ids_are_those_of_the_definition, 0, 18);
	tcase_add_loop_test(t, text_comes_back, 0, 18);
	tcase_add_test(t, dropout_is_drawn_from_seed_and_epoch);
	tcase_add_test(t, dropout_drops_its_share);
	tcase_add_test(t, a_full_table_drops_the_rarest);
	tcase_add_test(t, parts_that_contradict_each_other_are_refused);
	tcase_add_test(t, hashes_tell_merges_apart);
	tcase_add_loop_test(t, fewer_merges_are_those_of_a_smaller_vocabulary, 0, 6);
	tcase_add_test(t, long_words_take_no_time);
	tcase_add_test(t, text_without_words_has_a_limit);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
