/* How rows are shared out, and that it changes nothing: every row belongs to one
 * slab, and the gradients of a float build are those in double, the same bits for
 * any number of threads. */
#include "model/slabs.h"
#include "model/tiny.h"
#include "support/main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t shapes[][2] = { { 1, 1 }, { 1, 64 }, { 12, 64 }, { 13, 20 },
	{ 3, 128 }, { 3, 129 }, { 1, 1000 }, { 5, 70 }, { 300, 1 } };
enum { SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(every_row_is_in_one_slab)
{
	lk_model_config config = tiny_config(0);
	size_t B = shapes[_i][0], T = shapes[_i][1], next = 0;
	lk_slabs s = lk_slabs_of(&config, B, T);
	lk_slabs most = lk_slabs_most(&config, B + 2, T + 30);

	for (size_t i = 0; i < s.count; i++) {
		lk_slab slab = lk_slab_at(&s, i);

		ck_assert_uint_eq(slab.row, next);
		ck_assert_uint_eq(slab.rows, slab.B * slab.T);
		ck_assert_uint_gt(slab.rows, 0);
		ck_assert_uint_le(slab.rows, s.rows);
		ck_assert_uint_eq(slab.row, slab.sequence * T + slab.position);
		ck_assert(lk_slabs_part(&s) ? slab.B == 1 && slab.position + slab.T <= T
					    : slab.T == T && slab.position == 0);
		next += slab.rows;
	}
	ck_assert_uint_eq(next, B * T);
	ck_assert_uint_le(s.rows, most.rows);
	ck_assert_uint_le(s.count, most.count);
	ck_assert_uint_le(s.workers, most.workers);
}
END_TEST

/* The gradients of one step, one tensor after another. */
static double *gradients(lk_isa isa, size_t B, size_t T, int threads, size_t *count)
{
	lk_model_config config = tiny_config(61);
	lk_model *model;
	lk_batch batch = tiny_batch_of(B, T);
	double *all;

	config.context = 160;
	config.dropout = 0.2;
	config.norm_gains = config.embedding_norm = config.x0_mix = true;
	config.logit_cap = 3;
	model = tiny_model_for(&config, isa, B + 1, T + 5); /* not the very shape */
	for (int accumulate = 0; accumulate < 2; accumulate++) {
		#pragma omp parallel num_threads(threads)
		lk_model_forward_backward(model, &batch, 0.01, accumulate);
	}
	all = tiny_gradients(model, count);
	lk_model_free(model);
	return all;
}

START_TEST(float_is_close_to_double)
{
	const size_t at[][2] = { { 3, 70 }, { 7, 20 }, { 2, 150 }, { 1, 30 } };
	size_t B = at[_i][0], T = at[_i][1], n;
	double *want = gradients(LK_ISA_F64, B, T, 2, &n);

	for (lk_isa isa = LK_ISA_V2; isa <= lk_isa_best(); isa++) {
		double *one = gradients(isa, B, T, 1, &n), error = 0, norm = 0;

		for (size_t i = 0; i < n; i++) {
			error += pow(one[i] - want[i], 2);
			norm += pow(want[i], 2);
		}
		ck_assert_msg(norm > 0 && sqrt(error / norm) < 1e-5,
				"%s: gradients are off by %g", lk_isa_name(isa),
				sqrt(error / norm));
		for (int threads = 2; threads <= 8; threads += threads == 3 ? 5 : 1) {
			double *many = gradients(isa, B, T, threads, &n);

			ck_assert_msg(!memcmp(one, many, n * sizeof *one),
					"%s: other bits with %d threads",
					lk_isa_name(isa), threads);
			free(many);
		}
		free(one);
	}
	free(want);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("slabs");
	TCase *t = tcase_create("slabs");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, every_row_is_in_one_slab, 0, SHAPES);
	tcase_add_loop_test(t, float_is_close_to_double, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
