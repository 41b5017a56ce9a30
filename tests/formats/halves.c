/* A half that is off by one bit, or a denormal flushed, changes a loaded model
 * without a sign of it: all 65,536 values of both kinds against their
 * definition. */
#include "formats/halves.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

/* sign x fraction x 2^exponent, by the definition of an IEEE format with so many
 * bits of exponent and fraction. */
static double defined(uint32_t bits, int exponent_bits, int fraction_bits)
{
	int bias = (1 << (exponent_bits - 1)) - 1;
	int exponent = (int)(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
	double fraction = (double)(bits & ((1U << fraction_bits) - 1));
	double sign = bits >> (exponent_bits + fraction_bits) ? -1 : 1;

	if (exponent == (1 << exponent_bits) - 1)
		return fraction > 0 ? (double)NAN : sign * (double)INFINITY;
	if (exponent == 0)
		return sign * ldexp(fraction, 1 - bias - fraction_bits);
	return sign * ldexp(1 + ldexp(fraction, -fraction_bits), exponent - bias);
}

static void check_same(double is, double should, uint32_t bits)
{
	if (isnan(should))
		ck_assert_msg(isnan(is), "%04x", bits);
	else
		ck_assert_msg(is == should && !signbit(is) == !signbit(should),
				"%04x: %a, not %a", bits, is, should);
}

START_TEST(every_half_is_what_its_definition_says)
{
	for (uint32_t bits = 0; bits < 65536; bits++) {
		check_same((double)lk_float_of_f16((uint16_t)bits),
				defined(bits, 5, 10), bits);
		check_same((double)lk_float_of_bf16((uint16_t)bits),
				defined(bits, 8, 7), bits);
	}
}
END_TEST

START_TEST(arrays_convert_from_any_alignment)
{
	const double values[] = { 0, -1.5, 3e-39, 0.1, 65504, (double)INFINITY };
	enum { N = sizeof values / sizeof *values };
	unsigned char raw[1 + N * sizeof(double)];
	float single[N];
	double doubled[N];
	uint16_t half[2] = { 0x3C00, 0xC000 }; /* 1, -2 */

	memcpy(raw + 1, values, sizeof values);
	lk_convert_reals(single, LK_F32, raw + 1, LK_F64, N);
	for (int i = 0; i < N; i++)
		ck_assert(single[i] == (float)values[i]);
	memcpy(raw + 1, single, sizeof single);
	lk_convert_reals(doubled, LK_F64, raw + 1, LK_F32, N);
	for (int i = 0; i < N; i++)
		ck_assert(doubled[i] == (double)single[i]);
	memcpy(raw + 1, half, sizeof half);
	lk_convert_reals(doubled, LK_F64, raw + 1, LK_F16, 2);
	ck_assert(doubled[0] == 1 && doubled[1] == -2);
	half[0] = 0x3F80; /* BF16: 1 */
	lk_convert_reals(single, LK_F32, half, LK_BF16, 1);
	ck_assert(single[0] == 1);
}
END_TEST

static Suite *halves_suite(void)
{
	Suite *suite = suite_create("halves");
	TCase *all = tcase_create("all");

	tcase_add_test(all, every_half_is_what_its_definition_says);
	tcase_add_test(all, arrays_convert_from_any_alignment);
	suite_add_tcase(suite, all);
	return suite;
}

TEST_MAIN(halves_suite)
