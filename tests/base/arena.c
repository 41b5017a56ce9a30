/* Sizes come from configurations that users write: a product that wraps around
 * would hand out a small block for a huge request. And the measuring pass has to
 * agree with the binding one, or tensors overlap. */
#include "base/arena.h"
#include "support/main.h"

#include <string.h>

START_TEST(binding_repeats_measuring)
{
	static const size_t count[] = { 1, 0, 63, 64, 65, 1000003, 7 };
	size_t at[7], measured;
	lk_arena arena = { 0 };
	char *before = NULL;

	for (size_t i = 0; i < 7; i++) {
		ck_assert_ptr_null(lk_arena_take(&arena, count[i], 4));
		at[i] = arena.used;
	}
	measured = arena.used;
	ck_assert_int_eq(lk_arena_reserve(&arena, "a test", NULL), LK_OK);
	ck_assert_uint_eq(arena.used, 0);
	ck_assert_uint_ge(arena.nbytes, measured);
	for (size_t i = 0; i < 7; i++) {
		char *taken = lk_arena_take(&arena, count[i], 4);

		ck_assert_uint_eq((uintptr_t)taken % LK_ARENA_ALIGN, 0);
		ck_assert_uint_eq(arena.used, at[i]);
		ck_assert(!before || taken >= before);
		for (size_t k = 0; k < 4 * count[i]; k++)
			ck_assert_int_eq(taken[k], 0);
		memset(taken, 1, 4 * count[i]);
		before = taken + 4 * count[i];
	}
	ck_assert_uint_eq(arena.used, measured);
	lk_arena_release(&arena);
	ck_assert_ptr_null(arena.base);
	lk_arena_release(&arena);
}
END_TEST

START_TEST(large_ones_are_aligned_to_huge_pages)
{
	lk_arena arena = { .used = (size_t)9 << 20 };

	ck_assert_int_eq(lk_arena_reserve(&arena, "a test", NULL), LK_OK);
	ck_assert_uint_eq((uintptr_t)arena.base % (2 << 20), 0);
	arena.base[0] = arena.base[arena.nbytes - 1] = 1; /* both ends are there */
	lk_arena_release(&arena);
}
END_TEST

START_TEST(nothing_can_be_reserved)
{
	lk_arena arena = { 0 };

	ck_assert_int_eq(lk_arena_reserve(&arena, "a test", NULL), LK_OK);
	lk_arena_release(&arena);
}
END_TEST

/* Each pair wraps around, or comes close to it, in its own way. */
START_TEST(overflow_sticks)
{
	static const size_t request[][2] = {
		{ SIZE_MAX, 1 },
		{ SIZE_MAX, 4 },
		{ SIZE_MAX / 4 + 1, 4 },
		{ (size_t)1 << 32, (size_t)1 << 32 },
		{ SIZE_MAX / 2, 1 },
		{ 2, SIZE_MAX / 2 },
	};

	for (size_t i = 0; i < sizeof request / sizeof *request; i++) {
		lk_arena arena = { 0 };
		lk_error error = { LK_OK, "" };

		lk_arena_take(&arena, 100, 1);
		ck_assert_ptr_null(lk_arena_take(&arena, request[i][0], request[i][1]));
		ck_assert_ptr_null(lk_arena_take(&arena, 1, 1));
		ck_assert_int_eq(lk_arena_reserve(&arena, "the model", &error),
				LK_NOMEM);
		ck_assert_ptr_nonnull(strstr(error.text, "the model"));
		ck_assert_ptr_null(arena.base);
	}
}
END_TEST

START_TEST(more_than_the_machine_has)
{
	lk_arena arena = { 0 };
	lk_error error = { LK_OK, "" };

	lk_arena_take(&arena, (size_t)1 << 60, 1);
	ck_assert_int_eq(lk_arena_reserve(&arena, "the model", &error), LK_NOMEM);
	ck_assert_ptr_nonnull(strstr(error.text, "the model needs"));
	ck_assert_ptr_null(arena.base);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("arena");
	TCase *t = tcase_create("arena");

	tcase_add_test(t, binding_repeats_measuring);
	tcase_add_test(t, large_ones_are_aligned_to_huge_pages);
	tcase_add_test(t, nothing_can_be_reserved);
	tcase_add_test(t, overflow_sticks);
	tcase_add_test(t, more_than_the_machine_has);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
