/* What an extract leaves out, or holds twice, is chosen by no one: it must be spread over
 * all of the text, and be that text. */
#include "text/extract.h"
#include "support/main.h"
#include "text/tokens.h"

enum { DOCUMENTS = 40, NBYTES = 50000, TOTAL = DOCUMENTS * NBYTES };

static unsigned char text[TOTAL];
static lk_document document[DOCUMENTS];
static const lk_documents documents = { document, DOCUMENTS, TOTAL };

static void set_up(void)
{
	for (size_t i = 0; i < TOTAL; i++)
		text[i] = (unsigned char)(i * i / 7 + i / 251);
	for (size_t i = 0; i < DOCUMENTS; i++)
		document[i] = (lk_document){ .path = "text", .text = text + i * NBYTES,
			.nbytes = NBYTES, .offset = i * NBYTES, .ends = true,
			.part = "a hash" };
}

/* Each byte is the text's, where it says that it is; how many lie in each tenth. */
static void check_extract(const lk_documents *extract, size_t *tenth)
{
	uint64_t nbytes = 0, end = 0;

	memset(tenth, 0, 10 * sizeof *tenth);
	for (size_t i = 0; i < extract->count; i++) {
		const lk_document *d = &extract->document[i];
		bool whole = d->nbytes == NBYTES;

		ck_assert_uint_gt(d->nbytes, 0);
		ck_assert_uint_ge(d->offset, end);
		end = d->offset + d->nbytes;
		ck_assert_uint_le(end, TOTAL);
		ck_assert_ptr_eq(d->text, text + d->offset);
		ck_assert_str_eq(d->part, whole ? "a hash" : "");
		ck_assert_int_eq(d->ends, end % NBYTES == 0);
		for (uint64_t at = d->offset; at < end; at++)
			tenth[at * 10 / TOTAL]++;
		nbytes += d->nbytes;
	}
	ck_assert_uint_eq(extract->nbytes, nbytes);
}

START_TEST(an_extract_is_spread_over_the_text)
{
	static const uint64_t most[] = { 100000, 333333, 1999999, 16384, 20000 };
	lk_documents extract;
	size_t tenth[10];

	for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
		ck_assert_int_eq(lk_documents_extract(&extract, &documents, most[i], NULL),
				LK_OK);
		ck_assert_uint_le(extract.nbytes, most[i]);
		ck_assert_uint_ge(extract.nbytes, most[i] / 2);
		check_extract(&extract, tenth);
		for (size_t k = 0; k < 10 && most[i] > 300000; k++)
			ck_assert_uint_ge(tenth[k], most[i] / 20);
		free(extract.document);
	}
}
END_TEST

START_TEST(all_of_a_short_text)
{
	lk_documents extract;
	size_t tenth[10];

	for (uint64_t most = TOTAL; most < TOTAL * 10; most += TOTAL * 3) {
		ck_assert_int_eq(lk_documents_extract(&extract, &documents, most, NULL),
				LK_OK);
		ck_assert_uint_eq(extract.nbytes, TOTAL);
		ck_assert_uint_eq(extract.count, DOCUMENTS);
		check_extract(&extract, tenth);
		free(extract.document);
	}
	ck_assert_int_eq(lk_documents_extract(&extract, &documents, 1, NULL), LK_OK);
	ck_assert_uint_eq(extract.nbytes, 1);
	free(extract.document);
}
END_TEST

/* It can be read as any documents are. */
START_TEST(an_extract_can_be_tokenised)
{
	lk_tokenizer *tokenizer = NULL;
	lk_tokens *tokens = NULL;
	lk_documents extract;

	ck_assert_int_eq(lk_documents_extract(&extract, &documents, 200000, NULL), LK_OK);
	ck_assert_int_eq(lk_tokenizer_new_byte(&tokenizer, NULL), LK_OK);
	ck_assert_int_eq(lk_tokens_new(&tokens, &extract, tokenizer, NULL), LK_OK);
	ck_assert_uint_eq(lk_tokens_nbytes(tokens), extract.nbytes);
	lk_tokens_free(tokens);
	lk_tokenizer_free(tokenizer);
	free(extract.document);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("extract");
	TCase *t = tcase_create("extract");

	tcase_add_checked_fixture(t, set_up, NULL);
	tcase_add_test(t, an_extract_is_spread_over_the_text);
	tcase_add_test(t, all_of_a_short_text);
	tcase_add_test(t, an_extract_can_be_tokenised);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
