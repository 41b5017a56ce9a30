#include "kernels/product.h"

#include "base/size.h"
#include "kernels/vector.h"

#include <assert.h>
#include <string.h>

/* A block of c is ROWS x VECTORS registers. */
#if defined(__AVX512F__)
enum { ROWS = 12, VECTORS = 2 }; /* of 32 registers */
#elif defined(__AVX2__)
enum { ROWS = 6, VECTORS = 2 }; /* of 16 */
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
enum { COLUMNS = VECTORS * LK_LANES, LINE = 64 / sizeof(lk_real) };
/* A panel of b, DEPTH x COLUMNS, stays in the first-level cache, a block of
 * packed a, ROWS_PACKED x DEPTH, in the second. */
enum { DEPTH = 256, ROWS_PACKED = 16 * ROWS };
/* So few rows work on a panel for less time than the next one takes to come. */
enum { FEW_ROWS = 64 };

/* c (rows, vectors of LK_LANES) = [c +] a b for a packed panel b; `rows` and
 * `vectors` are constants. What is at `next` and `next_b`, in the shape of a and b, is
 * asked for, a line of each row of b; next_b may be NULL, a constant. */
LK_INLINE void block(lk_real *c, size_t ld_c, const lk_real *a, size_t row_stride,
		size_t column_stride, const lk_real *next, const lk_real *b,
		const lk_real *next_b, size_t K, size_t rows, size_t vectors, bool add)
{
	lk_vector sum[ROWS][VECTORS];

	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			__builtin_prefetch(c + i * ld_c + v * LK_LANES, 1);
	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			sum[i][v] = add ? lk_vector_load(c + i * ld_c + v * LK_LANES)
					: (lk_vector){ 0 };
	for (size_t k = 0; k < K; k++) {
		lk_vector row[VECTORS];

		if (k % LINE == 0)
			for (size_t i = 0; i < rows; i++)
				__builtin_prefetch(next + k * column_stride +
						i * (column_stride == 1 ? row_stride
									: LINE));
		if (next_b)
			__builtin_prefetch(next_b + k * COLUMNS, 0, 2);
		for (size_t v = 0; v < vectors; v++)
			row[v] = lk_vector_load(b + k * COLUMNS + v * LK_LANES);
		for (size_t i = 0; i < rows; i++) {
			lk_real x = a[i * row_stride + k * column_stride];

			for (size_t v = 0; v < vectors; v++)
				sum[i][v] += x * row[v];
		}
	}
	for (size_t i = 0; i < rows; i++)
		for (size_t v = 0; v < vectors; v++)
			lk_vector_store(c + i * ld_c + v * LK_LANES, sum[i][v]);
}

/* The same for the rows that are left over. */
LK_INLINE void short_block(lk_real *c, size_t ld_c, const lk_real *a,
		size_t row_stride, size_t column_stride, const lk_real *b, size_t K,
		size_t rows, size_t vectors, bool add)
{
	size_t i = 0;

#define PART(n)                                                              \
	for (; i + (n) <= rows; i += (n))                                    \
		block(c + i * ld_c, ld_c, a + i * row_stride, row_stride,    \
				column_stride, a, b, NULL, K, n, vectors, add);
	PART(8 < ROWS ? 8 : 1)
	PART(4 < ROWS ? 4 : 1)
	PART(2)
	PART(1)
#undef PART
}

/* All rows of one panel. With few rows the next panel would be waited for: it is
 * asked for while the first blocks of rows are at work, one line of its rows each. */
LK_INLINE void panel(lk_real *c, size_t ld_c, const lk_real *a, size_t row_stride,
		size_t column_stride, size_t block_stride, const lk_real *b,
		const lk_real *next_b, size_t M, size_t K, size_t vectors, bool add)
{
	size_t i = 0;

	for (size_t line = 0; next_b && line < COLUMNS && i + ROWS <= M;
			line += LINE, i += ROWS, a += block_stride)
		block(c + i * ld_c, ld_c, a, row_stride, column_stride, a + block_stride,
				b, next_b + line, K, ROWS, vectors, add);
	for (; i + ROWS <= M; i += ROWS, a += block_stride)
		block(c + i * ld_c, ld_c, a, row_stride, column_stride, a + block_stride, b, NULL, K,
				ROWS, vectors, add);
	if (i < M)
		short_block(c + i * ld_c, ld_c, a, row_stride, column_stride, b, K,
				M - i, vectors, add);
}

/* The same where c has fewer columns than the panel: by way of a buffer. */
static void narrow_panel(lk_real *c, size_t ld_c, size_t columns, const lk_real *a,
		size_t row_stride, size_t column_stride, size_t block_stride,
		const lk_real *b, size_t M, size_t K, bool add)
{
	lk_real buffer[ROWS * COLUMNS] __attribute__((aligned(64)));

	for (size_t i = 0; i < M; i += ROWS, a += block_stride) {
		size_t rows = M - i < ROWS ? M - i : ROWS;

		for (size_t r = 0; add && r < rows; r++)
			memcpy(buffer + r * COLUMNS, c + (i + r) * ld_c,
					columns * sizeof *c);
		if (columns <= LK_LANES)
			panel(buffer, COLUMNS, a, row_stride, column_stride, 0, b,
					NULL, rows, K, 1, add);
		else
			panel(buffer, COLUMNS, a, row_stride, column_stride, 0, b,
					NULL, rows, K, VECTORS, add);
		for (size_t r = 0; r < rows; r++)
			memcpy(c + (i + r) * ld_c, buffer + r * COLUMNS,
					columns * sizeof *c);
	}
}

/* to (K, COLUMNS) = transpose of from (columns, K), zeros where there is none. */
static void pack_transposed(lk_real *to, const lk_real *from, size_t ld,
		size_t columns, size_t K)
{
	lk_transpose(to, COLUMNS, from, ld, columns, K);
	for (size_t k = 0; columns < COLUMNS && k < K; k++)
		memset(to + k * COLUMNS + columns, 0,
				(COLUMNS - columns) * sizeof *to);
}

static void pack(lk_real *to, const lk_real *from, size_t ld, size_t columns,
		size_t K)
{
	if (columns == COLUMNS)
		for (size_t k = 0; k < K; k++)
			memcpy(to + k * COLUMNS, from + k * ld,
					COLUMNS * sizeof *to);
	else
		for (size_t k = 0; k < K; k++) {
			memcpy(to + k * COLUMNS, from + k * ld, columns * sizeof *to);
			memset(to + k * COLUMNS + columns, 0,
					(COLUMNS - columns) * sizeof *to);
		}
}

/* Blocks of ROWS columns of from (K, M), one after another: (K, ROWS) each. */
static void pack_a(lk_real *to, const lk_real *from, size_t ld, size_t M, size_t K)
{
	for (size_t i = 0; i < M; i += ROWS, to += K * ROWS) {
		if (M - i >= ROWS)
			for (size_t k = 0; k < K; k++)
				memcpy(to + k * ROWS, from + k * ld + i,
						ROWS * sizeof *to);
		else
			for (size_t k = 0; k < K; k++)
				memcpy(to + k * ROWS, from + k * ld + i,
						(M - i) * sizeof *to);
	}
}

const size_t lk_product_columns = COLUMNS;
const size_t lk_product_rows = ROWS;

/* Lengths that the sums over K are cut into: nothing else may decide them. */
static size_t depth_of(size_t K)
{
	size_t parts = (K + DEPTH - 1) / DEPTH;

	return (K + parts - 1) / parts;
}

/* Rows of a as the blocks read them. */
typedef struct {
	const lk_real *data;
	size_t row, column, block; /* elements from one to the next */
} rows_of_a;

/* One panel's part of c: all rows, deep steps, `wide` columns. The cases are
 * told apart so that strides are constants in each. */
static void apply(lk_real *c, size_t ld_c, size_t wide, rows_of_a a,
		const lk_real *b, const lk_real *next_b, size_t M, size_t deep,
		bool add)
{
	if (wide < COLUMNS)
		narrow_panel(c, ld_c, wide, a.data, a.row, a.column, a.block, b, M,
				deep, add);
	else if (a.row == 1)
		panel(c, ld_c, a.data, 1, ROWS, a.block, b, NULL, M, deep, VECTORS,
				add);
	else if (next_b)
		panel(c, ld_c, a.data, a.row, 1, a.block, b, next_b, M, deep, VECTORS,
				add);
	else
		panel(c, ld_c, a.data, a.row, 1, a.block, b, NULL, M, deep, VECTORS, add);
}

void lk_product(lk_real *c, const lk_real *a, const lk_real *b, size_t M, size_t N,
		size_t K, size_t ld_c, size_t ld_a, size_t ld_b, bool transpose_a,
		bool transpose_b, bool add)
{
	lk_real b_packed[DEPTH * COLUMNS] __attribute__((aligned(64)));
	lk_real a_packed[ROWS_PACKED * DEPTH] __attribute__((aligned(64)));
	size_t depth = depth_of(K), height = transpose_a ? ROWS_PACKED : M;

	assert(M && N && K);
	for (size_t k = 0; k < K; k += depth)
		for (size_t m = 0; m < M; m += height) {
			size_t deep = lk_least(depth, K - k), high = lk_least(height, M - m);
			rows_of_a rows = { a + m * ld_a + k, ld_a, 1, ROWS * ld_a };

			if (transpose_a) {
				pack_a(a_packed, a + k * ld_a + m, ld_a, high, deep);
				rows = (rows_of_a){ a_packed, 1, ROWS, ROWS * deep };
			}
			for (size_t n = 0; n < N; n += COLUMNS) {
				size_t wide = lk_least(COLUMNS, N - n);

				if (transpose_b)
					pack_transposed(b_packed, b + n * ld_b + k,
							ld_b, wide, deep);
				else
					pack(b_packed, b + k * ld_b + n, ld_b, wide,
							deep);
				apply(c + m * ld_c + n, ld_c, wide, rows, b_packed,
						NULL, high, deep, add || k);
			}
		}
}

size_t lk_product_panels_count(size_t K, size_t N)
{
	return (N + COLUMNS - 1) / COLUMNS * COLUMNS * K;
}

void lk_product_pack(lk_real *panels, const lk_real *b, size_t N, size_t K,
		size_t ld_b, bool transpose_b, size_t first, size_t end)
{
	for (size_t n = first * COLUMNS; n < end * COLUMNS && n < N; n += COLUMNS) {
		size_t wide = lk_least(COLUMNS, N - n);

		if (transpose_b)
			pack_transposed(panels + n * K, b + n * ld_b, ld_b, wide, K);
		else
			pack(panels + n * K, b + n, ld_b, wide, K);
	}
}

void lk_product_packed(lk_real *c, const lk_real *a, const lk_real *panels,
		size_t n, size_t M, size_t N, size_t K, size_t ld_c, size_t ld_a,
		bool add)
{
	size_t depth = depth_of(K);

	assert(M && N && K && n % COLUMNS == 0);
	for (size_t k = 0; k < K; k += depth)
		for (size_t i = 0; i < N; i += COLUMNS) {
			rows_of_a rows = { a + k, ld_a, 1, ROWS * ld_a };
			const lk_real *b = panels + (n + i) * K + k * COLUMNS;

			apply(c + i, ld_c, lk_least(COLUMNS, N - i), rows, b,
					M <= FEW_ROWS ? b + COLUMNS * K : NULL, M,
					lk_least(depth, K - k), add || k);
		}
}

size_t lk_product_blocks_count(size_t K, size_t M)
{
	return lk_ceil_div(M, ROWS) * ROWS * K;
}

void lk_product_keep_a(lk_real *blocks, const lk_real *a, size_t M, size_t K,
		size_t k, size_t count, size_t ld_a)
{
	for (size_t m = 0; m < M; m += ROWS)
		pack_a(blocks + m * K + k * ROWS, a + m, ld_a, lk_least(ROWS, M - m),
				count);
}

void lk_product_keep_b(lk_real *panels, const lk_real *b, size_t N, size_t K,
		size_t k, size_t count, size_t ld_b)
{
	for (size_t n = 0; n < N; n += COLUMNS)
		pack(panels + n * K + k * COLUMNS, b + n, ld_b,
				lk_least(COLUMNS, N - n), count);
}

void lk_product_kept(lk_real *c, const lk_real *blocks, const lk_real *panels,
		size_t m, size_t n, size_t M, size_t N, size_t K, size_t ld_c,
		bool add)
{
	size_t depth = depth_of(K);

	assert(M && N && K && m % ROWS == 0 && n % COLUMNS == 0);
	for (size_t k = 0; k < K; k += depth)
		for (size_t i = 0; i < N; i += COLUMNS) {
			rows_of_a rows = { blocks + m * K + k * ROWS, 1, ROWS,
				ROWS * K };

			apply(c + i, ld_c, lk_least(COLUMNS, N - i), rows,
					panels + (n + i) * K + k * COLUMNS, NULL, M,
					lk_least(depth, K - k), add || k);
		}
}
