#include "parameters.h"

#include "base/rng.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const size_t shapes[TENSORS][2] = { { 150, 301 }, { 70, 0 }, { 2, 3 } };
static const char *const names[TENSORS] = { "matrix", "vector", "small" };

static lk_tensor describe(size_t i, lk_isa isa)
{
	lk_tensor t = { .dtype = isa == LK_ISA_F64 ? LK_F64 : LK_F32,
		.rank = shapes[i][1] ? 2 : 1, .shape = { shapes[i][0], shapes[i][1] } };

	strcpy(t.name, names[i]);
	t.data = calloc(lk_tensor_count(&t), lk_dtype_nbytes(t.dtype));
	ck_assert_ptr_nonnull(t.data);
	return t;
}

/* Tensor of element i; *at becomes its place in it. */
static const lk_tensor *locate(const lk_tensor *tensors, size_t i, size_t *at)
{
	while (i >= lk_tensor_count(tensors))
		i -= lk_tensor_count(tensors++);
	*at = i;
	return tensors;
}

double parameters_get(const lk_tensor *tensors, size_t i)
{
	const lk_tensor *t = locate(tensors, i, &i);

	return t->dtype == LK_F64 ? ((double *)t->data)[i]
				  : (double)((float *)t->data)[i];
}

void parameters_set(const lk_tensor *tensors, size_t i, double value)
{
	const lk_tensor *t = locate(tensors, i, &i);

	if (t->dtype == LK_F64)
		((double *)t->data)[i] = value;
	else
		((float *)t->data)[i] = (float)value;
}

static void draw(const lk_tensor *tensors, int seed, double deviation)
{
	lk_rng rng = lk_rng_new((uint64_t)seed, LK_RNG_CHECK);

	for (size_t i = 0; i < ELEMENTS; i++)
		parameters_set(tensors, i, deviation * lk_rng_normal(rng, i, 0));
}

void parameters_new(parameters *p, lk_isa isa, int seed)
{
	memset(p, 0, sizeof *p);
	p->isa = isa;
	for (size_t i = 0; i < TENSORS; i++) {
		p->w[i] = describe(i, isa);
		p->g[i] = describe(i, isa);
	}
	draw(p->w, seed, 1);
	for (size_t i = 0; i < ELEMENTS; i++)
		p->plain_w[i] = parameters_get(p->w, i);
}

void parameters_free(parameters *p)
{
	for (size_t i = 0; i < TENSORS; i++) {
		free(p->w[i].data);
		free(p->g[i].data);
	}
}

void parameters_draw(parameters *p, int seed, double deviation)
{
	draw(p->g, seed, deviation);
}

/* The vector, between the matrices, is not decayed. */
static bool decayed(size_t i)
{
	size_t first = shapes[0][0] * shapes[0][1];

	return i < first || i >= first + shapes[1][0];
}

static double gradient(const parameters *p, const lk_optimizer_config *c, size_t i)
{
	return parameters_get(p->g, i) + (decayed(i) ? c->l2 * p->plain_w[i] : 0);
}

double parameters_plain_norm(const parameters *p, const lk_optimizer_config *config)
{
	double sum = 0;

	for (size_t i = 0; i < ELEMENTS; i++)
		sum += pow(gradient(p, config, i), 2);
	return sqrt(sum);
}

void parameters_plain_step(parameters *p, const lk_optimizer_config *c, uint64_t t,
		double rate)
{
	double norm = parameters_plain_norm(p, c);
	double scale = c->clip > 0 && norm > c->clip ? c->clip / norm : 1;

	for (size_t i = 0; i < ELEMENTS; i++) {
		double g = scale * gradient(p, c, i), *m = &p->plain_m[i];
		double *v = &p->plain_v[i], *w = &p->plain_w[i], step;

		if (c->kind == LK_ADAMW) {
			*m = c->beta1 * *m + (1 - c->beta1) * g;
			*v = c->beta2 * *v + (1 - c->beta2) * g * g;
			step = *m / (1 - pow(c->beta1, (double)t)) /
					(sqrt(*v / (1 - pow(c->beta2, (double)t))) +
							c->epsilon);
		} else {
			*m = c->momentum * *m + g;
			step = c->nesterov ? g + c->momentum * *m : *m;
		}
		if (decayed(i))
			*w *= 1 - rate * c->weight_decay;
		*w -= rate * step;
	}
}

double parameters_distance(const parameters *p)
{
	double most = 0;

	for (size_t i = 0; i < ELEMENTS; i++)
		most = fmax(most, fabs(parameters_get(p->w, i) - p->plain_w[i]));
	return most;
}
