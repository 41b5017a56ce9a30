/* Symmetric products against plain loops: a mirrored tile in the wrong place, a
 * row that is left over, an operand read the wrong way round; and symmetry to the
 * last bit, which a product of two halves need not have. Compiled in double. */
#include "kernels/symmetric.h"
#include "support/main.h"
#include "support/numeric.h"

#include <stdlib.h>

static const size_t shapes[][2] = { /* N, K */
	{ 1, 1 }, { 1, 9 }, { 5, 1 }, { 47, 20 }, { 48, 64 }, { 49, 33 }, { 131, 70 },
	{ 200, 300 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST = 300 };

static lk_real a[MOST * MOST], b[MOST * MOST], c[MOST * MOST], want[MOST * MOST];

static void check(size_t N, size_t K, bool transpose_a, bool transpose_b,
		const lk_real *right)
{
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			lk_real sum = 0;

			for (size_t k = 0; k < K; k++)
				sum += (transpose_a ? a[k * N + i] : a[i * K + k]) *
						(transpose_b ? right[j * K + k]
							     : right[k * N + j]);
			want[i * N + j] = sum;
		}
	for (int threads = 1; threads <= 3; threads++) {
		test_spoil(c, N * N);
		#pragma omp parallel num_threads(threads)
		lk_symmetric_product(c, a, right, N, K, transpose_a, transpose_b);
		test_check_equal("product", c, want, N * N, 1e-11);
		for (size_t i = 0; i < N; i++)
			for (size_t j = 0; j < i; j++)
				ck_assert(c[i * N + j] == c[j * N + i]);
	}
}

START_TEST(with_its_transpose)
{
	size_t N = shapes[_i][0], K = shapes[_i][1];

	test_normal(_i, a, N * K);
	check(N, K, false, true, a);
	check(N, K, true, false, a);
}
END_TEST

/* b is a polynomial of a. */
START_TEST(of_commuting_matrices)
{
	size_t N = shapes[_i][0];

	test_normal(_i, a, N * N);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < i; j++)
			a[i * N + j] = a[j * N + i];
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			b[i * N + j] = i == j ? 2 : 0;
			for (size_t k = 0; k < N; k++)
				b[i * N + j] += a[i * N + k] * a[k * N + j] / (lk_real)N;
		}
	check(N, N, false, false, b);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("symmetric");
	TCase *tests = tcase_create("all");

	tcase_add_loop_test(tests, with_its_transpose, 0, SHAPES);
	tcase_add_loop_test(tests, of_commuting_matrices, 0, SHAPES);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
