/* Other tokens, the same text: a byte that dropout adds or loses would teach a
 * model another language. And what is drawn must be the same however often a run
 * was stopped, and other in every epoch. */
#include "text/subwords.h"
#include "support/main.h"
#include "text/bpe_train.h"

#include <string.h>

static const char sentence[] = "the cat sat on the mat, the rat sat on the cat; "
			       "that is that, sat the bat. é€\xFF\n";

enum { TIMES = 40, DOCUMENTS = 3 };

typedef struct {
	lk_tokenizer *tokenizer;
	lk_tokens *tokens;
	size_t count;
	uint32_t *ids; /* all of the stream */
	char *text;
} fixture;

static void begin(fixture *f)
{
	size_t nbytes = TIMES * strlen(sentence);
	lk_document document[DOCUMENTS];
	lk_documents documents = { document, DOCUMENTS, DOCUMENTS * nbytes };
	lk_bpe_train_config config = { .vocabulary = 300, .split = LK_SPLIT_GPT2,
		.threads = 1 };

	f->text = calloc(nbytes + 1, 1);
	for (size_t i = 0; i < TIMES; i++)
		strcat(f->text, sentence);
	for (size_t i = 0; i < DOCUMENTS; i++)
		document[i] = (lk_document){ .path = "text",
			.text = (const unsigned char *)f->text,
			.nbytes = nbytes,
			.ends = true };
	ck_assert_int_eq(lk_tokenizer_new_bpe_trained(
					 &f->tokenizer, &documents, &config, NULL, NULL),
			LK_OK);
	ck_assert_int_eq(lk_tokens_new(&f->tokens, &documents, f->tokenizer, NULL), LK_OK);
	f->count = lk_tokens_count(f->tokens);
	f->ids = malloc(f->count * sizeof *f->ids);
	lk_tokens_read(f->tokens, 0, f->count, f->ids);
	ck_assert_uint_lt(f->count, DOCUMENTS * nbytes / 2);
}

static void end(fixture *f)
{
	lk_tokens_free(f->tokens);
	lk_tokenizer_free(f->tokenizer);
	free(f->ids);
	free(f->text);
}

/* What ids spell, the end of text as a NUL; its length. */
static size_t spell(const fixture *f, const uint32_t *ids, size_t count, char *out)
{
	size_t used = 0, nbytes;

	for (size_t i = 0; i < count; i++) {
		const unsigned char *piece = lk_tokenizer_piece(f->tokenizer, ids[i], &nbytes);

		memcpy(out + used, piece, nbytes);
		used += nbytes;
		if (ids[i] == f->tokenizer->end)
			out[used++] = '\0';
	}
	return used;
}

static lk_subwords *new_subwords(const fixture *f, double p, uint64_t seed)
{
	lk_subwords *subwords;

	ck_assert_int_eq(lk_subwords_new(&subwords, f->tokenizer, p, seed, NULL), LK_OK);
	return subwords;
}

enum { T = 50 };

START_TEST(a_window_spells_the_text)
{
	static const double p[] = { 1e-9, 0.1, 0.5, 1 };
	static char whole[100000], part[100000];
	fixture f;

	begin(&f);
	for (size_t k = 0; k < 4; k++) {
		lk_subwords *subwords = new_subwords(&f, p[k], 1);
		size_t others = 0;

		for (size_t start = 0; start + T <= f.count; start += 7) {
			uint32_t ids[T];
			size_t nbytes, length;

			ck_assert_int_eq(lk_subwords_window(subwords, f.tokens, start, start, T,
							 ids, NULL),
					LK_OK);
			nbytes = spell(&f, ids, T, part);
			length = spell(&f, f.ids + start, f.count - start, whole);
			ck_assert_uint_le(nbytes, length);
			ck_assert_mem_eq(part, whole, nbytes);
			others += memcmp(ids, f.ids + start, sizeof ids) != 0;
			for (size_t i = 0; k == 3 && start + 3 * T < f.count && i < T; i++)
				ck_assert_uint_le(f.tokenizer->piece_nbytes[ids[i]], 1);
		}
		/* At the edges of windows lie parts of words. */
		if (k)
			ck_assert_uint_gt(others, f.count / 7 * 8 / 10);
		else
			ck_assert_uint_lt(others, f.count / 7 / 4);
		lk_subwords_free(subwords);
	}
	end(&f);
}
END_TEST

START_TEST(what_is_drawn_follows_from_seed_and_sequence)
{
	uint32_t first[T], again[T], other[T];
	fixture f;

	begin(&f);
	lk_subwords *a = new_subwords(&f, 0.3, 1), *b = new_subwords(&f, 0.3, 1);
	lk_subwords *c = new_subwords(&f, 0.3, 2);
	lk_subwords_window(a, f.tokens, 100, 5, T, first, NULL);
	lk_subwords_window(b, f.tokens, 300, 9, T, again, NULL);
	lk_subwords_window(b, f.tokens, 100, 5, T, again, NULL);
	ck_assert_mem_eq(first, again, sizeof first);
	lk_subwords_window(b, f.tokens, 100, 6, T, other, NULL);
	ck_assert_mem_ne(first, other, sizeof first);
	lk_subwords_window(c, f.tokens, 100, 5, T, other, NULL);
	ck_assert_mem_ne(first, other, sizeof first);
	lk_subwords_free(a);
	lk_subwords_free(b);
	lk_subwords_free(c);
	lk_subwords_free(NULL);
	end(&f);
}
END_TEST

START_TEST(tokenizers_without_merges_are_refused)
{
	lk_error error = { 0 };
	lk_tokenizer *bytes;
	fixture f;

	begin(&f);
	lk_tokenizer_new_byte(&bytes, NULL);
	ck_assert_int_eq(lk_subwords_check(f.tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_subwords_check(bytes, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "of kind byte"));
	lk_tokenizer_free(bytes);
	end(&f);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("subwords");
	TCase *t = tcase_create("subwords");

	tcase_add_test(t, a_window_spells_the_text);
	tcase_add_test(t, what_is_drawn_follows_from_seed_and_sequence);
	tcase_add_test(t, tokenizers_without_merges_are_refused);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
