/* n-grams of bytes are compared with a model of tokens over the very same text: a byte
 * lost or moved in writing the tokens out would make the comparison a lie. */
#include "text/spelling.h"
#include "support/main.h"
#include "text/bpe_train.h"

#include <string.h>

static const char sentence[] = "the cat sat on the mat, the rat sat on the cat. é€\xFF\n";

enum { TIMES = 200, DOCUMENTS = 2 }; /* longer than what is read at once */

static void check_same(const lk_tokens *is, const lk_tokens *wanted)
{
	size_t count = lk_tokens_count(wanted);
	uint32_t *a = malloc(2 * count * sizeof *a), *b = a + count;

	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(lk_tokens_count(is), count);
	ck_assert_uint_eq(lk_tokens_nbytes(is), lk_tokens_nbytes(wanted));
	ck_assert_uint_eq(lk_tokens_end(is), lk_tokens_end(wanted));
	lk_tokens_read(is, 0, count, a);
	lk_tokens_read(wanted, 0, count, b);
	ck_assert_mem_eq(a, b, count * sizeof *a);
	free(a);
}

START_TEST(is_what_the_byte_tokenizer_makes_of_the_text)
{
	lk_bpe_train_config config = { .vocabulary = 300, .split = LK_SPLIT_GPT2,
		.threads = 1 };
	char *text = calloc(TIMES * sizeof sentence, 1);
	lk_document document[DOCUMENTS];
	lk_documents documents = { document, DOCUMENTS, 0 };
	lk_tokenizer *bpe, *bytes;
	lk_tokens *tokens, *spelled, *wanted;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < TIMES; i++)
		strcat(text, sentence);
	for (size_t i = 0; i < DOCUMENTS; i++) {
		document[i] = (lk_document){ .path = "text",
			.text = (const unsigned char *)text + i,
			.nbytes = strlen(text) - i,
			.ends = i == 0 };
		documents.nbytes += document[i].nbytes;
	}
	ck_assert_int_eq(lk_tokenizer_new_bpe_trained(
					 &bpe, &documents, &config, NULL, NULL),
			LK_OK);
	ck_assert_int_eq(lk_tokenizer_new_byte(&bytes, NULL), LK_OK);
	ck_assert_int_eq(lk_tokens_new(&tokens, &documents, bpe, NULL), LK_OK);
	ck_assert_int_eq(lk_tokens_new(&wanted, &documents, bytes, NULL), LK_OK);
	ck_assert_uint_gt(lk_tokens_count(tokens), 4096);
	ck_assert_uint_lt(lk_tokens_count(tokens), lk_tokens_count(wanted));
	ck_assert_int_eq(lk_tokens_new_spelled(&spelled, tokens, bpe, bytes, NULL), LK_OK);
	check_same(spelled, wanted);
	lk_tokens_free(spelled);
	lk_tokens_free(wanted);
	lk_tokens_free(tokens);
	lk_tokenizer_free(bytes);
	lk_tokenizer_free(bpe);
	free(text);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("spelling");
	TCase *t = tcase_create("spelling");

	tcase_add_test(t, is_what_the_byte_tokenizer_makes_of_the_text);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
