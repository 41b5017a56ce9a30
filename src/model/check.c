#include "model/check.h"

#include "base/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double step = 3e-5, least_gradient = 1e-6;

/* One check at work. */
typedef struct {
	lk_model *model;
	const lk_batch *batch;
	int threads;
	double *keep; /* a tensor's values while it is disturbed */
} checker;

static size_t count_targets(const lk_batch *batch)
{
	size_t count = 0;

	for (size_t r = 0; r < batch->B * batch->T; r++)
		count += batch->target[r] != LK_IGNORE;
	return count;
}

double lk_check_backward(lk_model *model, const lk_batch *batch, int threads)
{
	double scale = 1 / (double)count_targets(batch);

	#pragma omp parallel num_threads(threads)
	{
		lk_cpu_flush_denormals();
		lk_model_forward_backward(model, batch, scale, false);
	}
	return lk_model_nll(model, NULL) * scale;
}

/* The mean NLL. With dropout only the training pass draws masks. */
static double loss(const checker *c)
{
	if (lk_model_get_config(c->model)->dropout > 0)
		return lk_check_backward(c->model, c->batch, c->threads);
	#pragma omp parallel num_threads(c->threads)
	{
		lk_cpu_flush_denormals();
		lk_model_forward(c->model, c->batch, NULL);
	}
	return lk_model_nll(c->model, NULL) / (double)count_targets(c->batch);
}

/* Elements [first, first + count) moved along direction (NULL: all ones). */
static double moved(const checker *c, double *w, const double *direction,
		size_t count, double distance)
{
	double value;

	memcpy(c->keep, w, count * sizeof *w);
	for (size_t i = 0; i < count; i++)
		w[i] += distance * (direction ? direction[i] : 1);
	value = loss(c);
	memcpy(w, c->keep, count * sizeof *w);
	return value;
}

static double difference(const checker *c, double *w, const double *direction,
		size_t count)
{
	return (8 * (moved(c, w, direction, count, step) -
				   moved(c, w, direction, count, -step)) -
			       (moved(c, w, direction, count, 2 * step) -
				       moved(c, w, direction, count, -2 * step))) /
			(12 * step);
}

static void compare(lk_gradient_check *check, double backprop, double numeric,
		double typical)
{
	double scale = fmax(fmax(fabs(backprop), fabs(numeric)),
			fmax(typical, least_gradient));
	double off = fabs(backprop - numeric) / scale;

	check->checked++;
	if (!(off <= check->worst)) /* NaN counts as worse */
		check->worst = off;
}

/* A unit vector with entries of equal size and random sign; returns its product
 * with the gradient. */
static double draw_direction(double *direction, const double *gradient,
		size_t count, lk_rng rng, size_t tensor)
{
	double size = 1 / sqrt((double)count), along = 0;

	for (size_t i = 0; i < count; i++) {
		bool plus = lk_rng_u64(rng, i, 2 * tensor) & 1;

		direction[i] = plus ? size : -size;
		along += direction[i] * gradient[i];
	}
	return along;
}

static void check_tensor(const checker *c, lk_gradient_check *check, double *w,
		const double *gradient, double *direction, size_t count,
		size_t samples, lk_rng rng, size_t tensor)
{
	double square = 0, typical;
	size_t largest = 0;

	for (size_t i = 0; i < count; i++) {
		square += gradient[i] * gradient[i];
		if (fabs(gradient[i]) > fabs(gradient[largest]))
			largest = i;
	}
	*check = (lk_gradient_check){ .norm = sqrt(square) };
	typical = sqrt(square / (double)count);

	double along = draw_direction(direction, gradient, count, rng, tensor);
	compare(check, along, difference(c, w, direction, count), typical);
	for (size_t s = 0; s < samples && s < count; s++) {
		size_t i = s == 0 ? largest
				  : lk_rng_below(rng, s, 2 * tensor + 1, count);

		compare(check, gradient[i], difference(c, w + i, NULL, 1), typical);
	}
}

lk_status lk_check_gradients(lk_gradient_check *check, lk_model *model,
		const lk_batch *batch, size_t samples, uint64_t seed, int threads,
		lk_check_progress *progress, void *context, lk_error *error)
{
	size_t count, most = 0;
	const lk_tensor *parameter = lk_model_parameters(model, &count);
	const lk_tensor *gradient = lk_model_gradients(model, &count);
	lk_rng rng = lk_rng_new(seed, LK_RNG_CHECK);

	assert(lk_model_get_isa(model) == LK_ISA_F64);
	for (size_t n = 0; n < count; n++) {
		size_t size = lk_tensor_count(&parameter[n]);

		most = size > most ? size : most;
	}
	double *buffer = malloc(3 * most * sizeof *buffer);
	if (!buffer)
		return lk_fail(error, LK_NOMEM,
				"out of memory to check a tensor of %zu elements", most);
	checker c = { model, batch, threads, buffer };
	for (size_t n = 0; n < count; n++) {
		size_t size = lk_tensor_count(&parameter[n]);

		lk_check_backward(model, batch, threads);
		memcpy(buffer + most, gradient[n].data, size * sizeof *buffer);
		check_tensor(&c, &check[n], parameter[n].data, buffer + most,
				buffer + 2 * most, size, samples, rng, n);
		if (progress)
			progress(context, n, &check[n]);
	}
	lk_check_backward(model, batch, threads);
	free(buffer);
	return LK_OK;
}
