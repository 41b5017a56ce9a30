/* Shapes are read from files that may be malformed: products that overflow, and
 * texts that do not fit, must not pass for small ones. */
#include "base/tensor.h"
#include "support/main.h"

#include <stdint.h>
#include <string.h>

START_TEST(counts)
{
	lk_tensor scalar = { .dtype = LK_F64 };
	lk_tensor matrix = { .dtype = LK_BF16, .rank = 2, .shape = { 3, 5 } };
	lk_tensor empty = { .dtype = LK_F32, .rank = 3, .shape = { 3, 0, 5 } };

	ck_assert_uint_eq(lk_tensor_count(&scalar), 1);
	ck_assert_uint_eq(lk_tensor_nbytes(&scalar), 8);
	ck_assert_uint_eq(lk_tensor_count(&matrix), 15);
	ck_assert_uint_eq(lk_tensor_nbytes(&matrix), 30);
	ck_assert_uint_eq(lk_tensor_count(&empty), 0);
}
END_TEST

START_TEST(overflow_is_no_small_number)
{
	lk_tensor a = { .dtype = LK_F32,
		.rank = 2,
		.shape = { (size_t)1 << 32, (size_t)1 << 32 } };
	lk_tensor b = { .dtype = LK_F32, .rank = 1, .shape = { SIZE_MAX / 2 } };

	ck_assert_uint_eq(lk_tensor_count(&a), SIZE_MAX);
	ck_assert_uint_eq(lk_tensor_nbytes(&a), SIZE_MAX);
	ck_assert_uint_eq(lk_tensor_nbytes(&b), SIZE_MAX);
}
END_TEST

START_TEST(types_have_names_and_sizes)
{
	ck_assert_str_eq(lk_dtype_name(LK_BF16), "BF16");
	ck_assert_uint_eq(lk_dtype_nbytes(LK_BF16), 2);
	ck_assert_str_eq(lk_dtype_name(LK_BOOL), "BOOL");
	ck_assert_uint_eq(lk_dtype_nbytes(LK_BOOL), 1);
	ck_assert_str_eq(lk_dtype_name((lk_dtype)99), "?");
	ck_assert_uint_eq(lk_dtype_nbytes((lk_dtype)99), 0);
}
END_TEST

START_TEST(found_by_name)
{
	lk_tensor tensors[] = { { .name = "a" }, { .name = "a.b" }, { .name = "b" } };

	ck_assert_ptr_eq(lk_tensor_find(tensors, 3, "a.b"), &tensors[1]);
	ck_assert_ptr_eq(lk_tensor_find(tensors, 3, "b"), &tensors[2]);
	ck_assert_ptr_null(lk_tensor_find(tensors, 3, "c"));
	ck_assert_ptr_null(lk_tensor_find(tensors, 0, "a"));
}
END_TEST

START_TEST(shape_as_text)
{
	lk_tensor scalar = { .rank = 0 }, vector = { .rank = 1, .shape = { 7 } };
	lk_tensor full = { .rank = 4,
		.shape = { SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX } };
	char text[100], whole[100];

	ck_assert_str_eq(lk_tensor_shape_text(&scalar, text, sizeof text), "[]");
	ck_assert_str_eq(lk_tensor_shape_text(&vector, text, sizeof text), "[7]");
	lk_tensor_shape_text(&full, whole, sizeof whole);
	ck_assert_uint_eq(strlen(whole), 4 * 20 + 3 * 2 + 2);
	for (size_t size = 1; size < sizeof text; size++) {
		memset(text, '#', sizeof text);
		lk_tensor_shape_text(&full, text, size);
		ck_assert_uint_lt(strlen(text), size);
		ck_assert_mem_eq(text, whole, strlen(text));
		ck_assert(size == sizeof text || text[size] == '#');
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tensor");
	TCase *t = tcase_create("tensor");

	tcase_add_test(t, counts);
	tcase_add_test(t, overflow_is_no_small_number);
	tcase_add_test(t, types_have_names_and_sizes);
	tcase_add_test(t, found_by_name);
	tcase_add_test(t, shape_as_text);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
