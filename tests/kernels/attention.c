/* Tiled causal attention against the definition, and its gradients against
 * finite differences: grouped heads, lengths that fill no tile, more keys than
 * queries, document masks, dropout. Compiled in double. */
#include "kernels/attention.h"
#include "kernels/dropout.h"
#include "support/main.h"

#include <math.h>
#include <string.h>

enum { MOST = 16384 };

typedef struct {
	size_t B, Tq, Tk, H, K, D;
	double p;   /* dropout */
	int every;  /* a document begins every so many positions; 0: one document */
} shape;

static const shape shapes[] = {
	{ 1, 1, 1, 1, 1, 1, 0, 0 },
	{ 2, 5, 5, 2, 1, 3, 0, 0 },
	{ 1, 33, 33, 2, 2, 8, 0, 0 },
	{ 2, 70, 70, 4, 2, 5, 0, 9 },
	{ 1, 131, 131, 1, 1, 17, 0, 40 },
	{ 1, 1, 65, 2, 1, 4, 0, 0 },
	{ 1, 3, 70, 2, 2, 16, 0, 0 },
	{ 2, 40, 110, 4, 1, 6, 0, 0 },
	{ 2, 37, 37, 2, 2, 4, 0.4, 0 },
	{ 1, 70, 70, 4, 2, 5, 0.2, 20 },
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static lk_real q[MOST], k[MOST], v[MOST], out[MOST], lse[MOST], weight[MOST];
static lk_real dq[MOST], dk[MOST], dv[MOST], delta[MOST], exact[MOST];
static uint32_t first[MOST];

static void draw(lk_real *x, size_t n, uint64_t stream)
{
	for (size_t i = 0; i < n; i++)
		x[i] = lk_rng_normal(lk_rng_new(3, LK_RNG_CHECK), i, stream);
}

static lk_attention_dropout dropout_of(const shape *s)
{
	return (lk_attention_dropout){ s->p, lk_rng_new(1, LK_RNG_DROPOUT), 6, 40, 2 };
}

/* Queries stand in rows of H heads, keys and values in rows of K heads. */
static lk_heads rows(lk_real *data, size_t T, size_t heads, size_t D)
{
	return (lk_heads){ data, T * heads * D, D, heads * D };
}

static void setup(const shape *s)
{
	ck_assert_uint_le(s->B * s->Tk * s->H * s->D, MOST);
	draw(q, s->B * s->Tq * s->H * s->D, 1);
	draw(k, s->B * s->Tk * s->K * s->D, 2);
	draw(v, s->B * s->Tk * s->K * s->D, 3);
	draw(weight, s->B * s->Tq * s->H * s->D, 4);
	for (size_t b = 0; b < s->B; b++)
		for (size_t t = 0; t < s->Tq; t++)
			first[b * s->Tq + t] = s->every ? (uint32_t)(t - t % (size_t)s->every)
							: 0;
}

static void forward(const shape *s)
{
	lk_attention_dropout dropout = dropout_of(s);

	lk_attention_forward(rows(out, s->Tq, s->H, s->D), lse,
			rows(q, s->Tq, s->H, s->D), rows(k, s->Tk, s->K, s->D),
			rows(v, s->Tk, s->K, s->D), s->every ? first : NULL, s->B,
			s->Tq, s->Tk, s->H, s->K, s->D, 0.7, &dropout);
}

/* One query by the definition. */
static void attend_plainly(const shape *s, size_t b, size_t h, size_t t)
{
	lk_attention_dropout dropout = dropout_of(s);
	size_t D = s->D, kv = h / (s->H / s->K), position = s->Tk - s->Tq + t;
	size_t from = s->every ? first[b * s->Tq + t] : 0;
	lk_real p[256], mask[256], sum = 0;
	lk_real *y = exact + ((b * s->Tq + t) * s->H + h) * D;

	memset(y, 0, D * sizeof *y);
	for (size_t u = from; u <= position; u++) {
		lk_real dot = 0;

		for (size_t d = 0; d < D; d++)
			dot += q[((b * s->Tq + t) * s->H + h) * D + d] *
					k[((b * s->Tk + u) * s->K + kv) * D + d];
		p[u] = exp(0.7 * dot);
		sum += p[u];
	}
	for (size_t u = 0; u <= position; u++)
		mask[u] = 1;
	if (s->p > 0)
		lk_dropout_scales(mask, (h * s->Tk + position) * s->Tk, position + 1,
				s->p, dropout.rng, dropout.step, dropout.site,
				dropout.sequence + b);
	for (size_t u = from; u <= position; u++)
		for (size_t d = 0; d < D; d++)
			y[d] += mask[u] * p[u] / sum *
					v[((b * s->Tk + u) * s->K + kv) * D + d];
}

START_TEST(forward_is_the_definition)
{
	const shape *s = &shapes[_i];

	setup(s);
	forward(s);
	for (size_t b = 0; b < s->B; b++)
		for (size_t h = 0; h < s->H; h++)
			for (size_t t = 0; t < s->Tq; t++)
				attend_plainly(s, b, h, t);
	for (size_t i = 0; i < s->B * s->Tq * s->H * s->D; i++)
		ck_assert_double_eq_tol(out[i], exact[i], 1e-12);
}
END_TEST

static double loss(const shape *s)
{
	double sum = 0;

	forward(s);
	for (size_t i = 0; i < s->B * s->Tq * s->H * s->D; i++)
		sum += weight[i] * out[i];
	return sum;
}

static void check_gradient(const shape *s, lk_real *x, const lk_real *dx, size_t n)
{
	const double h = 1e-5;

	for (size_t i = 0; i < n; i += 1 + n / 60) {
		lk_real keep = x[i];

		x[i] = keep + h;
		double up = loss(s);
		x[i] = keep - h;
		double down = loss(s);
		x[i] = keep;
		ck_assert_double_eq_tol(dx[i], (up - down) / (2 * h), 1e-6);
	}
}

START_TEST(backward_matches_differences)
{
	const shape *s = &shapes[_i];
	lk_attention_dropout dropout = dropout_of(s);

	if (s->Tq != s->Tk)
		return; /* only training goes backward */
	setup(s);
	forward(s);
	lk_attention_backward(rows(dq, s->Tq, s->H, s->D), rows(dk, s->Tk, s->K, s->D),
			rows(dv, s->Tk, s->K, s->D), delta,
			rows(weight, s->Tq, s->H, s->D), rows(out, s->Tq, s->H, s->D),
			lse, rows(q, s->Tq, s->H, s->D), rows(k, s->Tk, s->K, s->D),
			rows(v, s->Tk, s->K, s->D), s->every ? first : NULL, s->B,
			s->Tq, s->H, s->K, s->D, 0.7, &dropout);
	check_gradient(s, q, dq, s->B * s->Tq * s->H * s->D);
	check_gradient(s, k, dk, s->B * s->Tk * s->K * s->D);
	check_gradient(s, v, dv, s->B * s->Tk * s->K * s->D);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("attention");
	TCase *t = tcase_create("attention");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, forward_is_the_definition, 0, SHAPES);
	tcase_add_loop_test(t, backward_matches_differences, 0, SHAPES);
	suite_add_tcase(s, t);
	return s;
}

TEST_MAIN(suite)
