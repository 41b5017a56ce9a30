#include "kernels/gemm.h"

#include "base/size.h"
#include "kernels/matvec.h"
#include "kernels/product.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <string.h>

/* Larger tiles pack an operand less often. */
enum { TILE_ROWS = 384, TILE_COLUMNS = 768, TILE_LEAST = 64, TASKS = 16 };
#ifdef LK_DOUBLE
enum { ROW_UNIT = 16, COLUMN_UNIT = 16 };
#else
#define ROW_UNIT lk_product_rows
#define COLUMN_UNIT lk_product_columns
#endif
/* Tiles of a weight gradient: small, since many are shared out together. */
enum { KEPT_ROWS = 192, KEPT_COLUMNS = 384, KEPT_TASKS = 16 };

typedef struct {
	size_t rows, columns; /* of a whole tile */
	size_t row_tiles, column_tiles, count;
} tiling;

/* About parts equal pieces of n, in multiples of unit. */
static size_t piece(size_t n, size_t parts, size_t unit)
{
	return lk_ceil_div(lk_ceil_div(n, parts), unit) * unit;
}

/* Cut (M, N) into pieces of at most rows x columns, and at least `tasks` where
 * they do not become too small for that. */
static tiling tile(size_t M, size_t N, size_t rows, size_t columns, size_t tasks)
{
	size_t row_parts = lk_ceil_div(M, rows);
	size_t column_parts = lk_ceil_div(N, columns);

	while (row_parts * column_parts < tasks) {
		size_t high = M / row_parts, wide = N / column_parts;

		/* A tile packs its columns of the right operand, reads rows of the
		 * left one in place: fewer columns cost nothing. */
		if (wide >= 2 * TILE_LEAST)
			column_parts *= 2;
		else if (high >= 2 * TILE_LEAST)
			row_parts *= 2;
		else
			break;
	}
	tiling t = { .rows = piece(M, row_parts, ROW_UNIT),
		.columns = piece(N, column_parts, COLUMN_UNIT) };
	t.row_tiles = lk_ceil_div(M, t.rows);
	t.column_tiles = lk_ceil_div(N, t.columns);
	t.count = t.row_tiles * t.column_tiles;
	return t;
}

/* In double it is BLAS that multiplies, so that each of the two is checked by the
 * other. */
void lk_multiply(lk_real *c, const lk_real *a, const lk_real *b, size_t M,
		size_t N, size_t K, size_t ld_c, size_t ld_a, size_t ld_b,
		bool transpose_a, bool transpose_b, bool add)
{
#ifdef LK_DOUBLE
	assert(M <= INT_MAX && N <= INT_MAX && K <= INT_MAX);
	assert(ld_a <= INT_MAX && ld_b <= INT_MAX && ld_c <= INT_MAX);
	cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
			transpose_b ? CblasTrans : CblasNoTrans, (int)M, (int)N,
			(int)K, 1, a, (int)ld_a, b, (int)ld_b, add, c, (int)ld_c);
#else
	lk_product(c, a, b, M, N, K, ld_c, ld_a, ld_b, transpose_a, transpose_b, add);
#endif
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

/* How many tiles a product is worth: some for each thread, which takes the next one
 * when it is done, so that a core that is slower or shared keeps nobody waiting. A
 * thread that works on a slab alone has no use for them. Only products of ours may
 * depend on the team: their bits do not. */
static size_t tasks(void)
{
#ifdef LK_DOUBLE
	return TASKS;
#else
	size_t threads = (size_t)omp_get_num_threads();

	return threads == 1 ? 1 : 4 * threads;
#endif
}

static void forward(lk_real *y, const lk_real *x, const lk_matrix *matrix,
		const lk_real *bias, const lk_real *residual, size_t R, size_t ld)
{
	size_t N = matrix->N, C = matrix->C;
	tiling t = tile(R, N, TILE_ROWS, TILE_COLUMNS, tasks());

	assert(R && N && C && ld >= N);
	if (matrix->narrow.weight) {
		lk_quantized_forward(y, x, &matrix->narrow, bias, residual, R, ld);
		return;
	}
	if (R == 1 && matrix->forward) {
		lk_matvec(y, x, matrix->forward, bias, residual, N, C);
		return;
	}
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.count; task++) {
		size_t r = task / t.column_tiles * t.rows;
		size_t n = task % t.column_tiles * t.columns;
		size_t rows = lk_least(t.rows, R - r);
		size_t columns = lk_least(t.columns, N - n);
		lk_real *part = y + r * ld + n;

		if (residual)
			begin_tile(part, residual + r * ld + n, rows, columns, ld);
		if (matrix->forward)
			lk_product_packed(part, x + r * C, matrix->forward, n, rows,
					columns, C, ld, C, residual != NULL);
		else
			lk_multiply(part, x + r * C, matrix->w + n * C, rows, columns, C,
					ld, C, C, false, true, residual != NULL);
		if (bias)
			add_bias(part, bias + n, rows, columns, ld);
	}
}

static void backward_input(lk_real *dx, const lk_real *dy, const lk_matrix *matrix,
		size_t R, size_t ld)
{
	size_t N = matrix->N, C = matrix->C;
	tiling t = tile(R, C, TILE_ROWS, TILE_COLUMNS, tasks());

	assert(R && N && C && ld >= N);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.count; task++) {
		size_t r = task / t.column_tiles * t.rows;
		size_t c = task % t.column_tiles * t.columns;
		size_t rows = lk_least(t.rows, R - r);
		size_t columns = lk_least(t.columns, C - c);

		if (matrix->backward)
			lk_product_packed(dx + r * C + c, dy + r * ld,
					matrix->backward, c, rows, columns, N, C, ld,
					false);
		else
			lk_multiply(dx + r * C + c, dy + r * ld, matrix->w + c, rows,
					columns, N, C, ld, C, false, false, false);
	}
}

void lk_linear_forward(lk_real *y, const lk_real *x, const lk_real *w,
		const lk_real *bias, const lk_real *residual, size_t R, size_t N,
		size_t C, size_t ld_y)
{
	lk_matrix matrix = lk_matrix_of(w, N, C);

	forward(y, x, &matrix, bias, residual, R, ld_y);
}

void lk_linear_backward_input(lk_real *dx, const lk_real *dy, const lk_real *w,
		size_t R, size_t N, size_t C, size_t ld_dy)
{
	lk_matrix matrix = lk_matrix_of(w, N, C);

	backward_input(dx, dy, &matrix, R, ld_dy);
}

void lk_linear_backward_weight(lk_real *dw, const lk_real *dy, const lk_real *x,
		size_t R, size_t N, size_t C, size_t ld_dy, bool accumulate)
{
	tiling t = tile(N, C, TILE_ROWS, TILE_COLUMNS, tasks());

	assert(R && N && C && ld_dy >= N);
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < t.count; task++) {
		size_t n = task / t.column_tiles * t.rows;
		size_t c = task % t.column_tiles * t.columns;

		lk_multiply(dw + n * C + c, dy + n, x + c, lk_least(t.rows, N - n),
				lk_least(t.columns, C - c), R, C, ld_dy, C, true,
				false, accumulate);
	}
}

void lk_kept_bind(lk_kept *kept, lk_arena *arena, size_t R, size_t N, size_t C)
{
#ifdef LK_DOUBLE
	size_t dy = R * N, x = R * C;
#else
	size_t dy = lk_product_blocks_count(R, N), x = lk_product_panels_count(R, C);
#endif
	kept->dy = lk_arena_take(arena, dy, sizeof(lk_real));
	kept->x = lk_arena_take(arena, x, sizeof(lk_real));
	kept->N = N;
	kept->C = C;
}

/* Rows are shared out in pieces of KEEP_ROWS. */
enum { KEEP_ROWS = 32 };

void lk_keep_dy(const lk_kept *kept, const lk_real *dy, size_t row, size_t count,
		size_t R)
{
	size_t N = kept->N;

	assert(row + count <= R), (void)R;
	#pragma omp for
	for (size_t r = 0; r < count; r += KEEP_ROWS) {
		size_t rows = lk_least(KEEP_ROWS, count - r);
#ifdef LK_DOUBLE
		memcpy(kept->dy + (row + r) * N, dy + r * N, rows * N * sizeof *dy);
#else
		lk_product_keep_a(kept->dy, dy + r * N, N, R, row + r, rows, N);
#endif
	}
}

void lk_keep_x(const lk_kept *kept, const lk_real *x, size_t row, size_t count,
		size_t R)
{
	size_t C = kept->C;

	assert(row + count <= R), (void)R;
	#pragma omp for
	for (size_t r = 0; r < count; r += KEEP_ROWS) {
		size_t rows = lk_least(KEEP_ROWS, count - r);
#ifdef LK_DOUBLE
		memcpy(kept->x + (row + r) * C, x + r * C, rows * C * sizeof *x);
#else
		lk_product_keep_b(kept->x, x + r * C, C, R, row + r, rows, C);
#endif
	}
}

static void kept_tile(lk_real *dw, const lk_kept *kept, const tiling *t, size_t task,
		size_t R, bool accumulate)
{
	size_t n = task / t->column_tiles * t->rows;
	size_t c = task % t->column_tiles * t->columns, N = kept->N, C = kept->C;
	size_t rows = lk_least(t->rows, N - n), columns = lk_least(t->columns, C - c);

#ifdef LK_DOUBLE
	lk_multiply(dw + n * C + c, kept->dy + n, kept->x + c, rows, columns, R, C, N, C,
			true, false, accumulate);
#else
	lk_product_kept(dw + n * C + c, kept->dy, kept->x, n, c, rows, columns,
			R, C, accumulate);
#endif
}

void lk_kept_gradients(lk_real *const *dw, const lk_kept *kept, size_t count,
		size_t R, bool accumulate)
{
	tiling t[LK_KEPT_MOST];
	size_t total = 0;

	assert(count <= LK_KEPT_MOST);
	for (size_t i = 0; i < count; i++) {
		t[i] = tile(kept[i].N, kept[i].C, KEPT_ROWS, KEPT_COLUMNS,
				KEPT_TASKS / count);
		total += t[i].count;
	}
	#pragma omp for schedule(dynamic, 1)
	for (size_t task = 0; task < total; task++) {
		size_t i = 0, first = 0;

		while (task - first >= t[i].count)
			first += t[i++].count;
		kept_tile(dw[i], &kept[i], &t[i], task - first, R, accumulate);
	}
}

void lk_matrix_bind_forward(lk_matrix *m, lk_arena *arena, bool narrow)
{
	if (narrow)
		lk_quantized_bind(&m->narrow, arena, m->N, m->C);
#ifndef LK_DOUBLE
	else
		m->forward = lk_arena_take(arena, lk_product_panels_count(m->C, m->N),
				sizeof(lk_real));
#endif
}

void lk_matrix_bind_panels(lk_matrix *m, lk_arena *arena)
{
	lk_matrix_bind_forward(m, arena, false);
#ifndef LK_DOUBLE
	m->backward = lk_arena_take(arena, lk_product_panels_count(m->N, m->C),
			sizeof(lk_real));
#endif
}

void lk_matrix_pack(const lk_matrix *m)
{
	if (m->narrow.weight)
		lk_quantized_pack(&m->narrow, m->w);
#ifndef LK_DOUBLE /* BLAS packs for itself */
	if (!m->forward)
		return;
	#pragma omp for nowait
	for (size_t i = 0; i < lk_ceil_div(m->N, lk_product_columns); i++)
		lk_product_pack(m->forward, m->w, m->N, m->C, m->C, true, i, i + 1);
	if (!m->backward)
		return;
	#pragma omp for nowait
	for (size_t i = 0; i < lk_ceil_div(m->C, lk_product_columns); i++)
		lk_product_pack(m->backward, m->w, m->C, m->N, m->C, false, i, i + 1);
#endif
}

void lk_matrix_forward(lk_real *y, const lk_real *x, const lk_matrix *matrix,
		const lk_real *bias, const lk_real *residual, size_t R)
{
	forward(y, x, matrix, bias, residual, R, matrix->N);
}

void lk_matrix_forward_apart(lk_real *y, const lk_real *x, const lk_matrix *matrix,
		size_t R, size_t ld_y)
{
	forward(y, x, matrix, NULL, NULL, R, ld_y);
}

void lk_matrix_backward_input(lk_real *dx, const lk_real *dy,
		const lk_matrix *matrix, size_t R)
{
	backward_input(dx, dy, matrix, R, matrix->N);
}
