/* One row times packed panels: the bits of the product of many rows, over shapes
 * that fill no panel and no group of panels. Compiled in double. */
#include "kernels/matvec.h"
#include "kernels/product.h"
#include "support/main.h"
#include "support/numeric.h"

#include <stdlib.h>
#include <string.h>

static const size_t shapes[][2] = { /* N, C */
	{ 1, 1 }, { 3, 7 }, { 4, 600 }, { 5, 2 }, { 15, 33 }, { 16, 16 }, { 17, 513 },
	{ 31, 5 }, { 64, 48 }, { 131, 100 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static lk_real *normal(int seed, size_t n)
{
	lk_real *x = malloc(n * sizeof *x);

	test_normal(seed, x, n);
	return x;
}

START_TEST(has_the_bits_of_the_product)
{
	size_t N = shapes[_i][0], C = shapes[_i][1];
	lk_real *x = normal(1, C), *w = normal(2, N * C), *bias = normal(3, N);
	lk_real *residual = normal(4, N), *want = normal(5, N), *y = normal(6, N);
	lk_real *panels = malloc(lk_product_panels_count(C, N) * sizeof *panels);

	lk_product_pack(panels, w, N, C, C, true, 0, N);
	for (int how = 0; how < 12; how++) {
		bool add = how & 1, biased = how & 2;

		memcpy(want, residual, N * sizeof *want);
		lk_product_packed(want, x, panels, 0, 1, N, C, N, C, add);
		for (size_t n = 0; biased && n < N; n++)
			want[n] += bias[n];
		test_spoil(y, N);
		#pragma omp parallel num_threads(1 + how / 4)
		lk_matvec(y, x, panels, biased ? bias : NULL, add ? residual : NULL, N,
				C);
		ck_assert_mem_eq(y, want, N * sizeof *y);
	}
	/* in place */
	memcpy(y, residual, N * sizeof *y);
	memcpy(want, residual, N * sizeof *want);
	lk_product_packed(want, x, panels, 0, 1, N, C, N, C, true);
	lk_matvec(y, x, panels, NULL, y, N, C);
	ck_assert_mem_eq(y, want, N * sizeof *y);
	free(x), free(w), free(bias), free(residual), free(want), free(y), free(panels);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("matvec");
	TCase *t = tcase_create("matvec");

	tcase_add_loop_test(t, has_the_bits_of_the_product, 0, SHAPES);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
