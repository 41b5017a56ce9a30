#include "kernels/gemm.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <string.h>

/* Tiles of about this many rows and columns run OpenBLAS near its peak, and
 * more tiles than TASKS only repack operands. */
enum { TILE_ROWS = 192, TILE_COLUMNS = 768, TILE_LEAST = 32, TASKS = 4, UNIT = 16 };

typedef struct {
	size_t rows, columns;           /* of a whole tile */
	size_t row_tiles, column_tiles;
} tiling;

static size_t ceil_div(size_t a, size_t b)
{
	return (a + b - 1) / b;
}

/* About parts equal pieces of n, in multiples of UNIT. */
static size_t piece(size_t n, size_t parts)
{
	return ceil_div(ceil_div(n, parts), UNIT) * UNIT;
}

static tiling tile(size_t M, size_t N)
{
	size_t row_parts = ceil_div(M, TILE_ROWS);
	size_t column_parts = ceil_div(N, TILE_COLUMNS);

	/* Few tiles: cut the longer side until there are enough. */
	while (row_parts * column_parts < TASKS) {
		size_t rows = M / row_parts, columns = N / column_parts;

		if (rows >= columns && rows >= 2 * TILE_LEAST)
			row_parts *= 2;
		else if (columns >= 2 * TILE_LEAST)
			column_parts *= 2;
		else
			break;
	}
	tiling t = { .rows = piece(M, row_parts), .columns = piece(N, column_parts) };
	t.row_tiles = ceil_div(M, t.rows);
	t.column_tiles = ceil_div(N, t.columns);
	return t;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void lk_gemm(lk_real *c, const lk_real *a, const lk_real *b, size_t M, size_t N,
		size_t K, size_t ld_c, size_t ld_a, size_t ld_b, bool transpose_a,
		bool transpose_b, lk_real beta)
{
	assert(M <= INT_MAX && N <= INT_MAX && K <= INT_MAX);
	assert(ld_a <= INT_MAX && ld_b <= INT_MAX && ld_c <= INT_MAX);
#ifdef LK_DOUBLE
	cblas_dgemm(
#else
	cblas_sgemm(
#endif
			CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
			transpose_b ? CblasTrans : CblasNoTrans, (int)M, (int)N,
			(int)K, 1, a, (int)ld_a, b, (int)ld_b, beta, c, (int)ld_c);
}

/* What a tile's product is added to. */
static void begin_tile(lk_real *y, const lk_real *residual, size_t rows,
		size_t columns, size_t ld)
{
	for (size_t r = 0; r < rows && y != residual; r++)
		memcpy(y + r * ld, residual + r * ld, columns * sizeof *y);
}

static void add_bias(lk_real *y, const lk_real *bias, size_t rows, size_t columns,
		size_t ld)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t n = 0; n < columns; n++)
			y[r * ld + n] += bias[n];
}

void lk_linear_forward(lk_real *y, const lk_real *x, const lk_real *w,
		const lk_real *bias, const lk_real *residual, size_t R, size_t N,
		size_t C, size_t ld_y)
{
	tiling t = tile(R, N);

	assert(R && N && C && ld_y >= N);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.row_tiles * t.column_tiles; task++) {
		size_t r = task / t.column_tiles * t.rows;
		size_t n = task % t.column_tiles * t.columns;
		size_t rows = least(t.rows, R - r), columns = least(t.columns, N - n);
		lk_real *part = y + r * ld_y + n;

		if (residual)
			begin_tile(part, residual + r * ld_y + n, rows, columns, ld_y);
		lk_gemm(part, x + r * C, w + n * C, rows, columns, C, ld_y, C, C,
				false, true, residual ? 1 : 0);
		if (bias)
			add_bias(part, bias + n, rows, columns, ld_y);
	}
}

void lk_linear_backward_input(lk_real *dx, const lk_real *dy, const lk_real *w,
		size_t R, size_t N, size_t C, size_t ld_dy)
{
	tiling t = tile(R, C);

	assert(R && N && C && ld_dy >= N);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.row_tiles * t.column_tiles; task++) {
		size_t r = task / t.column_tiles * t.rows;
		size_t c = task % t.column_tiles * t.columns;

		lk_gemm(dx + r * C + c, dy + r * ld_dy, w + c, least(t.rows, R - r),
				least(t.columns, C - c), N, C, ld_dy, C, false,
				false, 0);
	}
}

void lk_linear_backward_weight(lk_real *dw, const lk_real *dy, const lk_real *x,
		size_t R, size_t N, size_t C, size_t ld_dy, bool accumulate)
{
	tiling t = tile(N, C);

	assert(R && N && C && ld_dy >= N);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.row_tiles * t.column_tiles; task++) {
		size_t n = task / t.column_tiles * t.rows;
		size_t c = task % t.column_tiles * t.columns;

		lk_gemm(dw + n * C + c, dy + n, x + c, least(t.rows, N - n),
				least(t.columns, C - c), R, C, ld_dy, C, true,
				false, accumulate ? 1 : 0);
	}
}
