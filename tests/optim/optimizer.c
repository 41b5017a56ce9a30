/* AdamW and SGD in every build against the formulas in plain double; clipping,
 * decay and L2 alone; state; gradients that are not finite; threads. */
#include "optim/optimizer.h"
#include "parameters.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

static const lk_optimizer_config configs[] = {
	{ .kind = LK_ADAMW, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8 },
	{ .kind = LK_ADAMW, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8,
		.weight_decay = 0.1, .clip = 1 },
	{ .kind = LK_ADAMW, .beta1 = 0, .beta2 = 0.999, .epsilon = 1e-3, .l2 = 0.03,
		.clip = 50 },
	{ .kind = LK_SGD },
	{ .kind = LK_SGD, .momentum = 0.9, .weight_decay = 0.1 },
	{ .kind = LK_SGD, .momentum = 0.9, .nesterov = true, .l2 = 0.02, .clip = 1 },
};
enum { CONFIGS = sizeof configs / sizeof *configs };

static parameters p;

static lk_optimizer *new_optimizer(const lk_optimizer_config *config)
{
	lk_optimizer *o;
	lk_error error;

	ck_assert_msg(lk_optimizer_new(&o, config, p.w, p.g, NULL, TENSORS, p.isa,
					 &error) ==
					LK_OK, "%s", error.text);
	return o;
}

static void step(lk_optimizer *o, uint64_t t, double rate, int threads)
{
	#pragma omp parallel num_threads(threads)
	lk_optimizer_step(o, t, rate);
}

START_TEST(matches_the_formulas)
{
	int isa = _i / CONFIGS;
	const lk_optimizer_config *config = &configs[_i % CONFIGS];
	lk_optimizer *o;

	if (isa > (int)lk_isa_best())
		return;
	parameters_new(&p, (lk_isa)isa, 1);
	o = new_optimizer(config);
	for (int t = 1; t <= 20; t++) {
		double norm, rate = 0.01 / t;

		parameters_draw(&p, 100 + t, t == 7 ? 30 : 0.1);
		norm = parameters_plain_norm(&p, config);
		parameters_plain_step(&p, config, (uint64_t)t, rate);
		step(o, (uint64_t)t, rate, 2);
		ck_assert_double_eq_tol(lk_optimizer_gradient_norm(o), norm,
				norm * (isa == LK_ISA_F64 ? 1e-12 : 1e-5));
		ck_assert_ptr_null(lk_optimizer_bad_tensor(o));
	}
	/* float: weights of some units, twenty roundings */
	ck_assert_double_le(parameters_distance(&p), isa == LK_ISA_F64 ? 1e-12 : 5e-6);
	lk_optimizer_free(o);
	parameters_free(&p);
}
END_TEST

START_TEST(only_matrices_decay)
{
	lk_optimizer_config config = configs[_i ? 4 : 1];
	lk_optimizer *o;
	size_t vector = 150 * 301;

	parameters_new(&p, LK_ISA_F64, 1); /* gradients 0 */
	o = new_optimizer(&config);
	step(o, 1, 0.5, 1);
	for (size_t i = 0; i < ELEMENTS; i++) {
		bool matrix = i < vector || i >= vector + 70;

		ck_assert_double_eq_tol(parameters_get(p.w, i),
				p.plain_w[i] * (matrix ? 0.95 : 1), 1e-15);
	}
	lk_optimizer_free(o);
	parameters_free(&p);
}
END_TEST

/* A clipped step of SGD has length rate x clip, and the gradient's direction. */
START_TEST(clipping_limits_the_step)
{
	lk_optimizer_config config = { .kind = LK_SGD, .clip = 2 };
	double length = 0, along = 0, norm;
	lk_optimizer *o;

	parameters_new(&p, LK_ISA_F64, 1);
	parameters_draw(&p, 2, 0.1);
	o = new_optimizer(&config);
	step(o, 1, 0.5, 1);
	norm = lk_optimizer_gradient_norm(o);
	ck_assert_double_eq_tol(norm, parameters_plain_norm(&p, &config), 1e-10);
	ck_assert_double_gt(norm, 10);
	for (size_t i = 0; i < ELEMENTS; i++) {
		double moved = p.plain_w[i] - parameters_get(p.w, i);

		length += moved * moved;
		along += moved * parameters_get(p.g, i) / norm;
	}
	ck_assert_double_eq_tol(sqrt(length), 1, 1e-12);
	ck_assert_double_eq_tol(along, 1, 1e-12);
	lk_optimizer_free(o);
	parameters_free(&p);
}
END_TEST

/* Weights and moments after a few steps, one after the other. */
static size_t snapshot(double *out, const lk_optimizer *o)
{
	size_t n = 0, count;
	const lk_tensor *state = lk_optimizer_state(o, &count);

	for (size_t i = 0; i < ELEMENTS; i++)
		out[n++] = parameters_get(p.w, i);
	for (size_t k = 0; k < count; k += TENSORS)
		for (size_t i = 0; i < ELEMENTS; i++)
			out[n++] = parameters_get(state + k, i);
	return n;
}

static double before[3 * ELEMENTS], after[3 * ELEMENTS];

START_TEST(not_finite_changes_nothing)
{
	const double bad[] = { NAN, INFINITY, -INFINITY, 1e30 };
	const size_t places[] = { 0, 150 * 301 - 1, 150 * 301 + 3, ELEMENTS - 1 };
	const char *const names[] = { "matrix", "matrix", "vector", "small" };
	const lk_optimizer_config *config = &configs[_i % CONFIGS];
	size_t kinds = config->clip > 0 ? 3 : 4; /* clipping tames 1e30 */
	lk_optimizer *o;
	size_t n;

	parameters_new(&p, LK_ISA_V2, 1);
	parameters_draw(&p, 2, 0.1);
	o = new_optimizer(config);
	step(o, 1, 0.01, 2);
	n = snapshot(before, o);
	for (size_t i = 0; i < kinds; i++)
		for (size_t k = 0; k < 4; k++) {
			parameters_draw(&p, 3, 0.1);
			parameters_set(p.g, places[k], bad[i]);
			if (k < 2) /* the first tensor at fault is named */
				parameters_set(p.g, ELEMENTS - 2, NAN);
			step(o, 2, 0.01, 2);
			ck_assert(!isfinite(lk_optimizer_gradient_norm(o)));
			ck_assert_str_eq(lk_optimizer_bad_tensor(o), names[k]);
			snapshot(after, o);
			ck_assert_mem_eq(before, after, n * sizeof *before);
		}
	parameters_draw(&p, 3, 0.1); /* and then it goes on */
	step(o, 2, 0.01, 2);
	ck_assert_ptr_null(lk_optimizer_bad_tensor(o));
	snapshot(after, o);
	ck_assert(memcmp(before, after, n * sizeof *before));
	lk_optimizer_free(o);
	parameters_free(&p);
}
END_TEST

START_TEST(threads_do_not_matter)
{
	const int threads[] = { 1, 2, 3, 8 };
	int isa = _i / CONFIGS;

	if (isa > (int)lk_isa_best())
		return;
	for (int k = 0; k < 4; k++) {
		lk_optimizer *o;
		size_t n;

		parameters_new(&p, (lk_isa)isa, 1);
		o = new_optimizer(&configs[_i % CONFIGS]);
		for (uint64_t t = 1; t <= 3; t++) {
			parameters_draw(&p, (int)t, 0.3);
			step(o, t, 0.01, threads[k]);
		}
		n = snapshot(k ? after : before, o);
		if (k)
			ck_assert_mem_eq(before, after, n * sizeof *before);
		lk_optimizer_free(o);
		parameters_free(&p);
	}
}
END_TEST

/* Four steps, or two, a copy of weights and state into a new one, and two. */
START_TEST(state_resumes_exactly)
{
	const lk_optimizer_config *config = &configs[_i];
	lk_optimizer *o = NULL;
	size_t count, moments = config->kind == LK_ADAMW ? 2 : config->momentum > 0;
	const lk_tensor *state;

	for (int resumed = 0; resumed < 2; resumed++) {
		parameters_new(&p, LK_ISA_V2, 1);
		o = new_optimizer(config);
		for (uint64_t t = 1; t <= 4; t++) {
			if (resumed && t == 3) {
				lk_optimizer *next = new_optimizer(config);
				const lk_tensor *to = lk_optimizer_state(next, &count);

				state = lk_optimizer_state(o, &count);
				for (size_t i = 0; i < count; i++) {
					ck_assert_str_eq(state[i].name, to[i].name);
					memcpy(to[i].data, state[i].data,
							lk_tensor_nbytes(&to[i]));
				}
				lk_optimizer_free(o);
				o = next;
			}
			parameters_draw(&p, (int)t, 0.3);
			step(o, t, 0.01, 2);
		}
		snapshot(resumed ? after : before, o);
		state = lk_optimizer_state(o, &count);
		ck_assert_uint_eq(count, moments * TENSORS);
		ck_assert_uint_ge(lk_optimizer_memory(config, p.w, NULL, TENSORS),
				moments * ELEMENTS * 4);
		if (count) {
			const lk_tensor *m = lk_tensor_find(state, count,
					config->kind == LK_ADAMW ? "adamw.m.vector"
								 : "sgd.m.vector");

			ck_assert_ptr_nonnull(m);
			ck_assert(m->rank == 1 && m->shape[0] == 70);
		}
		lk_optimizer_free(o);
		parameters_free(&p);
	}
	ck_assert_mem_eq(before, after, (1 + moments) * ELEMENTS * sizeof *before);
}
END_TEST

START_TEST(bad_configurations_are_refused)
{
	lk_optimizer_config wrong[] = { configs[0], configs[0], configs[3], configs[0],
		configs[0] };
	const char *const says[] = { "beta1", "beta2", "momentum", "weight decay",
		"clip" };
	lk_optimizer *o;
	lk_error error;

	wrong[0].beta1 = 1;
	wrong[1].beta2 = -0.1;
	wrong[2].momentum = 1.5;
	wrong[3].weight_decay = NAN;
	wrong[4].clip = -1;
	parameters_new(&p, LK_ISA_V2, 1);
	ck_assert_int_eq(lk_optimizer_new(&o, &wrong[_i], p.w, p.g, NULL, TENSORS,
					 LK_ISA_V2, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, says[_i]));
	ck_assert_ptr_null(o);
	parameters_free(&p);
	lk_optimizer_free(NULL);
	ck_assert_int_eq(lk_optimizer_find("adamw"), LK_ADAMW);
	ck_assert_int_eq(lk_optimizer_find("sgd"), LK_SGD);
	ck_assert_int_eq(lk_optimizer_find("adam"), -1);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("optimizer");
	TCase *tests = tcase_create("all");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, matches_the_formulas, 0, CONFIGS * LK_ISA_COUNT);
	tcase_add_loop_test(tests, only_matrices_decay, 0, 2);
	tcase_add_test(tests, clipping_limits_the_step);
	tcase_add_loop_test(tests, not_finite_changes_nothing, 0, CONFIGS);
	tcase_add_loop_test(tests, threads_do_not_matter, 0, CONFIGS * LK_ISA_COUNT);
	tcase_add_loop_test(tests, state_resumes_exactly, 0, CONFIGS);
	tcase_add_loop_test(tests, bad_configurations_are_refused, 0, 5);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
