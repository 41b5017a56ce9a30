#include "kernels/tile.h"

#include "base/size.h"
#include "kernels/vector.h"

#if defined(__AVX512F__)
enum { ROWS = 6, VECTORS = 4 }; /* of 32 registers */
#elif defined(__AVX2__)
enum { ROWS = 6, VECTORS = 2 }; /* of 16 */
#else
enum { ROWS = 4, VECTORS = 2 };
#endif

/* Only the first `lanes` of a row's last vector exist. */
LK_INLINE lk_vector load(const lk_real *p,
		size_t lanes)
{
	lk_vector v = { 0 };

	memcpy(&v, p, lanes * sizeof *p);
	return v;
}

/* One block of `rows` by `vectors` registers; `lanes` of c's last vector, all of
 * b's. The three are constants wherever it is called for whole blocks. */
LK_INLINE void block(lk_real *c, size_t ld_c,
		const lk_real *a, size_t rs, size_t cs, const lk_real *b,
		size_t ld_b, size_t K, size_t rows, size_t vectors, size_t lanes,
		bool add)
{
	lk_vector sum[ROWS][VECTORS];

	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			sum[i][v] = add ? load(c + i * ld_c + v * LK_LANES,
							v + 1 < vectors ? LK_LANES : lanes)
					: (lk_vector){ 0 };
	for (size_t k = 0; k < K; k++) {
		lk_vector row[VECTORS];

		for (size_t v = 0; v < vectors; v++)
			row[v] = lk_vector_load(b + k * ld_b + v * LK_LANES);
		for (size_t i = 0; i < rows; i++) {
			lk_real x = a[i * rs + k * cs];

			for (size_t v = 0; v < vectors; v++)
				sum[i][v] += x * row[v];
		}
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			memcpy(c + i * ld_c + v * LK_LANES, &sum[i][v],
					(v + 1 < vectors ? LK_LANES : lanes) *
							sizeof *c);
}

/* All rows of a panel of `vectors` registers' width. */
LK_INLINE void panel(lk_real *c, size_t ld_c,
		const lk_real *a, size_t rs, size_t cs, const lk_real *b,
		size_t ld_b, size_t M, size_t K, size_t vectors, size_t lanes,
		bool add)
{
	size_t i = 0;

	for (; i + ROWS <= M; i += ROWS)
		block(c + i * ld_c, ld_c, a + i * rs, rs, cs, b, ld_b, K, ROWS,
				vectors, lanes, add);
	for (; i + 2 <= M; i += 2)
		block(c + i * ld_c, ld_c, a + i * rs, rs, cs, b, ld_b, K, 2,
				vectors, lanes, add);
	if (i < M)
		block(c + i * ld_c, ld_c, a + i * rs, rs, cs, b, ld_b, K, 1,
				vectors, lanes, add);
}

/* Fewer columns than a vector has lanes. Those of b are copied out first, with zeros
 * beyond them, some rows at a time; c is a sum in the order of k all the same. */
static void narrow(lk_real *c, size_t ld_c, const lk_real *a, size_t rs, size_t cs,
		const lk_real *b, size_t ld_b, size_t M, size_t N, size_t K, bool add)
{
	enum { DEPTH = 64 };
	lk_real columns[DEPTH * LK_LANES] __attribute__((aligned(64))) = { 0 };

	for (size_t k = 0; k < K; k += DEPTH) {
		size_t deep = lk_least(DEPTH, K - k);

		for (size_t i = 0; i < deep; i++)
			for (size_t n = 0; n < N; n++)
				columns[i * LK_LANES + n] = b[(k + i) * ld_b + n];
		panel(c, ld_c, a + k * cs, rs, cs, columns, LK_LANES, M, deep, 1, N,
				add || k);
	}
}

void lk_tile_multiply(lk_real *c, size_t ld_c, const lk_real *a,
		size_t row_stride_a, size_t column_stride_a, const lk_real *b,
		size_t ld_b, size_t M, size_t N, size_t K, bool add)
{
	size_t n = 0;

	for (; n + VECTORS * LK_LANES <= N; n += VECTORS * LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, VECTORS, LK_LANES, add);
	for (; VECTORS > 2 && n + 2 * LK_LANES <= N; n += 2 * LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 2, LK_LANES, add);
	for (; n + LK_LANES <= N; n += LK_LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 1, LK_LANES, add);
	if (n < N)
		narrow(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				N - n, K, add);
}
