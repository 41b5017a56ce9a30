#include "formats/halves.h"

#include <assert.h>
#include <string.h>

static float float_of_bits(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

float lk_float_of_f16(uint16_t bits)
{
	uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
	uint32_t exponent = bits >> 10 & 31, fraction = bits & 0x3FF;

	if (exponent == 31) /* infinite or NaN */
		return float_of_bits(sign | 0x7F800000 | fraction << 13);
	if (exponent)
		return float_of_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13);
	/* zero or denormal: fraction x 2^-24, exact */
	float value = (float)fraction * 0x1p-24F;
	return sign ? -value : value;
}

float lk_float_of_bf16(uint16_t bits)
{
	return float_of_bits((uint32_t)bits << 16);
}

bool lk_dtype_is_real(lk_dtype dtype)
{
	return dtype == LK_F64 || dtype == LK_F32 || dtype == LK_F16 ||
			dtype == LK_BF16;
}

void lk_convert_reals(void *out, lk_dtype to, const void *in, lk_dtype from,
		size_t count)
{
	const unsigned char *next = in;
	size_t size = lk_dtype_nbytes(from);

	assert((to == LK_F32 || to == LK_F64) && lk_dtype_is_real(from));
	if (from == to) {
		memcpy(out, in, count * size);
		return;
	}
	for (size_t i = 0; i < count; i++, next += size) {
		uint16_t half;
		double value;

		if (from == LK_F64) {
			memcpy(&value, next, sizeof value);
		} else if (from == LK_F32) {
			float single;

			memcpy(&single, next, sizeof single);
			value = (double)single;
		} else {
			memcpy(&half, next, sizeof half);
			value = (double)(from == LK_F16 ? lk_float_of_f16(half)
							: lk_float_of_bf16(half));
		}
		if (to == LK_F32)
			((float *)out)[i] = (float)value;
		else
			((double *)out)[i] = value;
	}
}
