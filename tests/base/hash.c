/* Hashes are kept in checkpoints: their digits must be those that other tools
 * print (xxhsum -H2), and must not depend on how data comes in pieces. */
#include "base/hash.h"
#include "support/main.h"

START_TEST(published_answers)
{
	char text[33];

	ck_assert_uint_eq(lk_hash64("", 0), 0x2d06800538d394c2u);
	lk_hash128_text(text, "", 0);
	ck_assert_str_eq(text, "99aa06d3014798d86001c324468d497f");
}
END_TEST

START_TEST(pieces_make_the_whole)
{
	unsigned char data[3000];
	char whole[33], pieces[33];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)(i * i >> 3);
	lk_hash128_text(whole, data, sizeof data);
	for (size_t piece = 1; piece < 700; piece += 37) {
		lk_hasher *hasher = lk_hasher_new();

		for (size_t at = 0; at < sizeof data; at += piece) {
			size_t left = sizeof data - at;

			lk_hasher_add(hasher, data + at, left < piece ? left : piece);
			lk_hasher_add(hasher, NULL, 0);
		}
		lk_hasher_text(hasher, pieces);
		ck_assert_str_eq(pieces, whole);
		lk_hasher_free(hasher);
	}
	data[1500] ^= 1;
	lk_hash128_text(pieces, data, sizeof data);
	ck_assert_str_ne(pieces, whole);
	lk_hasher_free(NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("hash");
	TCase *t = tcase_create("hash");

	tcase_add_test(t, published_answers);
	tcase_add_test(t, pieces_make_the_whole);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
