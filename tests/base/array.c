/* Arrays that grow: what they held stays, room is what it is said to be, and what
 * cannot be had changes nothing. */
#include "base/array.h"
#include "support/main.h"

#include <stdint.h>
#include <stdlib.h>

START_TEST(grows_and_keeps)
{
	size_t capacity = 0, moves = 0;
	uint64_t *array = NULL;

	for (size_t i = 0; i < 100000; i++) {
		size_t before = capacity;

		ck_assert(lk_array_reserve(&array, &capacity, i + 1, sizeof *array));
		ck_assert_uint_gt(capacity, i);
		moves += capacity != before;
		array[i] = i; /* sanitizers see whether there is room */
	}
	ck_assert_uint_lt(moves, 30); /* seldom: the logarithm of the count */
	for (size_t i = 0; i < 100000; i++)
		ck_assert_uint_eq(array[i], i);
	free(array);
}
END_TEST

START_TEST(enough_at_once)
{
	size_t capacity = 0;
	char *array = NULL;

	ck_assert(lk_array_reserve(&array, &capacity, 1000, 1));
	ck_assert_uint_ge(capacity, 1000);
	array[999] = 'x';
	ck_assert(lk_array_reserve(&array, &capacity, 10, 1)); /* never less */
	ck_assert_uint_ge(capacity, 1000);
	ck_assert_int_eq(array[999], 'x');
	free(array);
}
END_TEST

START_TEST(what_cannot_be_had)
{
	size_t capacity = 0, before;
	uint64_t *array = NULL, *place;

	ck_assert(lk_array_reserve(&array, &capacity, 1, sizeof *array));
	before = capacity;
	place = array;
	/* 8 bytes for each do not fit into a size_t, but wrap to 16 */
	ck_assert(!lk_array_reserve(&array, &capacity, SIZE_MAX / 8 + 3, sizeof *array));
	ck_assert_ptr_eq(array, place);
	ck_assert_uint_eq(capacity, before);
	free(array);
}
END_TEST

static Suite *array_suite(void)
{
	Suite *suite = suite_create("array");
	TCase *all = tcase_create("all");

	tcase_add_test(all, grows_and_keeps);
	tcase_add_test(all, enough_at_once);
	tcase_add_test(all, what_cannot_be_had);
	suite_add_tcase(suite, all);
	return suite;
}
TEST_MAIN(array_suite)
