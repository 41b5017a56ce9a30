/* Small products against plain loops: every remainder of every block size,
 * both ways of reading a, and nothing written beside the result. Compiled in
 * double. */
#include "kernels/tile.h"
#include "base/rng.h"
#include "support/main.h"

enum { MOST = 72, LD = MOST + 3 };

static lk_real a[LD * LD], b[LD * LD], c[LD * LD], want[LD * LD];

static void draw(lk_real *x, uint64_t stream)
{
	for (size_t i = 0; i < LD * LD; i++)
		x[i] = lk_rng_normal(lk_rng_new(1, LK_RNG_CHECK), i, stream);
}

static void check(size_t M, size_t N, size_t K, bool transposed, bool add)
{
	size_t rs = transposed ? 1 : LD, cs = transposed ? LD : 1;

	draw(c, 3);
	draw(want, 3);
	for (size_t i = 0; i < M; i++)
		for (size_t j = 0; j < N; j++) {
			lk_real sum = add ? want[i * LD + j] : 0;

			for (size_t k = 0; k < K; k++)
				sum += a[i * rs + k * cs] * b[k * LD + j];
			want[i * LD + j] = sum;
		}
	lk_tile_multiply(c, LD, a, rs, cs, b, LD, M, N, K, add);
	for (size_t i = 0; i < LD * LD; i++)
		ck_assert_double_eq_tol(c[i], want[i], 1e-12);
}

START_TEST(every_remainder)
{
	draw(a, 1);
	draw(b, 2);
	for (size_t M = 1; M <= 14; M++)
		for (size_t N = 1; N <= MOST; N += N < 20 ? 1 : 7)
			check(M, N, 5, (M + N) % 2, N % 2);
}
END_TEST

START_TEST(every_way)
{
	draw(a, 1);
	draw(b, 2);
	for (int way = 0; way < 4; way++)
		for (size_t K = 0; K <= 33; K += 3)
			check(32, 64, K, way & 1, way & 2);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("tile");
	TCase *t = tcase_create("tile");

	tcase_add_test(t, every_remainder);
	tcase_add_test(t, every_way);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
