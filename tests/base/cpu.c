/* LIKELY_ISA picks the build under test: if it were ignored, every comparison of
 * instruction sets would compare a build with itself. */
#include "base/cpu.h"
#include "support/main.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

START_TEST(default_is_the_best)
{
	lk_isa isa = LK_ISA_COUNT;

	unsetenv("LIKELY_ISA");
	ck_assert_int_eq(lk_isa_choose(&isa, NULL), LK_OK);
	ck_assert_int_eq(isa, lk_isa_best());
	setenv("LIKELY_ISA", "", 1);
	ck_assert_int_eq(lk_isa_choose(&isa, NULL), LK_OK);
	ck_assert_int_eq(isa, lk_isa_best());
	ck_assert_int_ge(lk_isa_best(), LK_ISA_V2);
}
END_TEST

START_TEST(forced_ones_are_taken_or_refused)
{
	for (int i = LK_ISA_V2; i < LK_ISA_COUNT; i++) {
		lk_isa isa = LK_ISA_COUNT;
		lk_error error = { LK_OK, "" };

		setenv("LIKELY_ISA", lk_isa_name((lk_isa)i), 1);
		if (i <= (int)lk_isa_best()) {
			ck_assert_int_eq(lk_isa_choose(&isa, &error), LK_OK);
			ck_assert_int_eq(isa, i);
		} else {
			ck_assert_int_eq(lk_isa_choose(&isa, &error), LK_RANGE);
			ck_assert_ptr_nonnull(strstr(error.text, "at most"));
		}
	}
}
END_TEST

START_TEST(unknown_names_are_refused)
{
	static const char *const names[] = { "v1", "v9", "V3", "avx2", "f64", " v2" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		lk_isa isa;
		lk_error error = { LK_OK, "" };

		setenv("LIKELY_ISA", names[i], 1);
		ck_assert_int_eq(lk_isa_choose(&isa, &error), LK_RANGE);
		ck_assert_ptr_nonnull(strstr(error.text, names[i]));
	}
}
END_TEST

START_TEST(names_texts_and_counts)
{
	char text[100], small[4];

	ck_assert_str_eq(lk_isa_name(LK_ISA_V2), "v2");
	ck_assert_str_eq(lk_isa_name(LK_ISA_COUNT), "?");
	ck_assert_str_eq(lk_isa_text(LK_ISA_F64), "double");
	ck_assert_int_ge(lk_cpu_count(), 1);
	ck_assert_uint_gt(strlen(lk_cpu_name(text, sizeof text)), 3);
	ck_assert_ptr_null(strchr(text, '\n'));
	ck_assert_uint_eq(strlen(lk_cpu_name(small, sizeof small)), 3);
}
END_TEST

START_TEST(denormals_become_zero)
{
	volatile float smallest = FLT_MIN, half = 0.5f, big = 0x1p60f;
	volatile float denormal = smallest * half, result;

	ck_assert(denormal != 0);
	lk_cpu_flush_denormals();
#if defined __x86_64__ || defined __aarch64__
	result = denormal * big; /* as an operand */
	ck_assert(result == 0);
	result = smallest * half; /* as a result; asking for == 0 would hide it */
	uint32_t bits;
	memcpy(&bits, (const void *)&result, sizeof bits);
	ck_assert_uint_eq(bits, 0);
#endif
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cpu");
	TCase *t = tcase_create("cpu");

	tcase_add_test(t, default_is_the_best);
	tcase_add_test(t, forced_ones_are_taken_or_refused);
	tcase_add_test(t, unknown_names_are_refused);
	tcase_add_test(t, names_texts_and_counts);
	tcase_add_test(t, denormals_become_zero);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
