#include "cases.h"

#include "base/real.h"
#include "kernels/attention.h"
#include "kernels/attention_row.h"
#include "kernels/bias.h"
#include "kernels/cross_entropy.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/headnorm.h"
#include "kernels/layernorm.h"
#include "kernels/relu2.h"
#include "kernels/residual.h"
#include "kernels/rmsnorm.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "support/numeric.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define lk_cases LK_VARIANT(cases)

enum { B = 5, T = 61, R = B * T, C = 75, H = 3, D = 24, V = 1009, LD = 1024 };

static lk_real *normal(int seed, size_t n)
{
	lk_real *x = malloc(n * sizeof *x);

	assert(x);
	test_normal(seed, x, n);
	return x;
}

static void keep(outcomes *out, const char *name, double bound, const lk_real *x,
		size_t n)
{
	outcome *o = &out->list[out->count++];

	assert(out->count <= OUTCOMES_MOST);
	*o = (outcome){ name, bound, n, malloc(n * sizeof(double)) };
	for (size_t i = 0; i < n; i++)
		o->values[i] = (double)x[i];
}

static void keep_double(outcomes *out, const char *name, double bound,
		const double *x, size_t n)
{
	outcome *o = &out->list[out->count++];

	assert(out->count <= OUTCOMES_MOST);
	*o = (outcome){ name, bound, n, malloc(n * sizeof(double)) };
	for (size_t i = 0; i < n; i++)
		o->values[i] = x[i];
}

/* Everything that works on R rows of C. */
static void norms(outcomes *out, int threads)
{
	lk_real *x = normal(1, R * C), *dy = normal(2, R * C), *y = normal(3, R * C);
	lk_real *z = normal(4, R * C), *dx = normal(5, R * C), *dz = normal(6, R * C);
	lk_real *gain = normal(7, C), *bias = normal(8, C), *dgain = normal(9, C);
	lk_real *dbias = normal(10, C), *dgain2 = normal(11, C), *sum = normal(12, C);
	lk_real *mean = normal(13, R), *rstd = normal(14, R), *s = normal(15, R);
	lk_real *partial = normal(16, LK_NORM_PARTIALS * 2 * C);

	for (size_t i = 0; i < R * C; i++)
		x[i] += 3; /* means that are not 0 */
	#pragma omp parallel num_threads(threads)
	{
		lk_layernorm_forward(y, mean, rstd, x, gain, bias, R, C,
				(lk_real)1e-5);
		lk_layernorm_backward(dx, dgain, dbias, dy, x, gain, mean, rstd, R, C,
				true, true, partial);
		lk_rmsnorm_forward(z, s, x, gain, R, C, (lk_real)1e-5);
		lk_rmsnorm_backward(dz, dgain2, dy, x, gain, s, R, C, false, false,
				partial);
		lk_bias_forward(dy, bias, R, C);
		lk_bias_backward(sum, dy, R, C, false, partial);
	}
	keep(out, "layernorm y", 1e-6, y, R * C);
	keep(out, "layernorm dx", 2e-6, dx, R * C);
	keep(out, "layernorm dgain", 2e-6, dgain, C);
	keep(out, "layernorm dbias", 2e-6, dbias, C);
	keep(out, "rmsnorm y", 1e-6, z, R * C);
	keep(out, "rmsnorm dx", 2e-6, dz, R * C);
	keep(out, "rmsnorm dgain", 2e-6, dgain2, C);
	keep(out, "bias y", 2e-7, dy, R * C);
	keep(out, "bias dbias", 2e-6, sum, C);
	free(x), free(dy), free(y), free(z), free(dx), free(dz), free(gain);
	free(bias), free(dgain), free(dbias), free(dgain2), free(sum), free(mean);
	free(rstd), free(s), free(partial);
}

static void heads(outcomes *out, int threads)
{
	enum { LD_X = H * D + 5, POSITIONS = T + 9 };
	lk_real *x = normal(21, R * LD_X), *y = normal(22, R * LD_X);
	lk_real *dy = normal(23, R * LD_X), *dx = normal(24, R * LD_X);
	lk_real *gain = normal(25, D), *dgain = normal(26, D), *s = normal(27, R * H);
	lk_real *partial = normal(28, LK_NORM_PARTIALS * D);
	lk_real *cosine = normal(29, POSITIONS * D / 2);
	lk_real *sine = normal(30, POSITIONS * D / 2);

	lk_rope_tables(cosine, sine, POSITIONS, D, 10000);
	#pragma omp parallel num_threads(threads)
	{
		lk_headnorm_forward(y, s, x, gain, R, H, D, LD_X, LD_X,
				(lk_real)1e-5);
		lk_headnorm_backward(dx, dgain, dy, x, gain, s, R, H, D, LD_X, LD_X,
				LD_X, false, partial);
		lk_rope_forward(y, cosine, sine, B, T, H, D, LD_X, 9);
		lk_rope_backward(dy, cosine, sine, B, T, H, D, LD_X, 9);
	}
	keep(out, "headnorm dx", 2e-6, dx, R * LD_X);
	keep(out, "headnorm dgain", 2e-6, dgain, D);
	keep(out, "headnorm and rope y", 1e-6, y, R * LD_X);
	keep(out, "rope dx", 5e-7, dy, R * LD_X);
	free(x), free(y), free(dy), free(dx), free(gain), free(dgain), free(s);
	free(partial), free(cosine), free(sine);
}

/* Of lengths that fill no vector of scores, heads that do and do not fill one. */
static void one_query(outcomes *out)
{
	enum { MOST = 64, STRIDE = MOST + 16 };
	lk_real *q = normal(41, MOST), *k = normal(42, T * STRIDE);
	lk_real *v = normal(43, T * STRIDE), *y = normal(44, 4 * MOST), score[MOST];
	const size_t shapes[4][2] = { { T, MOST }, { 5, MOST }, { 33, D }, { 16, 16 } };

	for (size_t i = 0; i < 4; i++)
		lk_attention_row(y + i * MOST, score, q, k, v, k, shapes[i][0],
				shapes[i][1], STRIDE, (lk_real)0.2);
	keep(out, "attention of one query", 1e-6, y, 4 * MOST);
	free(q), free(k), free(v), free(y);
}

/* Tiles that the diagonal crosses and others; heads of `channels`. What stands between
 * rows is compared too: nothing may be written there. */
static void attention(outcomes *out, int threads, const char *const *names,
		size_t channels)
{
	enum { LONG = 150, HEADS = 4, SHARED = 2, APART = HEADS * 32 + 5 };
	const lk_attention_dropout dropout = { 0.1, lk_rng_new(1, LK_RNG_DROPOUT), 4, 3, 2 };
	const lk_real scale = (lk_real)0.2;
	lk_real delta[LONG * HEADS], lse[LONG * HEADS];
	lk_heads x[8]; /* query, key, value, output, their gradients */

	for (int i = 0; i < 8; i++)
		x[i] = (lk_heads){ normal(91 + i, LONG * APART), LONG * APART, channels,
			APART };
	#pragma omp parallel num_threads(threads)
	{
		lk_attention_forward(x[3], lse, x[0], x[1], x[2], NULL, 1, LONG, LONG,
				HEADS, SHARED, channels, scale, &dropout);
		lk_attention_backward(x[4], x[5], x[6], delta, x[7], x[3], lse, x[0],
				x[1], x[2], NULL, 1, LONG, HEADS, SHARED, channels,
				scale, &dropout);
	}
	for (int i = 3; i < 7; i++)
		keep(out, names[i - 3], 2e-6, x[i].data, LONG * APART);
	for (int i = 0; i < 8; i++)
		free(x[i].data);
}

static void elementwise(outcomes *out, int threads)
{
	const lk_rng rng = lk_rng_new(1, LK_RNG_DROPOUT);
	lk_real *x = normal(31, 2 * R * C), *dy = normal(32, R * C);
	lk_real *y[8];

	for (int i = 0; i < 8; i++)
		y[i] = normal(33 + i, 2 * R * C);
	for (size_t i = 0; i < 2 * R * C; i++)
		x[i] *= 3;
	#pragma omp parallel num_threads(threads)
	{
		lk_gelu_forward(y[0], x, R, C);
		lk_gelu_backward(y[1], NULL, dy, x, R, C);
		lk_relu2_forward(y[2], x, R, C);
		lk_relu2_backward(y[3], NULL, dy, x, R, C);
		lk_swiglu_forward(y[4], x, R, C);
		lk_swiglu_backward(y[5], NULL, dy, x, R, C);
		lk_residual_forward(y[6], x, dy, R * C);
		lk_residual_backward(y[6], y[4], R * C);
		lk_dropout_forward(y[7], x, B, 0, T * C, 0.2, rng, 4, 3, 100);
	}
	keep(out, "gelu y", 3e-7, y[0], R * C);
	keep(out, "gelu dx", 3e-6, y[1], R * C);
	keep(out, "relu2 y", 2e-7, y[2], R * C);
	keep(out, "relu2 dx", 2e-7, y[3], R * C);
	keep(out, "swiglu y", 3e-7, y[4], R * C);
	keep(out, "swiglu dx", 1e-6, y[5], 2 * R * C);
	keep(out, "residual y", 3e-7, y[6], R * C);
	keep(out, "dropout y", 2e-7, y[7], R * C);
	for (int i = 0; i < 8; i++)
		free(y[i]);
	free(x), free(dy);
}

static void ends(outcomes *out, int threads)
{
	lk_real *token = normal(51, V * C), *position = normal(52, (T + 2) * C);
	lk_real *y = normal(53, R * C), *dy = normal(54, R * C);
	lk_real *dtoken = normal(55, V * C), *dposition = normal(56, (T + 2) * C);
	lk_real *logits = normal(57, R * LD);
	uint32_t *ids = malloc(R * sizeof *ids);
	double *nll = malloc(R * sizeof *nll), *nll2 = malloc(R * sizeof *nll2);

	assert(ids && nll && nll2);
	for (size_t r = 0; r < R; r++)
		ids[r] = r % 17 ? (uint32_t)(r * r % V) : 7;
	for (size_t i = 0; i < R * LD; i++)
		logits[i] *= 4;
	#pragma omp parallel num_threads(threads)
	{
		lk_embedding_forward(y, ids, token, position, B, T, C);
		lk_embedding_backward_token(dtoken, dy, ids, B, T, V, C, true);
		lk_embedding_backward_position(dposition, dy, B, T, T + 2, C, false);
		lk_cross_entropy_forward(nll, logits, ids, R, V, LD);
		lk_cross_entropy_forward_backward(nll2, logits, ids, R, V, LD,
				(lk_real)0.01);
	}
	keep(out, "embedding y", 2e-7, y, R * C);
	keep(out, "embedding dtoken", 1e-6, dtoken, V * C);
	keep(out, "embedding dposition", 1e-6, dposition, (T + 2) * C);
	keep_double(out, "cross_entropy nll", 3e-7, nll, R);
	keep_double(out, "cross_entropy nll of backward", 3e-7, nll2, R);
	keep(out, "cross_entropy dlogits", 5e-6, logits, R * LD);
	free(token), free(position), free(y), free(dy), free(dtoken), free(dposition);
	free(logits), free(ids), free(nll), free(nll2);
}

/* GPT-2's vocabulary: the sum of 50,257 exponentials. */
static void vocabulary(outcomes *out, int threads)
{
	enum { ROWS = 3, WORDS = 50257 };
	lk_real *logits = normal(61, ROWS * WORDS);
	const uint32_t target[ROWS] = { 50256, UINT32_MAX, 0 };
	double nll[ROWS];

	#pragma omp parallel num_threads(threads)
	lk_cross_entropy_forward_backward(nll, logits, target, ROWS, WORDS, WORDS, 1);
	keep_double(out, "large vocabulary nll", 1e-7, nll, ROWS);
	keep(out, "large vocabulary dlogits", 2e-7, logits, ROWS * WORDS);
	free(logits);
}

/* Products: ours in float, BLAS's in double. */
static void products(outcomes *out, int threads)
{
	enum { N = 130 };
	lk_real *x = normal(71, R * C), *w = normal(72, N * C), *bias = normal(73, N);
	lk_real *y = normal(74, R * N), *dx = normal(75, R * C), *dw = normal(76, N * C);
	lk_real *y2 = normal(77, R * N), *dx2 = normal(78, R * C);
	lk_real *dw2 = normal(79, N * C), *one = normal(77, N);
	lk_real *y3 = normal(80, R * N), *one3 = normal(81, N);
	lk_matrix matrix = lk_matrix_of(w, N, C), narrow = matrix;
	lk_kept kept;
	lk_arena arena = { 0 };
	lk_real *const gradients[] = { dw2 };

	for (int pass = 0; pass < 2; pass++) { /* the first measures */
		lk_matrix_bind_panels(&matrix, &arena);
		lk_matrix_bind_forward(&narrow, &arena, true);
		lk_kept_bind(&kept, &arena, R + 3, N, C);
		if (!pass && lk_arena_reserve(&arena, "a test", NULL))
			abort();
	}
	#pragma omp parallel num_threads(threads)
	{
		lk_linear_forward(y, x, w, bias, NULL, R, N, C, N);
		lk_linear_backward_input(dx, y, w, R, N, C, N);
		lk_linear_backward_weight(dw, y, x, R, N, C, N, true);
		lk_matrix_pack(&matrix);
		#pragma omp barrier
		lk_matrix_forward(y2, x, &matrix, bias, y2, R);
		lk_matrix_backward_input(dx2, y, &matrix, R);
		lk_keep_dy(&kept, y, 0, 100, R);
		lk_keep_dy(&kept, y + 100 * N, 100, R - 100, R);
		lk_keep_x(&kept, x, 0, R, R);
		lk_kept_gradients(gradients, &kept, 1, R, true);
	}
	#pragma omp parallel num_threads(threads)
	{
		lk_matrix_forward(one, x, &matrix, bias, one, 1);
		lk_matrix_pack(&narrow);
		#pragma omp barrier
		lk_matrix_forward(y3, x, &narrow, bias, NULL, R);
		lk_matrix_forward(one3, x + 7 * C, &narrow, bias, NULL, 1);
	}
	if (memcmp(one3, y3 + 7 * N, N * sizeof *one3))
		abort();
#ifndef LK_DOUBLE /* where no panels are made */
	if (memcmp(one, y2, N * sizeof *one))
		abort(); /* a row alone has the bits that it has among many */
#endif
	keep(out, "one row y", 2e-6, one, N);
	keep(out, "8-bit y", 3e-6, y3, R * N);
	keep(out, "linear y", 2e-6, y, R * N);
	keep(out, "linear dx", 2e-6, dx, R * C);
	keep(out, "linear dw", 3e-6, dw, N * C);
	keep(out, "matrix y", 2e-6, y2, R * N);
	keep(out, "matrix dx", 2e-6, dx2, R * C);
	keep(out, "kept dw", 3e-6, dw2, N * C);
	lk_arena_release(&arena);
	free(x), free(w), free(bias), free(y), free(dx), free(dw);
	free(y2), free(dx2), free(dw2), free(one), free(y3), free(one3);
}

void lk_cases(outcomes *out, int threads)
{
	out->count = 0;
	norms(out, threads);
	heads(out, threads);
	one_query(out);
	attention(out, threads, (const char *const[]){ "attention", "attention dq",
			"attention dk", "attention dv" }, 32);
	attention(out, threads, (const char *const[]){ "narrow attention",
			"narrow attention dq", "narrow attention dk",
			"narrow attention dv" }, 21);
	elementwise(out, threads);
	ends(out, threads);
	vocabulary(out, threads);
	products(out, threads);
}
