/* The product against plain loops, over shapes that fill no block, and the same
 * bits however the output is cut. Compiled in double. */
#include "kernels/product.h"
#include "base/size.h"
#include "support/main.h"
#include "support/numeric.h"

#include <stdlib.h>

static const size_t shapes[][3] = { /* M, N, K */
	{ 1, 1, 1 }, { 1, 7, 3 }, { 5, 1, 4 }, { 17, 33, 9 }, { 100, 70, 20 },
	{ 13, 5, 600 }, { 200, 12, 257 }, { 64, 64, 64 }, { 3, 100, 513 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, PAD = 3 };

static lk_real *normal(int seed, size_t n)
{
	lk_real *x = malloc(n * sizeof *x);

	test_normal(seed, x, n);
	return x;
}

/* want (M, ld) = [c +] a b by definition. */
static void define(lk_real *want, const lk_real *c, const lk_real *a,
		const lk_real *b, size_t M, size_t N, size_t K, bool transpose_a,
		bool transpose_b, bool add)
{
	size_t ld = N + PAD;

	for (size_t i = 0; i < M * ld; i++)
		want[i] = c[i];
	for (size_t m = 0; m < M; m++)
		for (size_t n = 0; n < N; n++) {
			lk_real sum = add ? c[m * ld + n] : 0;

			for (size_t k = 0; k < K; k++)
				sum += a[transpose_a ? k * M + m : m * K + k] *
						b[transpose_b ? n * K + k : k * N + n];
			want[m * ld + n] = sum;
		}
}

START_TEST(is_the_definition)
{
	size_t M = shapes[_i][0], N = shapes[_i][1], K = shapes[_i][2], ld = N + PAD;
	lk_real *a = normal(1, M * K), *b = normal(2, N * K), *want = normal(3, M * ld);

	for (int how = 0; how < 8; how++) {
		bool ta = how & 1, tb = how & 2, add = how & 4;
		lk_real *c = normal(4, M * ld);

		define(want, c, a, b, M, N, K, ta, tb, add);
		lk_product(c, a, b, M, N, K, ld, ta ? M : K, tb ? K : N, ta, tb, add);
		test_check_equal("c", c, want, M * ld, 1e-12);
		free(c);
	}
	free(a), free(b), free(want);
}
END_TEST

START_TEST(bits_do_not_depend_on_the_cut)
{
	size_t M = shapes[_i][0], N = shapes[_i][1], K = shapes[_i][2];
	lk_real *a = normal(1, M * K), *b = normal(2, N * K);
	lk_real *c = normal(3, M * N), *d = normal(4, M * N);

	lk_product(c, a, b, M, N, K, N, K, N, false, false, false);
	for (size_t m = 0; m < M; m += 5)
		for (size_t n = 0; n < N; n += 9)
			lk_product(d + m * N + n, a + m * K, b + n,
					lk_least(5, M - m), lk_least(9, N - n), K, N,
					K, N, false, false, false);
	ck_assert_mem_eq(c, d, M * N * sizeof *c);
	free(a), free(b), free(c), free(d);
}
END_TEST

START_TEST(panels_packed_before)
{
	size_t M = shapes[_i][0], N = shapes[_i][1], K = shapes[_i][2];
	lk_real *a = normal(1, M * K), *b = normal(2, N * K);
	lk_real *want = normal(3, M * N), *c = normal(4, M * N);
	lk_real *panels = malloc(lk_product_panels_count(K, N) * sizeof *panels);

	for (int transpose = 0; transpose < 2; transpose++) {
		size_t count = lk_ceil_div(N, lk_product_columns);
		size_t half = count / 2 * lk_product_columns;

		lk_product_pack(panels, b, N, K, transpose ? K : N, transpose, 0, 1);
		lk_product_pack(panels, b, N, K, transpose ? K : N, transpose, 1,
				count);
		lk_product(want, a, b, M, N, K, N, K, transpose ? K : N, false,
				transpose, false);
		if (half)
			lk_product_packed(c, a, panels, 0, M, half, K, N, K, false);
		lk_product_packed(c + half, a, panels, half, M, N - half, K, N, K,
				false);
		ck_assert_mem_eq(c, want, M * N * sizeof *c);
	}
	free(a), free(b), free(c), free(want), free(panels);
}
END_TEST

START_TEST(both_kept)
{
	size_t M = shapes[_i][0], N = shapes[_i][1], K = shapes[_i][2];
	lk_real *a = normal(1, M * K), *b = normal(2, N * K);
	lk_real *want = normal(3, M * N), *c = normal(4, M * N);
	lk_real *blocks = malloc(lk_product_blocks_count(K, M) * sizeof *blocks);
	lk_real *panels = malloc(lk_product_panels_count(K, N) * sizeof *panels);
	size_t half = M / lk_product_rows / 2 * lk_product_rows;

	for (size_t k = 0; k < K; k += 50) {
		size_t count = lk_least(50, K - k);

		lk_product_keep_a(blocks, a + k * M, M, K, k, count, M);
		lk_product_keep_b(panels, b + k * N, N, K, k, count, N);
	}
	lk_product(want, a, b, M, N, K, N, M, N, true, false, false);
	if (half)
		lk_product_kept(c, blocks, panels, 0, 0, half, N, K, N, false);
	lk_product_kept(c + half * N, blocks, panels, half, 0, M - half, N, K, N,
			false);
	ck_assert_mem_eq(c, want, M * N * sizeof *c);
	free(a), free(b), free(c), free(want), free(blocks), free(panels);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("product");
	TCase *t = tcase_create("product");

	tcase_add_loop_test(t, is_the_definition, 0, SHAPES);
	tcase_add_loop_test(t, bits_do_not_depend_on_the_cut, 0, SHAPES);
	tcase_add_loop_test(t, panels_packed_before, 0, SHAPES);
	tcase_add_loop_test(t, both_kept, 0, SHAPES);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
