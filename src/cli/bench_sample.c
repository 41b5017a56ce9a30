/* likely bench: reading a prompt, and generating. */
#include "cli/bench.h"

#include "base/clock.h"
#include "base/rng.h"
#include "base/size.h"
#include "kernels/machine.h"
#include "kernels/quantized.h"
#include "model/decoder.h"
#include "model/flops.h"

#include <stdio.h>
#include <stdlib.h>

/* Generation is measured from the beginning of a text on to so many tokens. */
enum { GENERATED = 128 };

/* How many tokens go through at a time, and in what. */
typedef struct {
	lk_model *model;
	lk_decoder *decoder;
	uint32_t *ids; /* (streams, piece) */
	size_t streams, piece, length;
} feeding;

static lk_status begin(feeding *f, const lk_bench *bench, lk_error *error)
{
	size_t count = f->streams * f->piece;
	lk_rng rng = lk_rng_new(bench->common.seed, LK_RNG_SAMPLE);

	f->ids = malloc(count * sizeof *f->ids);
	if (!f->ids)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu tokens", count);
	for (size_t i = 0; i < count; i++)
		f->ids[i] = (uint32_t)lk_rng_below(rng, i, 1, bench->config.vocabulary);
	return lk_decoder_new(&f->decoder, f->model, f->streams, bench->threads, error);
}

/* Seconds of one more piece; the decoder starts again when it is at its length. */
static double feed(feeding *f)
{
	double begun;

	if (lk_decoder_length(f->decoder) + f->piece > f->length)
		lk_decoder_clear(f->decoder);
	begun = lk_clock_seconds();
	lk_decoder_feed(f->decoder, f->ids, f->piece);
	return lk_clock_seconds() - begun;
}

/* A whole text each time, so that all lengths count alike. */
static void find_parts(lk_bench_result *r, feeding *f, const lk_bench *bench)
{
	double begun = lk_clock_seconds();

	if (!bench->options.parts)
		return;
	lk_decoder_clear(f->decoder);
	lk_model_set_profile(f->model, &r->profile);
	lk_profile_begin(&r->profile);
	do {
		for (size_t t = 0; t < f->length; t += f->piece)
			feed(f);
		r->profiled_tokens += (double)(f->streams * f->length);
	} while (lk_clock_seconds() - begun < bench->options.seconds / 4);
	lk_model_set_profile(f->model, NULL);
}

static lk_status measure(const lk_bench *bench, feeding *f, lk_bench_result *r,
		lk_error *error)
{
	double *seconds = calloc(LK_BENCH_MOST, sizeof *seconds), begun;
	size_t done = 0;
	lk_status status = seconds ? begin(f, bench, error)
				   : lk_fail(error, LK_NOMEM, "out of memory");

	if (!status) {
		feed(f);
		lk_decoder_clear(f->decoder);
		begun = lk_clock_seconds();
		while (!lk_bench_enough(bench, done, begun))
			seconds[done++] = feed(f);
		r->tokens_per_s = (double)(f->streams * f->piece) /
				lk_median(seconds, done);
		r->nbytes = lk_memory_now();
		find_parts(r, f, bench);
		status = lk_bench_print(bench, r, error);
	}
	lk_decoder_free(f->decoder);
	free(f->ids);
	free(seconds);
	return status;
}

/* A model whose matrices are kept in a certain way. */
typedef struct {
	lk_model *model;
	const char *suffix;       /* of the names of results */
	double nbytes_per_weight; /* of matrices */
} kept;

static lk_status measure_prompt(const lk_bench *bench, const kept *k, lk_error *error)
{
	size_t n = lk_least(bench->options.prompt, bench->config.context);
	feeding f = { .model = k->model, .streams = 1, .piece = n, .length = n };
	lk_bench_result r = {
		.flops_per_token = lk_model_forward_flops(&bench->config, n) };

	snprintf(r.name, sizeof r.name, "prompt%s", k->suffix);
	snprintf(r.shape, sizeof r.shape, "%zu tokens", n);
	return measure(bench, &f, &r, error);
}

static lk_status measure_streams(const lk_bench *bench, const kept *k, size_t streams,
		lk_error *error)
{
	size_t n = lk_least(GENERATED, bench->config.context);
	feeding f = { .model = k->model, .streams = streams, .piece = 1, .length = n };
	lk_bench_result r = {
		.flops_per_token = lk_model_forward_flops(&bench->config, n),
		.read_per_token = k->nbytes_per_weight *
				(double)lk_model_matrix_parameters(&bench->config) /
				(double)streams };

	snprintf(r.name, sizeof r.name, "decode%s%s", streams > 1 ? ", many" : "",
			k->suffix);
	snprintf(r.shape, sizeof r.shape, "%zu x 1 token, length 1 to %zu", streams, n);
	return measure(bench, &f, &r, error);
}

static lk_status measure_kept(const lk_bench *bench, lk_weights weights, lk_error *error)
{
	bool narrow = weights == LK_WEIGHTS_Q8;
	kept k = { .suffix = narrow ? ", q8" : "",
		.nbytes_per_weight = narrow ? 1 + 2.0 / LK_QUANTIZED_BLOCK
					    : sizeof(float) };
	lk_status status = lk_bench_model(&k.model, bench, error);

	if (status)
		return status;
	status = lk_model_freeze(k.model, weights, bench->threads, error);
	if (!status)
		status = measure_prompt(bench, &k, error);
	if (!status)
		status = measure_streams(bench, &k, 1, error);
	if (!status && bench->options.count > 1)
		status = measure_streams(bench, &k, bench->options.count, error);
	lk_model_free(k.model);
	return status;
}

lk_status lk_bench_sample(lk_bench *bench, lk_error *error)
{
	lk_status status = measure_kept(bench, LK_WEIGHTS_FULL, error);

	if (!status && bench->options.quantize != LK_WEIGHTS_FULL)
		status = measure_kept(bench, bench->options.quantize, error);
	return status;
}
