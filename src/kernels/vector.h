/* kernels/vector.h
 * The widest vector of the instruction set that a file is compiled for, in the
 * compiler's own vector types: one source for all of them and for double. */
#ifndef LK_KERNELS_VECTOR_H
#define LK_KERNELS_VECTOR_H

#include "base/real.h"

#include <stddef.h>
#include <string.h>

#if defined(__AVX512F__)
enum { LK_VECTOR_NBYTES = 64 };
#elif defined(__AVX2__)
enum { LK_VECTOR_NBYTES = 32 };
#else
enum { LK_VECTOR_NBYTES = 16 };
#endif
enum { LK_LANES = LK_VECTOR_NBYTES / sizeof(lk_real) };

typedef lk_real lk_vector __attribute__((vector_size(LK_VECTOR_NBYTES)));

/* What must become part of its caller, so that its arguments are constants. */
#define LK_INLINE static inline __attribute__((always_inline))

LK_INLINE lk_vector lk_vector_load(const lk_real *p)
{
	lk_vector v;

	memcpy(&v, p, sizeof v);
	return v;
}

LK_INLINE void lk_vector_store(lk_real *p, lk_vector v)
{
	memcpy(p, &v, sizeof v);
}

/* A square of LK_LANES x LK_LANES is transposed in registers: in each round, rows
 * and lanes whose numbers differ in one bit change places [Eklundh 1972]. */
#define LK_LOW_(l, d)        (((l) & (d)) ? LK_LANES + (l) - (d) : (l))
#define LK_HIGH_(l, d)       (((l) & (d)) ? LK_LANES + (l) : (l) + (d))
#define LK_OTHER_(l, d)      ((l) ^ (d))
#define LK_LANES_2_(F, d, l) F(l, d), F(l + 1, d)
#define LK_LANES_4_(F, d, l) LK_LANES_2_(F, d, l), LK_LANES_2_(F, d, l + 2)
#define LK_LANES_8_(F, d, l) LK_LANES_4_(F, d, l), LK_LANES_4_(F, d, l + 4)
#define LK_LANES_16_(F, d, l) LK_LANES_8_(F, d, l), LK_LANES_8_(F, d, l + 8)
#if defined(LK_DOUBLE) && defined(__AVX512F__)
#define LK_EVERY_LANE_(F, d) LK_LANES_8_(F, d, 0)
#elif defined(LK_DOUBLE) && defined(__AVX2__)
#define LK_EVERY_LANE_(F, d) LK_LANES_4_(F, d, 0)
#elif defined(LK_DOUBLE)
#define LK_EVERY_LANE_(F, d) LK_LANES_2_(F, d, 0)
#elif defined(__AVX512F__)
#define LK_EVERY_LANE_(F, d) LK_LANES_16_(F, d, 0)
#elif defined(__AVX2__)
#define LK_EVERY_LANE_(F, d) LK_LANES_8_(F, d, 0)
#else
#define LK_EVERY_LANE_(F, d) LK_LANES_4_(F, d, 0)
#endif

/* Distances that the vector is too short for do nothing. */
#define LK_ROUND_(row, d)                                                      \
	for (size_t i = 0; (d) < LK_LANES && i < LK_LANES; i++)                \
		if (!(i & (d))) {                                              \
			size_t j = i + ((d) < LK_LANES ? (d) : 0);             \
			lk_vector x = row[i], y = row[j];                      \
									       \
			row[i] = __builtin_shufflevector(x, y,                 \
					LK_EVERY_LANE_(LK_LOW_,                \
							(d) % LK_LANES));      \
			row[j] = __builtin_shufflevector(x, y,                 \
					LK_EVERY_LANE_(LK_HIGH_,               \
							(d) % LK_LANES));      \
		}

/* Halves are added, then quarters: the order depends on the width of a vector. */
LK_INLINE lk_real lk_vector_sum(lk_vector v)
{
#define LK_ADD_(d)                                                       \
	if ((d) < LK_LANES)                                              \
		v += __builtin_shufflevector(v, v,                       \
				LK_EVERY_LANE_(LK_OTHER_, (d) % LK_LANES));
	LK_ADD_(8)
	LK_ADD_(4)
	LK_ADD_(2)
	LK_ADD_(1)
#undef LK_ADD_
	return v[0];
}

LK_INLINE void lk_transpose_square(lk_real *to, size_t ld_to, const lk_real *from,
		size_t ld_from)
{
	lk_vector row[LK_LANES];

	for (size_t i = 0; i < LK_LANES; i++)
		row[i] = lk_vector_load(from + i * ld_from);
	LK_ROUND_(row, 1)
	LK_ROUND_(row, 2)
	LK_ROUND_(row, 4)
	LK_ROUND_(row, 8)
	for (size_t i = 0; i < LK_LANES; i++)
		lk_vector_store(to + i * ld_to, row[i]);
}

/* to (columns, rows) = transpose of from (rows, columns). */
static inline void lk_transpose(lk_real *to, size_t ld_to, const lk_real *from,
		size_t ld_from, size_t rows, size_t columns)
{
	size_t high = rows / LK_LANES * LK_LANES, wide = columns / LK_LANES * LK_LANES;

	for (size_t i = 0; i < high; i += LK_LANES)
		for (size_t j = 0; j < wide; j += LK_LANES)
			lk_transpose_square(to + j * ld_to + i, ld_to,
					from + i * ld_from + j, ld_from);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = i < high ? wide : 0; j < columns; j++)
			to[j * ld_to + i] = from[i * ld_from + j];
}

#endif
