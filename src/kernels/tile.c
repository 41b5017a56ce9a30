#include "kernels/tile.h"

#include "kernels/vector.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { ROWS = 6, VECTORS = 4 }; /* of 32 registers */
#elif defined(__AVX2__)
enum { ROWS = 6, VECTORS = 2 }; /* of 16 */
#else
enum { ROWS = 4, VECTORS = 2 };
#endif

/* The first `lanes` of a vector's numbers, the others 0; and back. Fewer than all:
 * the processor leaves out the others by itself where it can. */
#if defined(__AVX512F__)
#ifdef LK_DOUBLE
#define MASKED(name) _mm512_##name##_pd
#else
#define MASKED(name) _mm512_##name##_ps
#endif
LK_INLINE lk_vector load_some(const lk_real *p, size_t lanes)
{
	return (lk_vector)MASKED(maskz_loadu)((__mmask16)((1u << lanes) - 1), p);
}
LK_INLINE void store_some(lk_real *p, lk_vector v, size_t lanes)
{
	MASKED(mask_storeu)(p, (__mmask16)((1u << lanes) - 1), v);
}
#elif defined(__AVX2__)
#ifdef LK_DOUBLE
#define MASKED(name) _mm256_##name##_pd
typedef long long number __attribute__((vector_size(LK_VECTOR_NBYTES)));
#else
#define MASKED(name) _mm256_##name##_ps
typedef int number __attribute__((vector_size(LK_VECTOR_NBYTES)));
#endif
/* -1 in the first `lanes`. */
LK_INLINE __m256i mask_of(size_t lanes)
{
	number lane;

	for (size_t i = 0; i < LK_LANES; i++)
		lane[i] = i < lanes ? -1 : 0;
	return (__m256i)lane;
}
LK_INLINE lk_vector load_some(const lk_real *p, size_t lanes)
{
	return (lk_vector)MASKED(maskload)(p, mask_of(lanes));
}
LK_INLINE void store_some(lk_real *p, lk_vector v, size_t lanes)
{
	MASKED(maskstore)(p, mask_of(lanes), v);
}
#else
LK_INLINE lk_vector load_some(const lk_real *p, size_t lanes)
{
	lk_vector v = { 0 };

	memcpy(&v, p, lanes * sizeof *p);
	return v;
}
LK_INLINE void store_some(lk_real *p, lk_vector v, size_t lanes)
{
	memcpy(p, &v, lanes * sizeof *p);
}
#endif

/* One block of `rows` by `vectors` registers, constants wherever it is called for
 * whole blocks. Of vectors only the first `lanes` exist where this is `narrow`, a
 * constant. */
LK_INLINE void block(lk_real *c, size_t ld_c, const lk_real *a, size_t rs, size_t cs,
		const lk_real *b, size_t ld_b, size_t K, size_t rows, size_t vectors,
		bool narrow, size_t lanes, bool add)
{
	lk_vector sum[ROWS][VECTORS];

	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++) {
			const lk_real *from = c + i * ld_c + v * LK_LANES;

			sum[i][v] = !add ? (lk_vector){ 0 }
					: narrow ? load_some(from, lanes)
						 : lk_vector_load(from);
		}
	for (size_t k = 0; k < K; k++) {
		lk_vector row[VECTORS];

		for (size_t v = 0; v < vectors; v++) {
			const lk_real *from = b + k * ld_b + v * LK_LANES;

			row[v] = narrow ? load_some(from, lanes) : lk_vector_load(from);
		}
		for (size_t i = 0; i < rows; i++) {
			lk_real x = a[i * rs + k * cs];

			for (size_t v = 0; v < vectors; v++)
				sum[i][v] += x * row[v];
		}
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++) {
			lk_real *to = c + i * ld_c + v * LK_LANES;

			if (narrow)
				store_some(to, sum[i][v], lanes);
			else
				lk_vector_store(to, sum[i][v]);
		}
}

/* All rows of a panel of `vectors` registers' width. */
LK_INLINE void panel(lk_real *c, size_t ld_c, const lk_real *a, size_t rs, size_t cs,
		const lk_real *b, size_t ld_b, size_t M, size_t K, size_t vectors,
		bool narrow, size_t lanes, bool add)
{
	size_t i = 0;

#define BLOCKS(n)                                                                 \
	for (; i + (n) <= M; i += (n))                                            \
		block(c + i * ld_c, ld_c, a + i * rs, rs, cs, b, ld_b, K, n,      \
				vectors, narrow, lanes, add);
	BLOCKS(ROWS)
	BLOCKS(2)
	BLOCKS(1)
#undef BLOCKS
}

void lk_tile_multiply(lk_real *c, size_t ld_c, const lk_real *a,
		size_t row_stride_a, size_t column_stride_a, const lk_real *b,
		size_t ld_b, size_t M, size_t N, size_t K, bool add)
{
	size_t n = 0;

	for (; n + VECTORS * LK_LANES <= N; n += VECTORS * LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, VECTORS, false, LK_LANES, add);
	for (; VECTORS > 2 && n + 2 * LK_LANES <= N; n += 2 * LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 2, false, LK_LANES, add);
	for (; n + LK_LANES <= N; n += LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 1, false, LK_LANES, add);
	if (n < N)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 1, true, N - n, add);
}
