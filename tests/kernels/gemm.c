/* The products of a linear layer against plain loops, over shapes that fill no
 * tile, with padding between rows that must stay as it was. Compiled in
 * double. */
#include "kernels/gemm.h"
#include "base/rng.h"
#include "support/main.h"

#include <stdlib.h>
#include <string.h>

static const size_t shapes[][3] = { /* R, N, C */
	{ 1, 1, 1 }, { 1, 7, 3 }, { 5, 1, 4 }, { 17, 33, 9 }, { 100, 70, 20 },
	{ 400, 130, 40 }, { 33, 900, 12 }, { 2, 2000, 8 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, PAD = 3 };

static lk_real *normal(size_t n, uint64_t stream)
{
	lk_real *x = malloc(n * sizeof *x);

	for (size_t i = 0; i < n; i++)
		x[i] = lk_rng_normal(lk_rng_new(1, LK_RNG_CHECK), i, stream);
	return x;
}

static lk_real *copy(const lk_real *from, size_t n)
{
	lk_real *x = malloc(n * sizeof *x);

	return memcpy(x, from, n * sizeof *x);
}

static void same(const lk_real *got, const lk_real *want, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_double_eq_tol(got[i], want[i], 1e-9);
}

START_TEST(forward)
{
	size_t R = shapes[_i][0], N = shapes[_i][1], C = shapes[_i][2], ld = N + PAD;
	lk_real *x = normal(R * C, 1), *w = normal(N * C, 2), *bias = normal(N, 3);
	lk_real *residual = normal(R * ld, 4), *y = normal(R * ld, 5);

	for (int how = 0; how < 4; how++) { /* 3: the residual is y itself */
		lk_real *want = copy(how == 3 ? residual : y, R * ld);

		if (how == 3)
			memcpy(y, residual, R * ld * sizeof *y);
		for (size_t r = 0; r < R; r++)
			for (size_t n = 0; n < N; n++) {
				lk_real sum = how & 1 ? bias[n] : 0;

				if (how & 2)
					sum += residual[r * ld + n];
				for (size_t c = 0; c < C; c++)
					sum += x[r * C + c] * w[n * C + c];
				want[r * ld + n] = sum;
			}
		#pragma omp parallel num_threads(3)
		lk_linear_forward(y, x, w, how & 1 ? bias : NULL,
				how == 3	  ? y
						: how & 2 ? residual : NULL,
				R, N, C, ld);
		same(y, want, R * ld);
		free(want);
	}
	free(x), free(w), free(bias), free(residual), free(y);
}
END_TEST

START_TEST(backward)
{
	size_t R = shapes[_i][0], N = shapes[_i][1], C = shapes[_i][2], ld = N + PAD;
	lk_real *x = normal(R * C, 1), *w = normal(N * C, 2), *dy = normal(R * ld, 3);
	lk_real *dx = normal(R * C, 4), *dw = normal(N * C, 5);
	lk_real *want_dx = calloc(R * C, sizeof *dx), *want_dw = copy(dw, N * C);

	for (size_t r = 0; r < R; r++)
		for (size_t n = 0; n < N; n++)
			for (size_t c = 0; c < C; c++) {
				want_dx[r * C + c] += dy[r * ld + n] * w[n * C + c];
				want_dw[n * C + c] += dy[r * ld + n] * x[r * C + c];
			}
	#pragma omp parallel num_threads(3)
	{
		lk_linear_backward_input(dx, dy, w, R, N, C, ld);
		lk_linear_backward_weight(dw, dy, x, R, N, C, ld, true);
	}
	same(dx, want_dx, R * C);
	same(dw, want_dw, N * C);
	lk_linear_backward_weight(want_dw, dy, x, R, N, C, ld, false); /* overwrites */
	lk_linear_backward_weight(dw, dy, x, R, N, C, ld, false);
	ck_assert_mem_eq(dw, want_dw, N * C * sizeof *dw);
	free(x), free(w), free(dy), free(dx), free(dw), free(want_dx), free(want_dw);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("gemm");
	TCase *t = tcase_create("gemm");

	tcase_add_loop_test(t, forward, 0, SHAPES);
	tcase_add_loop_test(t, backward, 0, SHAPES);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
