#include "kernels/tile.h"

#include <string.h>

#if defined(__AVX512F__)
enum { VECTOR_NBYTES = 64, ROWS = 6, VECTORS = 4 }; /* of 32 registers */
#elif defined(__AVX2__)
enum { VECTOR_NBYTES = 32, ROWS = 6, VECTORS = 2 }; /* of 16 */
#else
enum { VECTOR_NBYTES = 16, ROWS = 4, VECTORS = 2 };
#endif
enum { LANES = VECTOR_NBYTES / sizeof(lk_real) };

typedef lk_real vector __attribute__((vector_size(VECTOR_NBYTES)));

/* Only the first `lanes` of a row's last vector exist. */
static inline __attribute__((always_inline)) vector load(const lk_real *p,
		size_t lanes)
{
	vector v = { 0 };

	memcpy(&v, p, lanes * sizeof *p);
	return v;
}

/* One block of `rows` by `vectors` registers; `lanes` of the last vector. The
 * three are constants wherever it is called for whole blocks. */
static inline __attribute__((always_inline)) void block(lk_real *c, size_t ld_c,
		const lk_real *a, size_t rs, size_t cs, const lk_real *b,
		size_t ld_b, size_t K, size_t rows, size_t vectors, size_t lanes,
		bool add)
{
	vector sum[ROWS][VECTORS];

	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			sum[i][v] = add ? load(c + i * ld_c + v * LANES,
							v + 1 < vectors ? LANES : lanes)
					: (vector){ 0 };
	for (size_t k = 0; k < K; k++) {
		vector row[VECTORS];

		for (size_t v = 0; v < vectors; v++)
			row[v] = load(b + k * ld_b + v * LANES,
					v + 1 < vectors ? LANES : lanes);
		for (size_t i = 0; i < rows; i++) {
			lk_real x = a[i * rs + k * cs];

			for (size_t v = 0; v < vectors; v++)
				sum[i][v] += x * row[v];
		}
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			memcpy(c + i * ld_c + v * LANES, &sum[i][v],
					(v + 1 < vectors ? LANES : lanes) *
							sizeof *c);
}

/* All rows of a panel of `vectors` registers' width. */
static inline __attribute__((always_inline)) void panel(lk_real *c, size_t ld_c,
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

void lk_tile_multiply(lk_real *c, size_t ld_c, const lk_real *a,
		size_t row_stride_a, size_t column_stride_a, const lk_real *b,
		size_t ld_b, size_t M, size_t N, size_t K, bool add)
{
	size_t n = 0;

	for (; n + VECTORS * LANES <= N; n += VECTORS * LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, VECTORS, LANES, add);
	for (; VECTORS > 2 && n + 2 * LANES <= N; n += 2 * LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 2, LANES, add);
	for (; n + LANES <= N; n += LANES)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 1, LANES, add);
	if (n < N)
		panel(c + n, ld_c, a, row_stride_a, column_stride_a, b + n, ld_b, M,
				K, 1, N - n, add);
}
