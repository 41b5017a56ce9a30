/* Every build that this machine runs: close to the double one, and the same
 * bits for any number of threads. */
#include "cases.h"
#include "support/main.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static cases_function *const builds[] = {
#define X(name, suffix, text) [LK_ISA_##name] = lk_cases_##suffix,
	LK_ISAS(X)
#undef X
};

void outcomes_free(outcomes *out)
{
	for (size_t i = 0; i < out->count; i++)
		free(out->list[i].values);
	out->count = 0;
}

/* Largest difference, relative to the largest value. */
static double distance(const outcome *got, const outcome *want)
{
	double most = 0, scale = 0;

	for (size_t i = 0; i < want->count; i++) {
		double difference = fabs(got->values[i] - want->values[i]);

		most = difference > most || isnan(difference) ? difference : most;
		scale = fmax(scale, fabs(want->values[i]));
	}
	return most / scale;
}

START_TEST(float_is_close_to_double)
{
	outcomes want, got;

	if (_i > (int)lk_isa_best())
		return;
	builds[LK_ISA_F64](&want, 1);
	builds[_i](&got, 1);
	ck_assert_uint_eq(got.count, want.count);
	for (size_t i = 0; i < want.count; i++) {
		double d = distance(&got.list[i], &want.list[i]);

		ck_assert_msg(d <= want.list[i].bound, "%s of %s: off by %.3g, %.3g allowed",
				want.list[i].name, lk_isa_name((lk_isa)_i), d,
				want.list[i].bound);
	}
	outcomes_free(&want);
	outcomes_free(&got);
}
END_TEST

START_TEST(threads_do_not_matter)
{
	const int threads[] = { 2, 3, 8 };
	outcomes one, many;

	if (_i > (int)lk_isa_best())
		return;
	builds[_i](&one, 1);
	for (size_t k = 0; k < 3; k++) {
		builds[_i](&many, threads[k]);
		for (size_t i = 0; i < one.count; i++)
			ck_assert_msg(!memcmp(one.list[i].values, many.list[i].values,
						      one.list[i].count *
								      sizeof(double)),
					"%s of %s differs with %d threads",
					one.list[i].name, lk_isa_name((lk_isa)_i),
					threads[k]);
		outcomes_free(&many);
	}
	outcomes_free(&one);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("variants");
	TCase *tests = tcase_create("all");

	openblas_set_num_threads(1); /* as the program does */
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, float_is_close_to_double, LK_ISA_V2, LK_ISA_COUNT);
	tcase_add_loop_test(tests, threads_do_not_matter, 0, LK_ISA_COUNT);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
