/* formats/halves.h
 * Numbers as files keep them, made float or double. The two halves:
 *   F16   sign 1, exponent 5, fraction 10 bits (IEEE 754 binary16)
 *   BF16  the upper half of a float
 * Every one of their values is a float, so nothing is rounded; NaN stays NaN. */
#ifndef LK_FORMATS_HALVES_H
#define LK_FORMATS_HALVES_H

#include "base/tensor.h"

#include <stdbool.h>
#include <stdint.h>

float lk_float_of_f16(uint16_t bits);
float lk_float_of_bf16(uint16_t bits);

/* F64, F32, F16 or BF16? */
bool lk_dtype_is_real(lk_dtype dtype);

/* count numbers of type `from` at in (any alignment) into out, of type `to`
 * (LK_F32 or LK_F64; a double that is no float is rounded to the nearest). in
 * and out do not overlap. */
void lk_convert_reals(void *out, lk_dtype to, const void *in, lk_dtype from,
		size_t count);

#endif
