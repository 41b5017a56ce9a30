/* exp, tanh and sigmoid of every float build that this machine runs against libm in
 * double: one float in 61 of all, and every one of a few ranges where something
 * changes. */
#include "vectors.h"
#include "support/main.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { AT_ONCE = 4096 };

static vectors_function *const builds[] = {
#define X(name, suffix, text) [LK_ISA_##name] = lk_vectors_##suffix,
	LK_ISAS(X)
#undef X
};

static float from_bits(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static int exp_is_right(float x, float e)
{
	double want = exp((double)x);

	if (x != x)
		return e != e;
	if (x > 88.73f)
		return e == INFINITY;
	if (x < -87.34f)
		return e == 0;
	if (x < -87 || x > 88.7f) /* the last few steps to either limit */
		return fabs((double)e - want) <= 1e-6 * want || e == INFINITY ||
				e == 0;
	return fabs((double)e - want) <= 2 * ldexp(1, ilogb(want) - 23);
}

static int tanh_is_right(float x, float t)
{
	double want = tanh((double)x);

	if (x != x)
		return t != t;
	if (fabsf(x) < 1.2e-38f) /* denormal */
		return fabs((double)t - want) <= 1.5e-45;
	return fabs((double)t - want) <= 1e-6 * fabs(want) && fabsf(t) <= 1;
}

static int sigmoid_is_right(float x, float s)
{
	double want = 1 / (1 + exp(-(double)x));

	if (x != x)
		return s != s;
	if (x < -87)
		return s >= 0 && s < 2e-38f;
	return fabs((double)s - want) <= 5e-7 * want && s <= 1;
}

static void sweep(vectors_function *evaluate, uint32_t first, uint32_t last,
		uint32_t step)
{
	static float x[AT_ONCE], e[AT_ONCE], t[AT_ONCE], s[AT_ONCE];
	uint64_t bits = first;

	while (bits <= last) {
		size_t n = 0;

		for (; n < AT_ONCE && bits <= last; n++, bits += step)
			x[n] = from_bits((uint32_t)bits);
		evaluate(e, t, s, x, n);
		for (size_t i = 0; i < n; i++) {
			if (!exp_is_right(x[i], e[i]))
				ck_abort_msg("exp(%.9g) is %.9g", (double)x[i],
						(double)e[i]);
			if (!tanh_is_right(x[i], t[i]))
				ck_abort_msg("tanh(%.9g) is %.9g", (double)x[i],
						(double)t[i]);
			if (!sigmoid_is_right(x[i], s[i]))
				ck_abort_msg("sigmoid(%.9g) is %.9g", (double)x[i],
						(double)s[i]);
		}
	}
}

START_TEST(all_of_the_line)
{
	if (_i <= (int)lk_isa_best())
		sweep(builds[_i], 0, UINT32_MAX, 61);
}
END_TEST

START_TEST(where_something_changes)
{
	const float at[] = { 0.34657359f, 0.5f, 1, 8.9999f, 9.0001f, 87.336544f,
		88.722839f, INFINITY };
	const float limits[] = { 0, INFINITY, -INFINITY };
	float e[3], t[3], s[3];

	if (_i > (int)lk_isa_best())
		return;

	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		for (uint32_t sign = 0; sign < 2; sign++) {
			uint32_t bits;

			memcpy(&bits, &at[i], sizeof bits);
			bits |= sign << 31;
			sweep(builds[_i], bits - 3000, bits + 3000, 1);
		}
	builds[_i](e, t, s, limits, 3);
	ck_assert(e[0] == 1 && e[1] == INFINITY && e[2] == 0);
	ck_assert(t[0] == 0 && t[1] <= 1 && t[1] > 0.999999f && t[2] == -t[1]);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("vmath");
	TCase *tests = tcase_create("all");

	tcase_set_timeout(tests, 100);
	tcase_add_loop_test(tests, all_of_the_line, LK_ISA_V2, LK_ISA_COUNT);
	tcase_add_loop_test(
			tests, where_something_changes, LK_ISA_V2, LK_ISA_COUNT);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
