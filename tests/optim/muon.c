/* Muon against Newton-Schulz as its paper writes it, in plain double: every build,
 * tensors of several parts, odd shapes, gradients of low rank and of zero; that
 * singular values do become equal; threads, resuming, memory. */
#include "optim/optimizer.h"
#include "support/main.h"

#include "base/rng.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* name, rows, columns, parts, embedding */
static const struct {
	const char *name;
	size_t rows, columns;
	lk_role role;
} shapes[] = {
	{ "embedding", 7, 12, { { 0 }, true } },
	{ "qkv", 96 + 48 + 48, 70, { { 96, 48, 48 }, false } },
	{ "wide", 60, 200, { { 60 }, false } },
	{ "gate_up", 2 * 130, 33, { { 130, 130 }, false } },
	{ "row", 1, 19, { { 1 }, false } },
	{ "column", 23, 1, { { 23 }, false } },
	{ "one", 1, 1, { { 1 }, false } },
	{ "gain", 11, 0, { { 0 }, false } },
	{ "head", 9, 12, { { 0 }, false } },
};
enum { TENSORS = sizeof shapes / sizeof *shapes, MOST = 20000 };

static const lk_optimizer_config config = { .kind = LK_MUON, .beta1 = 0.9, .beta2 = 0.98,
	.epsilon = 1e-8, .momentum = 0.95, .weight_decay = 0.1, .l2 = 0.01, .clip = 2,
	.adam_rate = 0.1, .embedding_rate = 3, .threads = 8 };

typedef struct {
	lk_tensor w[TENSORS], g[TENSORS];
	lk_role role[TENSORS];
	double plain_w[TENSORS][MOST], m[TENSORS][MOST], v[TENSORS][MOST];
} world;
static world t;

static double get(const lk_tensor *x, size_t i)
{
	return x->dtype == LK_F64 ? ((double *)x->data)[i] : (double)((float *)x->data)[i];
}

static void set(const lk_tensor *x, size_t i, double value)
{
	if (x->dtype == LK_F64)
		((double *)x->data)[i] = value;
	else
		((float *)x->data)[i] = (float)value;
}

static void draw(const lk_tensor *x, int seed, double deviation)
{
	lk_rng rng = lk_rng_new((uint64_t)seed, LK_RNG_CHECK);

	for (size_t k = 0; k < TENSORS; k++)
		for (size_t i = 0; i < lk_tensor_count(&x[k]); i++)
			set(&x[k], i, deviation * lk_rng_normal(rng, i, k));
}

static void begin(lk_isa isa)
{
	memset(&t, 0, sizeof t);
	for (size_t k = 0; k < TENSORS; k++) {
		lk_tensor x = { .dtype = isa == LK_ISA_F64 ? LK_F64 : LK_F32,
			.rank = shapes[k].columns ? 2 : 1,
			.shape = { shapes[k].rows, shapes[k].columns } };

		strcpy(x.name, shapes[k].name);
		ck_assert_uint_le(lk_tensor_count(&x), MOST);
		t.w[k] = t.g[k] = x;
		t.w[k].data = calloc(lk_tensor_count(&x), lk_dtype_nbytes(x.dtype));
		t.g[k].data = calloc(lk_tensor_count(&x), lk_dtype_nbytes(x.dtype));
		t.role[k] = shapes[k].role;
	}
	draw(t.w, 1, 1);
	for (size_t k = 0; k < TENSORS; k++)
		for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++)
			t.plain_w[k][i] = get(&t.w[k], i);
}

static void end(void)
{
	for (size_t k = 0; k < TENSORS; k++) {
		free(t.w[k].data);
		free(t.g[k].data);
	}
}

static lk_optimizer *new_optimizer(lk_isa isa)
{
	lk_optimizer *o;
	lk_error error;

	ck_assert_msg(lk_optimizer_new(&o, &config, t.w, t.g, t.role, TENSORS, isa,
				      &error) == LK_OK, "%s", error.text);
	return o;
}

static void step(lk_optimizer *o, uint64_t number, double rate, int threads)
{
	#pragma omp parallel num_threads(threads)
	lk_optimizer_step(o, number, rate);
}

/* c (M,N) = a (M,K) b (K,N) */
static void times(double *c, const double *a, const double *b, size_t M, size_t K,
		size_t N)
{
	for (size_t i = 0; i < M; i++)
		for (size_t j = 0; j < N; j++) {
			double sum = 0;

			for (size_t k = 0; k < K; k++)
				sum += a[i * K + k] * b[k * N + j];
			c[i * N + j] = sum;
		}
}

static void transpose(double *to, const double *from, size_t M, size_t N)
{
	for (size_t i = 0; i < M; i++)
		for (size_t j = 0; j < N; j++)
			to[j * M + i] = from[i * N + j];
}

/* x (M,N) becomes what Newton-Schulz makes of it. */
static void newton_schulz(double *x, size_t M, size_t N)
{
	static double y[MOST], xt[MOST], A[MOST], AA[MOST], BX[MOST];
	bool tall = M > N;
	size_t rows = tall ? N : M, columns = tall ? M : N;
	double norm = 0;

	if (tall)
		transpose(y, x, M, N);
	else
		memcpy(y, x, M * N * sizeof *x);
	for (size_t i = 0; i < M * N; i++)
		norm += y[i] * y[i];
	for (size_t i = 0; i < M * N; i++)
		y[i] /= norm > 0 ? sqrt(norm) : 1;
	for (int k = 0; k < 5; k++) {
		transpose(xt, y, rows, columns);
		times(A, y, xt, rows, columns, rows);
		times(AA, A, A, rows, rows, rows);
		for (size_t i = 0; i < rows * rows; i++)
			A[i] = -4.7750 * A[i] + 2.0315 * AA[i];
		times(BX, A, y, rows, rows, columns);
		for (size_t i = 0; i < M * N; i++)
			y[i] = 3.4445 * y[i] + BX[i];
	}
	if (tall)
		transpose(x, y, rows, columns);
	else
		memcpy(x, y, M * N * sizeof *x);
}

static double plain_gradient(size_t k, size_t i)
{
	return get(&t.g[k], i) + (shapes[k].columns ? config.l2 * t.plain_w[k][i] : 0);
}

static void plain_muon(size_t k, double scale, double rate)
{
	size_t first = 0, N = shapes[k].columns;
	double *m = t.m[k], *w = t.plain_w[k];
	static double x[MOST];

	for (int part = 0; part < LK_ROLE_PARTS && t.role[k].part[part]; part++) {
		size_t M = t.role[k].part[part];
		double shape = sqrt(fmax(1, (double)M / (double)N));

		for (size_t i = 0; i < M * N; i++) {
			double g = scale * plain_gradient(k, first + i);

			m[first + i] = 0.95 * m[first + i] + g;
			x[i] = g + 0.95 * m[first + i];
		}
		newton_schulz(x, M, N);
		for (size_t i = 0; i < M * N; i++)
			w[first + i] = w[first + i] * (1 - rate * 0.1) -
					rate * shape * x[i];
		first += M * N;
	}
	ck_assert_uint_eq(first, lk_tensor_count(&t.w[k]));
}

static void plain_adam(size_t k, uint64_t number, double scale, double rate)
{
	double *m = t.m[k], *v = t.v[k], *w = t.plain_w[k];

	rate *= shapes[k].role.embedding ? 0.3 : 0.1;
	for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++) {
		double g = scale * plain_gradient(k, i);

		m[i] = 0.9 * m[i] + 0.1 * g;
		v[i] = 0.98 * v[i] + 0.02 * g * g;
		if (shapes[k].columns)
			w[i] *= 1 - rate * 0.1;
		w[i] -= rate * m[i] / (1 - pow(0.9, (double)number)) /
				(sqrt(v[i] / (1 - pow(0.98, (double)number))) + 1e-8);
	}
}

static void plain_step(uint64_t number, double rate)
{
	double sum = 0, scale;

	for (size_t k = 0; k < TENSORS; k++)
		for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++)
			sum += pow(plain_gradient(k, i), 2);
	scale = sqrt(sum) > 2 ? 2 / sqrt(sum) : 1;
	for (size_t k = 0; k < TENSORS; k++)
		if (t.role[k].part[0])
			plain_muon(k, scale, rate);
		else
			plain_adam(k, number, scale, rate);
}

/* Greatest |w - plain w| of a tensor. */
static double distance(size_t k)
{
	double most = 0;

	for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++)
		most = fmax(most, fabs(get(&t.w[k], i) - t.plain_w[k][i]));
	return most;
}

/* Every row of the wide matrix's gradient a multiple of the first. */
static void low_rank(void)
{
	for (size_t i = 200; i < 60 * 200; i++)
		set(&t.g[2], i, get(&t.g[2], i % 200) * (double)(i / 200) / 60);
}

START_TEST(matches_newton_schulz)
{
	const double rate = 0.5;
	lk_optimizer *o;

	if (_i > (int)lk_isa_best())
		return;
	begin((lk_isa)_i);
	o = new_optimizer((lk_isa)_i);
	for (uint64_t number = 1; number <= 4; number++) {
		draw(t.g, 100 + (int)number, number == 2 ? 3 : 1e-3);
		if (number == 3)
			low_rank();
		plain_step(number, rate);
		step(o, number, rate, 2);
	}
	for (size_t k = 0; k < TENSORS; k++) {
		double most = _i == LK_ISA_F64 ? 1e-10 : 1e-3;

		ck_assert_msg(distance(k) <= most, "%s: %g", shapes[k].name,
				distance(k));
	}
	lk_optimizer_free(o);
	end();
}
END_TEST

/* A step of rate 1 without decay is the orthogonalised gradient: its rows are
 * nearly orthonormal, and the length of a matrix is about sqrt(rows). */
START_TEST(singular_values_become_equal)
{
	lk_optimizer_config plain = config;
	const size_t rows = shapes[2].rows, columns = shapes[2].columns;
	lk_optimizer *o;

	plain.weight_decay = plain.l2 = 0;
	begin(LK_ISA_F64);
	draw(t.g, 3, 1);
	ck_assert_int_eq(lk_optimizer_new(&o, &plain, t.w, t.g, t.role, TENSORS,
					 LK_ISA_F64, NULL), LK_OK);
	step(o, 1, 1, 1);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = 0; j <= i; j++) {
			double sum = 0;

			for (size_t c = 0; c < columns; c++)
				sum += (t.plain_w[2][i * columns + c] -
						       get(&t.w[2], i * columns + c)) *
						(t.plain_w[2][j * columns + c] -
								get(&t.w[2], j * columns + c));
			ck_assert_double_eq_tol(sum, i == j, i == j ? 0.5 : 0.3);
		}
	lk_optimizer_free(o);
	end();
}
END_TEST

/* No gradient: nothing but decay, and nothing that is not a number. */
START_TEST(no_gradient_no_step)
{
	lk_optimizer_config plain = config;
	lk_optimizer *o;

	plain.l2 = 0;
	begin(LK_ISA_V2);
	ck_assert_int_eq(lk_optimizer_new(&o, &plain, t.w, t.g, t.role, TENSORS,
					 LK_ISA_V2, NULL), LK_OK);
	step(o, 1, 0.5, 2);
	for (size_t k = 0; k < TENSORS; k++)
		for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++) {
			double rate = t.role[k].part[0] ? 0.5
					: t.role[k].embedding ? 0.15 : 0.05;
			double shrink = shapes[k].columns ? 1 - 0.1 * rate : 1;

			ck_assert_double_eq_tol(get(&t.w[k], i),
					t.plain_w[k][i] * shrink, 1e-6);
		}
	lk_optimizer_free(o);
	end();
}
END_TEST

static size_t snapshot(double *out, const lk_optimizer *o)
{
	size_t n = 0, count;
	const lk_tensor *state = lk_optimizer_state(o, &count);

	for (size_t k = 0; k < TENSORS; k++)
		for (size_t i = 0; i < lk_tensor_count(&t.w[k]); i++)
			out[n++] = get(&t.w[k], i);
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < lk_tensor_count(&state[k]); i++)
			out[n++] = get(&state[k], i);
	return n;
}

static double before[4 * MOST * TENSORS], after[4 * MOST * TENSORS];

START_TEST(threads_do_not_matter)
{
	static const int threads[] = { 1, 2, 3, 8, 11 };

	if (_i > (int)lk_isa_best())
		return;
	for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
		lk_optimizer *o;
		size_t n;

		begin((lk_isa)_i);
		o = new_optimizer((lk_isa)_i);
		for (uint64_t number = 1; number <= 3; number++) {
			draw(t.g, (int)number, 0.3);
			step(o, number, 0.01, threads[k]);
		}
		n = snapshot(k ? after : before, o);
		if (k)
			ck_assert_mem_eq(before, after, n * sizeof *before);
		lk_optimizer_free(o);
		end();
	}
}
END_TEST

/* Four steps, or two, weights and state into a new one, and two. */
START_TEST(state_resumes_exactly)
{
	lk_optimizer *o = NULL;
	size_t count, n = 0;
	const lk_tensor *state;

	for (int resumed = 0; resumed < 2; resumed++) {
		begin(LK_ISA_V2);
		o = new_optimizer(LK_ISA_V2);
		for (uint64_t number = 1; number <= 4; number++) {
			if (resumed && number == 3) {
				lk_optimizer *next = new_optimizer(LK_ISA_V2);
				const lk_tensor *to = lk_optimizer_state(next, &count);

				state = lk_optimizer_state(o, &count);
				for (size_t i = 0; i < count; i++)
					memcpy(to[i].data, state[i].data,
							lk_tensor_nbytes(&to[i]));
				lk_optimizer_free(o);
				o = next;
			}
			draw(t.g, (int)number, 0.3);
			step(o, number, 0.01, 2);
		}
		n = snapshot(resumed ? after : before, o);
		state = lk_optimizer_state(o, &count);
		/* one moment of each, and a second of embedding, gain and head */
		ck_assert_uint_eq(count, TENSORS + 3);
		ck_assert_str_eq(state[1].name, "muon.m.qkv");
		ck_assert_str_eq(state[0].name, "adamw.m.embedding");
		ck_assert_str_eq(state[TENSORS].name, "adamw.v.embedding");
		lk_optimizer_free(o);
		end();
	}
	ck_assert_mem_eq(before, after, n * sizeof *before);
}
END_TEST

START_TEST(memory_is_one_moment)
{
	size_t nbytes = 0;

	begin(LK_ISA_V2);
	for (size_t k = 0; k < TENSORS; k++)
		nbytes += (t.role[k].part[0] ? 4 : 8) * lk_tensor_count(&t.w[k]);
	ck_assert_uint_ge(lk_optimizer_memory(&config, t.w, t.role, TENSORS), nbytes);
	ck_assert_uint_le(lk_optimizer_memory(&config, t.w, t.role, TENSORS),
			nbytes + 2 * TENSORS * 64);
	/* twice the largest matrix and four squares, of each thread */
	ck_assert_uint_ge(lk_optimizer_work_memory(&config, t.w, t.role, TENSORS),
			8 * 4 * (2 * 60 * 200 + 4 * 70 * 70));
	end();
}
END_TEST

/* Matrices so large that the whole team works on each. */
START_TEST(large_matrices_are_shared)
{
	const size_t rows = 2100, columns = 2000;
	lk_tensor w = { "large", LK_F32, 2, { rows, columns }, NULL }, g = w;
	lk_role role = { { rows }, false };
	lk_optimizer_config plain = config;
	float *first = NULL;
	lk_rng rng = lk_rng_new(1, LK_RNG_CHECK);

	w.data = calloc(rows * columns, sizeof(float));
	g.data = calloc(rows * columns, sizeof(float));
	/* of rank 1, so that its orthogonalised self is known: g / |g|, scaled */
	for (size_t i = 0; i < rows * columns; i++)
		((float *)g.data)[i] = (float)(lk_rng_normal(rng, i / columns, 0) *
				lk_rng_normal(rng, i % columns, 1));
	for (int threads = 1; threads <= 2; threads++) {
		lk_optimizer *o;

		plain.threads = threads;
		memset(w.data, 0, rows * columns * sizeof(float));
		ck_assert_int_eq(lk_optimizer_new(&o, &plain, &w, &g, &role, 1,
						 lk_isa_best(), NULL), LK_OK);
		step(o, 1, 1, threads);
		lk_optimizer_free(o);
		if (!first) {
			double sum = 0;

			first = malloc(rows * columns * sizeof(float));
			memcpy(first, w.data, rows * columns * sizeof(float));
			for (size_t i = 0; i < rows * columns; i++)
				sum += (double)first[i] * (double)first[i];
			ck_assert_double_eq_tol(sqrt(sum), 1, 0.35);
		}
	}
	ck_assert_mem_eq(first, w.data, rows * columns * sizeof(float));
	free(first);
	free(w.data);
	free(g.data);
}
END_TEST

START_TEST(wrong_parts_are_refused)
{
	lk_optimizer *o;
	lk_error error;

	begin(LK_ISA_V2);
	t.role[1].part[2]--;
	ck_assert_int_eq(lk_optimizer_new(&o, &config, t.w, t.g, t.role, TENSORS,
					 LK_ISA_V2, &error), LK_RANGE);
	ck_assert_ptr_nonnull(strstr(error.text, "qkv has 192 rows, its parts have 191"));
	end();
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("muon");
	TCase *tests = tcase_create("all");

	openblas_set_num_threads(1); /* of products in double, as in main() */
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, matches_newton_schulz, 0, LK_ISA_COUNT);
	tcase_add_test(tests, singular_values_become_equal);
	tcase_add_test(tests, no_gradient_no_step);
	tcase_add_loop_test(tests, threads_do_not_matter, 0, LK_ISA_COUNT);
	tcase_add_test(tests, state_resumes_exactly);
	tcase_add_test(tests, memory_is_one_moment);
	tcase_add_test(tests, large_matrices_are_shared);
	tcase_add_test(tests, wrong_parts_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
TEST_MAIN(make_suite)
