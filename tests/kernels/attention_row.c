/* One query against the attention of many: lengths around the units that scores
 * are worked on in, and strides wider than a head. Compiled in double. */
#include "kernels/attention.h"
#include "kernels/attention_row.h"
#include "support/main.h"
#include "support/numeric.h"

enum { T_MOST = 70, D_MOST = 24, PAD = 5 };

START_TEST(is_the_last_row_of_attention)
{
	static lk_real q[D_MOST], k[T_MOST * (D_MOST + PAD)], v[T_MOST * (D_MOST + PAD)];
	static lk_real out[D_MOST], want[D_MOST], score[T_MOST + LK_ATTENTION_ROW_UNIT];
	size_t T = (size_t)_i + 1, D = T % 3 == 2 ? 24 : T % 3 ? 7 : 5, stride = D + PAD;
	lk_heads queries = { q, 0, 0, 0 }, outs = { want, 0, 0, 0 };

	test_normal(1, q, D_MOST);
	test_normal(2, k, T * stride);
	test_normal(3, v, T * stride);
	lk_attention_forward(outs, NULL, queries, (lk_heads){ k, 0, 0, stride },
			(lk_heads){ v, 0, 0, stride }, NULL, 1, 1, T, 1, 1, D,
			(lk_real)0.3, NULL);
	test_spoil(score, T_MOST + LK_ATTENTION_ROW_UNIT);
	lk_attention_row(out, score, q, k, v, k, T, D, stride, (lk_real)0.3);
	test_check_equal("out", out, want, D, 1e-13);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("attention_row");
	TCase *t = tcase_create("attention_row");

	tcase_add_loop_test(t, is_the_last_row_of_attention, 0, T_MOST);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
