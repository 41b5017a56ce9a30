/* A weights file comes from strangers: every length in it may lie. Nothing it
 * says may crash the reader, make it read past the file, or pass unnoticed. */
#include "formats/safetensors.h"
#include "formats/safetensors_writer.h"
#include "support/main.h"
#include "support/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <stdint.h>
#include <unistd.h>

static lk_error error;

/* A file of this header and so many bytes of data; its path. */
static const char *write_file(const char *header, size_t data_nbytes)
{
	uint64_t length = strlen(header);
	size_t nbytes = 8 + length + data_nbytes;
	char *bytes = calloc(nbytes + 1, 1);
	const char *path;

	memcpy(bytes, &length, 8);
	memcpy(bytes + 8, header, length);
	path = test_write("t.safetensors", bytes, nbytes);
	free(bytes);
	return path;
}

static lk_status open_and_close(const char *path)
{
	lk_safetensors *file;
	lk_status status = lk_safetensors_open(&file, path, &error);

	if (!status)
		lk_safetensors_close(file);
	return status;
}

/* Open, read every tensor whole, close. */
static lk_status read_all(const char *path)
{
	lk_safetensors *file;
	lk_status status = lk_safetensors_open(&file, path, &error);
	const lk_tensor *tensor;
	size_t count;

	if (status)
		return status;
	tensor = lk_safetensors_tensors(file, &count);
	for (size_t i = 0; !status && i < count; i++) {
		void *out = malloc(lk_tensor_nbytes(&tensor[i]) + 1);

		ck_assert_uint_eq(lk_safetensors_find(file, tensor[i].name), i);
		status = lk_safetensors_read(file, i, 0, lk_tensor_count(&tensor[i]),
				tensor[i].dtype, out, &error);
		free(out);
	}
	lk_safetensors_close(file);
	return status;
}

#define T(dtype, shape, from, to) \
	"{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]}"

/* clang-format off */
static const struct { const char *header; size_t data; const char *says; } malformed[] = {
	{ "",                                                        0, "too few|begin with {" },
	{ " {}",                                                     0, "begin with {" },
	{ "[]",                                                      0, "begin with {" },
	{ "{",                                                       0, "line 1" },
	{ "{}x",                                                     0, "line 1" },
	{ "{}",                                                      1, "1 bytes follow" },
	{ "{\"a\":1}",                                               0, "is no object" },
	{ "{\"a\":{}}",                                              0, "has no \"dtype\"" },
	{ "{\"a\":{\"dtype\":1}}",                                   0, "has no \"dtype\"" },
	{ "{\"a\":" T("F32", "1", "0", "4") "}",                     4, "has no \"shape\"" },
	{ "{\"a\":" T("F32", "[-1]", "0", "4") "}",                  4, "no list of sizes" },
	{ "{\"a\":" T("F32", "[1.0]", "0", "4") "}",                 4, "no list of sizes" },
	{ "{\"a\":" T("F32", "[\"1\"]", "0", "4") "}",               4, "no list of sizes" },
	{ "{\"a\":" T("F32", "[99999999999999999999]", "0", "4") "}", 4, "line 1" },
	{ "{\"a\":" T("F32", "[2]", "0", "4") "}",                   4, "another length" },
	{ "{\"a\":" T("F32", "[1]", "0", "8") "}",                   8, "another length" },
	{ "{\"a\":" T("F32", "[1]", "4", "0") "}",                   4, "data_offsets" },
	{ "{\"a\":" T("F32", "[1]", "-4", "0") "}",                  4, "data_offsets" },
	{ "{\"a\":" T("F32", "[1]", "0", "4.0") "}",                 4, "data_offsets" },
	{ "{\"a\":" T("F32", "[1]", "0", "4,8") "}",                 4, "data_offsets" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",               4, "data_offsets" },
	{ "{\"a\":" T("F32", "[4611686018427387904,4]", "0", "0") "}", 0, "another length" },
	{ "{\"a\":" T("F64", "[2305843009213693952]", "0", "0") "}", 0, "another length" },
	{ "{\"a\":" T("F32", "[4611686018427387905]", "0", "4") "}", 4, "another length" },
	{ "{\"a\":" T("U8", "[9223372036854775807]", "0", "9223372036854775807") "}", 4, "truncated" },
	{ "{\"a\":" T("F32", "[1]", "4", "8") "}",                   8, "begins at 4" },
	{ "{\"a\":" T("F32", "[1]", "0", "4") ",\"b\":" T("F32", "[1]", "8", "12") "}", 12, "begins at 8" },
	{ "{\"a\":" T("F32", "[2]", "0", "8") ",\"b\":" T("F32", "[1]", "4", "8") "}",   8, "begins at 4" },
	{ "{\"a\":" T("F32", "[1]", "0", "4") ",\"b\":" T("F32", "[1]", "0", "4") "}",   4, "begins at 0" },
	{ "{\"a\":" T("F32", "[1]", "0", "4") "}",                   3, "truncated" },
	{ "{\"a\":" T("F32", "[1]", "0", "4") "}",                   5, "1 bytes follow" },
	{ "{\"a\":" T("F32", "[1]", "0", "4") ",\"a\":" T("F32", "[1]", "4", "8") "}",   8, "line 1" },
	{ "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "line 1" },
	{ "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "more than" },
	{ "{\"__metadata__\":1}",                                    0, "__metadata__" },
	{ "{\"__metadata__\":{\"a\":1}}",                            0, "__metadata__" },
	{ "{\"__metadata__\":{\"a\":null}}",                         0, "__metadata__" },
	{ "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}",            0, "line 1" },
	{ "{\"a\\u0000b\":" T("F32", "[1]", "0", "4") "}",           4, "line 1" },
	{ "{\"\xC3\x28\":" T("F32", "[1]", "0", "4") "}",            4, "line 1" },
};
static const struct { const char *header; size_t data; const char *says; } unsupported[] = {
	{ "{\"a\":" T("F8_E4M3", "[1]", "0", "1") "}",               1, "dtype F8_E4M3" },
	{ "{\"a\":" T("", "[1]", "0", "4") "}",                      4, "dtype" },
	{ "{\"a\":" T("F32", "[1,1,1,1,1]", "0", "4") "}",           4, "5 dimensions" },
};
static const struct { const char *header; size_t data; size_t count; } fine[] = {
	{ "{}",                                                      0, 0 },
	{ "{}    ",                                                  0, 0 },
	{ "{\"__metadata__\":{}}",                                   0, 0 },
	{ "{\"a\":" T("F32", "[]", "0", "4") "}",                    4, 1 },
	{ "{\"a\":" T("F32", "[0]", "0", "0") "}",                   0, 1 },
	{ "{\"b\":" T("F32", "[1]", "0", "4") ",\"a\":" T("I64", "[0,7]", "4", "4") ",\"c\":" T("BOOL", "[2]", "4", "6") "}", 6, 3 },
	{ "{\"a\":" T("BF16", "[1]", "4", "6") ",\"b\":" T("F32", "[1]", "0", "4") "}", 6, 2 },
};
/* clang-format on */
#define COUNT(table) (int)(sizeof table / sizeof *table)

START_TEST(malformed_files_are_refused)
{
	const char *path = write_file(malformed[_i].header, malformed[_i].data);
	char says[64];
	char *other;

	ck_assert_int_eq(open_and_close(path), LK_FORMAT);
	snprintf(says, sizeof says, "%s", malformed[_i].says);
	other = strchr(says, '|');
	if (other)
		*other++ = '\0';
	ck_assert_msg(strstr(error.text, says) || (other && strstr(error.text, other)),
			"%s", error.text);
	ck_assert_ptr_nonnull(strstr(error.text, "t.safetensors: "));
}
END_TEST

START_TEST(what_lk_tensor_cannot_hold_is_unsupported)
{
	const char *path = write_file(unsupported[_i].header, unsupported[_i].data);

	ck_assert_int_eq(open_and_close(path), LK_UNSUPPORTED);
	ck_assert_msg(strstr(error.text, unsupported[_i].says) != NULL, "%s",
			error.text);
}
END_TEST

START_TEST(odd_but_valid_files_are_read)
{
	lk_safetensors *file;
	size_t count;
	const char *path = write_file(fine[_i].header, fine[_i].data);

	ck_assert_msg(!read_all(path), "%s", error.text);
	ck_assert_int_eq(lk_safetensors_open(&file, path, &error), LK_OK);
	lk_safetensors_tensors(file, &count);
	ck_assert_uint_eq(count, fine[_i].count);
	ck_assert_uint_eq(lk_safetensors_find(file, "nowhere"), SIZE_MAX);
	ck_assert_ptr_null(lk_safetensors_metadata(file, "nothing"));
	lk_safetensors_close(file);
}
END_TEST

START_TEST(lengths_that_lie_are_refused_before_any_memory_is_taken)
{
	static const uint64_t lengths[] = { 3, 100000000, 100000001, UINT32_MAX,
		INT64_MAX, UINT64_MAX, UINT64_MAX - 7 };
	unsigned char bytes[10] = "........{}";

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		memcpy(bytes, &lengths[i], 8);
		ck_assert_int_eq(open_and_close(test_write("t", bytes, 10)),
				LK_FORMAT);
	}
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(open_and_close(test_write("t", bytes, i)), LK_FORMAT);
}
END_TEST

START_TEST(long_names_are_cut_in_messages)
{
	char header[4000];

	for (int length = 127; length < 3000; length += 1436) {
		char name[3001];

		memset(name, 'n', (size_t)length);
		name[length] = '\0';
		snprintf(header, sizeof header,
				"{\"%s\":" T("F32", "[1]", "0", "4") "}", name);
		ck_assert_int_eq(open_and_close(write_file(header, 4)),
				length < LK_TENSOR_NAME ? LK_OK : LK_UNSUPPORTED);
	}
}
END_TEST

START_TEST(only_regular_files_are_opened)
{
	const char *fifo = test_path("fifo");

	ck_assert_int_eq(open_and_close(test_scratch()), LK_IO);
	ck_assert_int_eq(open_and_close(test_path("missing")), LK_IO);
	ck_assert_int_eq(mkfifo(fifo, 0666), 0);
	ck_assert_int_eq(open_and_close(fifo), LK_IO); /* and does not wait */
}
END_TEST

/* A file with a bit of everything; its path. */
static const char *write_sample(void)
{
	static float a[6] = { 1, 2, 3, 4, 5, 6 };
	static double d = 0.1;
	static uint16_t h[3] = { 0x3C00, 0x3800, 0xC000 };
	static uint8_t b[1] = { 1 };
	const lk_tensor tensors[] = {
		{ "z.bool", LK_BOOL, 1, { 1 }, b },
		{ "half", LK_F16, 1, { 3 }, h },
		{ "b.matrix", LK_F32, 2, { 2, 3 }, a },
		{ "a.matrix", LK_F32, 2, { 3, 2 }, a },
		{ "empty", LK_F32, 2, { 0, 5 }, NULL },
		{ "scalar", LK_F64, 0, { 0 }, &d },
	};
	json_t *metadata = json_pack("{s:s}", "name", "\"quoted\" \xC3\xA9");
	const char *path = test_path("sample.safetensors");

	ck_assert_int_eq(lk_safetensors_write(path, tensors, 6, metadata, NULL, NULL,
					 NULL, &error), LK_OK);
	json_decref(metadata);
	return path;
}

START_TEST(what_is_written_is_read)
{
	lk_safetensors *file;
	double values[6];
	float halves[3];
	size_t count;
	const lk_tensor *tensor;
	const char *path = write_sample();

	ck_assert_int_eq(lk_safetensors_open(&file, path, &error), LK_OK);
	tensor = lk_safetensors_tensors(file, &count);
	ck_assert_uint_eq(count, 6);
	ck_assert_str_eq(tensor[0].name, "a.matrix");
	ck_assert_uint_eq(tensor[0].rank, 2);
	ck_assert_uint_eq(tensor[0].shape[0], 3);
	ck_assert_str_eq(lk_safetensors_metadata(file, "format"), "pt");
	ck_assert_str_eq(lk_safetensors_metadata(file, "name"), "\"quoted\" \xC3\xA9");
	ck_assert_int_eq(lk_safetensors_read(file, 0, 2, 3, LK_F64, values, &error),
			LK_OK);
	ck_assert(values[0] == 3 && values[2] == 5);
	ck_assert_int_eq(lk_safetensors_read(file, lk_safetensors_find(file, "half"),
					 0, 3, LK_F32, halves, &error), LK_OK);
	ck_assert(halves[0] == 1 && halves[1] == 0.5F && halves[2] == -2);
	ck_assert_int_eq(lk_safetensors_read(file, lk_safetensors_find(file, "scalar"),
					 0, 1, LK_F64, values, &error), LK_OK);
	ck_assert(values[0] == 0.1);
	ck_assert_int_eq(lk_safetensors_read(file, lk_safetensors_find(file, "z.bool"),
					 0, 1, LK_F32, halves, &error), LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "z.bool"));
	lk_safetensors_close(file);
}
END_TEST

START_TEST(headers_are_aligned_and_ordered)
{
	const char *path = write_sample();
	FILE *file = fopen(path, "rb");
	uint64_t length;
	char header[1024];
	const char *order[] = { "scalar", "a.matrix", "b.matrix", "empty", "half",
		"z.bool" };
	const char *at = header;

	ck_assert_uint_eq(fread(&length, 8, 1, file), 1);
	ck_assert_uint_eq(length % 8, 0);
	ck_assert_uint_eq(fread(header, 1, length, file), length);
	fclose(file);
	header[length] = '\0';
	for (int i = 0; i < 6; i++) {
		at = strstr(at, order[i]);
		ck_assert_msg(at != NULL, "%s", order[i]);
	}
}
END_TEST

/* Rows 0, 1, 2, ... of a tensor in which element i is i, seen in pieces. */
static lk_status count_up(void *context, size_t tensor, size_t first, size_t rows,
		void *out, lk_error *e)
{
	const lk_tensor *t = (const lk_tensor *)context + tensor;
	size_t columns = t->rank > 1 ? t->shape[1] : 1;

	(void)e;
	for (size_t i = 0; i < rows * columns; i++)
		((uint32_t *)out)[i] = (uint32_t)(first * columns + i);
	return LK_OK;
}

START_TEST(rows_stream_through)
{
	lk_tensor tensors[] = { { "long", LK_U32, 2, { 3, 400000 }, NULL },
		{ "tall", LK_U32, 2, { 1000001, 1 }, NULL } };
	const char *path = test_path("stream");
	lk_safetensors *file;
	char hash[33], again[33];
	uint32_t value;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(lk_safetensors_write(path, tensors, 2, NULL, count_up,
						 tensors, i ? again : hash, &error),
				LK_OK);
	ck_assert_str_eq(hash, again);
	ck_assert_int_eq(lk_safetensors_open(&file, path, &error), LK_OK);
	for (size_t i = 0; i < 1000001; i += 999) {
		ck_assert_int_eq(lk_safetensors_read(file, 0, i, 1, LK_U32, &value,
						 &error), LK_OK);
		ck_assert_uint_eq(value, i);
		ck_assert_int_eq(lk_safetensors_read(file, 1, i, 1, LK_U32, &value,
						 &error), LK_OK);
		ck_assert_uint_eq(value, i);
	}
	lk_safetensors_close(file);
}
END_TEST

static lk_status give_up(void *context, size_t tensor, size_t first, size_t rows,
		void *out, lk_error *e)
{
	(void)context, (void)tensor, (void)first, (void)rows, (void)out;
	return lk_fail(e, LK_DIVERGED, "nothing to give");
}

START_TEST(a_file_that_cannot_be_filled_is_not_there)
{
	const lk_tensor tensor = { "a", LK_F32, 1, { 3 }, NULL };
	size_t before = test_entries(test_scratch());

	ck_assert_int_eq(lk_safetensors_write(test_path("empty"), &tensor, 1, NULL,
					 give_up, NULL, NULL, &error), LK_DIVERGED);
	ck_assert_uint_eq(test_entries(test_scratch()), before);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	const char *path = write_sample();
	struct stat info;

	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_int_eq(read_all(path), LK_OK);
	for (off_t nbytes = info.st_size - 1; nbytes >= 0; nbytes--) {
		ck_assert_int_eq(truncate(path, nbytes), 0);
		ck_assert_int_eq(read_all(path), LK_FORMAT);
	}
}
END_TEST

START_TEST(every_flipped_bit_ends_cleanly)
{
	const char *path = write_sample();
	int fd = open(path, O_RDWR);
	struct stat info;

	ck_assert_int_eq(fstat(fd, &info), 0);
	for (off_t at = 0; at < info.st_size; at++) {
		for (int bit = 0; bit < 8; bit++) {
			unsigned char byte, flipped;

			ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
			flipped = byte ^ (unsigned char)(1 << bit);
			ck_assert_int_eq(pwrite(fd, &flipped, 1, at), 1);
			read_all(path);
			ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
		}
	}
	close(fd);
	ck_assert_int_eq(read_all(path), LK_OK);
}
END_TEST

START_TEST(a_file_that_shrinks_is_an_error)
{
	const char *path = write_sample();
	lk_safetensors *file;
	float values[6];

	ck_assert_int_eq(lk_safetensors_open(&file, path, &error), LK_OK);
	ck_assert_int_eq(truncate(path, 100), 0);
	ck_assert_int_eq(lk_safetensors_read(file, 0, 0, 6, LK_F32, values, &error),
			LK_FORMAT);
	ck_assert_ptr_nonnull(strstr(error.text, "truncated"));
	lk_safetensors_close(file);
}
END_TEST

START_TEST(offsets_pass_four_gigabytes)
{
	const char *path = write_file(
			"{\"a\":" T("U8", "[5000000000]", "0", "5000000000") ",\"b\":"
			T("U8", "[3]", "5000000000", "5000000003") "}", 0);
	int fd = open(path, O_RDWR);
	struct stat info;
	lk_safetensors *file;
	char text[3];

	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_int_eq(pwrite(fd, "end", 3, info.st_size + 5000000000), 3);
	close(fd);
	ck_assert_msg(!lk_safetensors_open(&file, path, &error), "%s", error.text);
	ck_assert_int_eq(lk_safetensors_read(file, 1, 0, 3, LK_U8, text, &error), LK_OK);
	ck_assert(!memcmp(text, "end", 3));
	lk_safetensors_close(file);
}
END_TEST

START_TEST(writing_refuses_what_is_no_file)
{
	const lk_tensor none = { 0 };

	ck_assert_int_eq(lk_safetensors_write("/dev/null", &none, 0, NULL, NULL, NULL,
					 NULL, &error), LK_IO);
	ck_assert_int_eq(lk_safetensors_write(test_scratch(), &none, 0, NULL, NULL,
					 NULL, NULL, &error), LK_IO);
	ck_assert_int_eq(lk_safetensors_write(test_path("no/such/place"), &none, 0,
					 NULL, NULL, NULL, NULL, &error), LK_IO);
}
END_TEST

static Suite *safetensors_suite(void)
{
	Suite *suite = suite_create("safetensors");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, malformed_files_are_refused, 0, COUNT(malformed));
	tcase_add_loop_test(all, what_lk_tensor_cannot_hold_is_unsupported, 0,
			COUNT(unsupported));
	tcase_add_loop_test(all, odd_but_valid_files_are_read, 0, COUNT(fine));
	tcase_add_test(all, lengths_that_lie_are_refused_before_any_memory_is_taken);
	tcase_add_test(all, long_names_are_cut_in_messages);
	tcase_add_test(all, only_regular_files_are_opened);
	tcase_add_test(all, what_is_written_is_read);
	tcase_add_test(all, headers_are_aligned_and_ordered);
	tcase_add_test(all, rows_stream_through);
	tcase_add_test(all, a_file_that_cannot_be_filled_is_not_there);
	tcase_add_test(all, every_truncation_is_refused);
	tcase_add_test(all, every_flipped_bit_ends_cleanly);
	tcase_add_test(all, a_file_that_shrinks_is_an_error);
	tcase_add_test(all, offsets_pass_four_gigabytes);
	tcase_add_test(all, writing_refuses_what_is_no_file);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(safetensors_suite)
