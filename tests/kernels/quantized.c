/* 8-bit weights: the rounding within its bound, and products within theirs, over
 * shapes that fill no block, panel or tile; nothing that is not finite is lost. The
 * same in every build is tests/kernels/variants. Compiled in double. */
#include "kernels/quantized.h"
#include "base/size.h"
#include "support/main.h"
#include "support/numeric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t shapes[][3] = { /* R, N, C */
	{ 1, 1, 1 }, { 1, 16, 32 }, { 1, 33, 70 }, { 2, 5, 31 }, { 3, 17, 33 },
	{ 8, 48, 64 }, { 9, 20, 100 }, { 33, 35, 40 }, { 70, 18, 32 }, { 1, 3, 4097 },
	{ 5, 7, 2100 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, PAD = 3, B = LK_QUANTIZED_BLOCK };

static lk_real *normal(int seed, size_t n)
{
	lk_real *x = malloc(n * sizeof *x);

	test_normal(seed, x, n);
	return x;
}

static lk_quantized rounded(lk_arena *arena, const lk_real *w, size_t N, size_t C)
{
	lk_quantized q;

	*arena = (lk_arena){ 0 };
	lk_quantized_bind(&q, arena, N, C);
	ck_assert_int_eq(lk_arena_reserve(arena, "a test", NULL), LK_OK);
	lk_quantized_bind(&q, arena, N, C);
	lk_quantized_pack(&q, w);
	return q;
}

/* The greatest magnitude and the sum of magnitudes of a block. */
static void measure(const lk_real *x, size_t count, lk_real *most, lk_real *sum)
{
	*most = *sum = 0;
	for (size_t i = 0; i < count; i++) {
		*most = fmax(*most, fabs(x[i]));
		*sum += fabs(x[i]);
	}
}

START_TEST(weights_are_off_by_half_a_step)
{
	size_t N = shapes[_i][1], C = shapes[_i][2];
	lk_real *w = normal(1, N * C), *back = malloc(N * C * sizeof *back);
	lk_arena arena;

	w[N * C / 2] *= 1000;
	for (size_t c = 0; c < C; c++)
		w[c] = 0;
	lk_quantized q = rounded(&arena, w, N, C);
	lk_quantized_unpack(back, &q);
	for (size_t n = 0; n < N; n++)
		for (size_t c = 0; c < C; c++) {
			lk_real most, sum, off = fabs(back[n * C + c] - w[n * C + c]);
			size_t b = c / B * B;

			measure(w + n * C + b, lk_least(B, C - b), &most, &sum);
			ck_assert_double_le(off, 0.504 * most / 127);
		}
	lk_arena_release(&arena);
	free(w), free(back);
}
END_TEST

/* The bound of the header. */
static lk_real bound(const lk_real *x, const lk_real *w, size_t C)
{
	lk_real total = 0;

	for (size_t b = 0; b < C; b += B) {
		lk_real x_most, x_sum, w_most, w_sum;

		measure(x + b, lk_least(B, C - b), &x_most, &x_sum);
		measure(w + b, lk_least(B, C - b), &w_most, &w_sum);
		total += 0.504 * w_most / 127 * x_sum + 0.5 * x_most / 127 * w_sum +
				B * 0.252 * w_most / 127 * x_most / 127;
	}
	return total;
}

START_TEST(products_stay_within_the_bound)
{
	size_t R = shapes[_i][0], N = shapes[_i][1], C = shapes[_i][2], ld = N + PAD;
	lk_real *x = normal(1, R * C), *w = normal(2, N * C), *bias = normal(3, N);
	lk_real *residual = normal(4, R * ld), *y = normal(5, R * ld);
	double squares = 0;
	lk_arena arena;
	lk_quantized q = rounded(&arena, w, N, C);

	for (int how = 0; how < 4; how++) {
		test_spoil(y, R * ld);
		#pragma omp parallel num_threads(1 + how)
		lk_quantized_forward(y, x, &q, how & 1 ? bias : NULL,
				how & 2 ? residual : NULL, R, ld);
		for (size_t r = 0; r < R; r++)
			for (size_t n = 0; n < N; n++) {
				lk_real want = (how & 1 ? bias[n] : 0) +
						(how & 2 ? residual[r * ld + n] : 0);
				lk_real pure = 0, got = y[r * ld + n];

				for (size_t c = 0; c < C; c++)
					pure += x[r * C + c] * w[n * C + c];
				ck_assert_double_le(fabs(got - want - pure),
						bound(x + r * C, w + n * C, C) + 1e-12);
				squares += (got - want - pure) * (got - want - pure);
			}
	}
	/* of sums with a deviation of sqrt(C); for small ones chance has its say */
	if (R * N * C > 2000)
		ck_assert_double_le(sqrt(squares / (double)(4 * R * N * C)), 0.01);
	/* in place */
	memcpy(y, residual, R * ld * sizeof *y);
	lk_quantized_forward(y, x, &q, NULL, y, R, ld);
	lk_quantized_forward(bias, x, &q, NULL, NULL, 1, N);
	for (size_t n = 0; n < N; n++)
		ck_assert_double_eq_tol(y[n], residual[n] + bias[n], 1e-12);
	lk_arena_release(&arena);
	free(x), free(w), free(bias), free(residual), free(y);
}
END_TEST

START_TEST(rows_do_not_matter_to_each_other)
{
	size_t R = shapes[_i][0], N = shapes[_i][1], C = shapes[_i][2];
	lk_real *x = normal(1, R * C), *w = normal(2, N * C);
	lk_real *many = normal(3, R * N), *one = normal(4, N);
	lk_arena arena;
	lk_quantized q = rounded(&arena, w, N, C);

	lk_quantized_forward(many, x, &q, NULL, NULL, R, N);
	for (size_t r = 0; r < R; r++) {
		lk_quantized_forward(one, x + r * C, &q, NULL, NULL, 1, N);
		ck_assert_mem_eq(one, many + r * N, N * sizeof *one);
	}
	lk_arena_release(&arena);
	free(x), free(w), free(many), free(one);
}
END_TEST

START_TEST(what_is_not_finite_stays_so)
{
	enum { R = 2, N = 20, C = 70 };
	lk_real *x = normal(1, R * C), *w = normal(2, N * C), *y = normal(3, R * N);
	lk_arena arena;
	lk_quantized q;

	w[3 * C + 65] = _i ? NAN : INFINITY;
	x[C + 2] = _i ? INFINITY : NAN;
	q = rounded(&arena, w, N, C);
	lk_quantized_forward(y, x, &q, NULL, NULL, R, N);
	for (size_t n = 0; n < N; n++) {
		ck_assert_int_eq(!isfinite(y[n]), n == 3);
		ck_assert(!isfinite(y[N + n]));
	}
	lk_arena_release(&arena);
	free(x), free(w), free(y);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("quantized");
	TCase *t = tcase_create("quantized");

	tcase_add_loop_test(t, weights_are_off_by_half_a_step, 0, SHAPES);
	tcase_add_loop_test(t, products_stay_within_the_bound, 0, SHAPES);
	tcase_add_loop_test(t, rows_do_not_matter_to_each_other, 0, SHAPES);
	tcase_add_loop_test(t, what_is_not_finite_stays_so, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
