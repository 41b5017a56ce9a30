/* A header that reads back as another, a damaged file that passes. */
#include "compress/header.h"

#include "support/main.h"

#include <string.h>

enum { PAYLOAD = 5, FILE_BYTES = LK_COMPRESSED_HEADER + PAYLOAD };

static const lk_compressed_header sample = { .model = { 1, 2, 3, [15] = 255 },
	.path = UINT64_C(0x123456789abcdef0),
	.nbytes = UINT64_C(1) << 40,
	.text_hash = UINT64_MAX,
	.tokens = 1000,
	.streams = 54 };

static void make(unsigned char *file, const lk_compressed_header *header)
{
	memcpy(file + LK_COMPRESSED_HEADER, "\x01\0\xff\x7f\x02", PAYLOAD);
	lk_compressed_header_write(file, PAYLOAD, header);
}

START_TEST(headers_read_back)
{
	unsigned char file[FILE_BYTES];
	lk_compressed_header got;

	make(file, &sample);
	ck_assert_mem_eq(file, "likely\x1a\x01", 8);
	ck_assert_uint_eq(file[24], 0xf0);
	ck_assert_int_eq(lk_compressed_header_read(&got, file, FILE_BYTES, "x", NULL),
			LK_OK);
	ck_assert_mem_eq(got.model, sample.model, sizeof got.model);
	ck_assert(got.path == sample.path && got.nbytes == sample.nbytes &&
			got.text_hash == sample.text_hash && got.tokens == sample.tokens &&
			got.streams == sample.streams);
}
END_TEST

START_TEST(every_change_is_noticed)
{
	unsigned char file[FILE_BYTES + 1] = { 0 };
	lk_compressed_header got;
	lk_error error;

	make(file, &sample);
	for (size_t i = 0; i < FILE_BYTES; i++)
		for (int bit = 0; bit < 8; bit++) {
			file[i] ^= (unsigned char)(1 << bit);
			ck_assert_int_ne(lk_compressed_header_read(&got, file, FILE_BYTES,
							 "x", &error),
					LK_OK);
			ck_assert_int_eq(strncmp(error.text, "x: ", 3), 0);
			file[i] ^= (unsigned char)(1 << bit);
		}
	for (size_t n = 0; n <= FILE_BYTES + 1; n++)
		ck_assert_int_eq(lk_compressed_header_read(&got, file, n, "x", &error) ==
						 LK_OK,
				n == FILE_BYTES);
}
END_TEST

/* With a checksum that holds. */
START_TEST(contradictions_are_refused)
{
	unsigned char file[FILE_BYTES];
	lk_compressed_header bad[5] = { sample, sample, sample, sample, sample }, got;
	lk_error error;

	bad[0].tokens = bad[0].nbytes + 1;
	bad[1].tokens = 0;
	bad[2].nbytes = bad[2].tokens = 0;
	bad[3].tokens = 53;
	bad[4].nbytes = 0;
	for (size_t i = 0; i < 5; i++) {
		make(file, &bad[i]);
		ck_assert_int_eq(lk_compressed_header_read(
						 &got, file, FILE_BYTES, "x", &error),
				LK_FORMAT);
		ck_assert_ptr_nonnull(strstr(error.text, "cannot be"));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("header");
	TCase *t = tcase_create("header");

	tcase_add_test(t, headers_read_back);
	tcase_add_test(t, every_change_is_noticed);
	tcase_add_test(t, contradictions_are_refused);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
