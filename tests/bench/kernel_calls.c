/* Calls every kernel; compiled once for each build. */
#include "kernels.h"

#include "base/arena.h"
#include "kernels/attention.h"
#include "kernels/bias.h"
#include "kernels/cross_entropy.h"
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gemm.h"
#include "kernels/headnorm.h"
#include "kernels/layernorm.h"
#include "kernels/machine.h"
#include "kernels/matvec.h"
#include "kernels/partials.h"
#include "kernels/quantized.h"
#include "kernels/relu2.h"
#include "kernels/residual.h"
#include "kernels/rmsnorm.h"
#include "kernels/rope.h"
#include "kernels/swiglu.h"
#include "optim/adamw.h"
#include "optim/gradient_norm.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

/* Operands. The largest is the MLP's: R rows of 4 C. */
typedef struct {
	bench_shape s;
	size_t R, D, hidden, blocks_count;
	lk_real *x, *y, *dx, *dy, *w, *dw, *m, *v, *wide, *wide2;
	lk_real *gain, *sums, *mean, *rstd, *partial, *lse, *delta;
	lk_real *cosine, *sine, *logits, *token;
	uint32_t *ids;
	double *nll;
	lk_kept kept;
	lk_matrix packed;
	lk_quantized quantized;
	lk_slot slot;
	lk_block *blocks;
} operands;

typedef struct {
	const char *name;
	void (*call)(const operands *o); /* team function */
	double flops;
	size_t reals; /* read and written */
} kernel;

#define CALL(name) static void name(const operands *o)

CALL(forward) { lk_linear_forward(o->wide, o->x, o->w, NULL, NULL, o->R, o->hidden, o->s.C, o->hidden); }
CALL(forward_packed) { lk_matrix_forward(o->wide, o->x, &o->packed, NULL, NULL, o->R); }
CALL(input_gradient) { lk_linear_backward_input(o->dx, o->wide, o->w, o->R, o->hidden, o->s.C, o->hidden); }
CALL(input_packed) { lk_matrix_backward_input(o->dx, o->wide, &o->packed, o->R); }
CALL(weight_gradient) { lk_linear_backward_weight(o->dw, o->wide, o->x, o->R, o->hidden, o->s.C, o->hidden, false); }
CALL(kept_gradient) { lk_kept_gradients(&(lk_real *){ o->dw }, &o->kept, 1, o->R, false); }
CALL(keep) { lk_keep_dy(&o->kept, o->wide, 0, o->R, o->R); lk_keep_x(&o->kept, o->x, 0, o->R, o->R); }
CALL(pack)
{
	lk_matrix_pack(&o->packed);
	#pragma omp barrier
}
CALL(bias_backward) { lk_bias_backward(o->sums, o->wide, o->R, o->hidden, false, o->partial); }
CALL(layernorm) { lk_layernorm_forward(o->y, o->mean, o->rstd, o->x, o->gain, NULL, o->R, o->s.C, (lk_real)1e-5); }
CALL(layernorm_again) { lk_layernorm_again(o->y, o->x, o->gain, NULL, o->mean, o->rstd, o->R, o->s.C); }
CALL(layernorm_backward) { lk_layernorm_backward(o->dx, o->sums, NULL, o->dy, o->x, o->gain, o->mean, o->rstd, o->R, o->s.C, true, false, o->partial); }
CALL(rmsnorm) { lk_rmsnorm_forward(o->y, o->rstd, o->x, o->gain, o->R, o->s.C, (lk_real)1e-5); }
CALL(rmsnorm_backward) { lk_rmsnorm_backward(o->dx, o->sums, o->dy, o->x, o->gain, o->rstd, o->R, o->s.C, true, false, o->partial); }
CALL(headnorm) { lk_headnorm_forward(o->y, o->mean, o->x, o->gain, o->R, o->s.H, o->D, o->s.C, o->s.C, (lk_real)1e-5); }
CALL(rope) { lk_rope_forward(o->y, o->cosine, o->sine, o->s.B, o->s.T, o->s.H, o->D, o->s.C, 0); }
CALL(gelu) { lk_gelu_forward(o->wide2, o->wide, o->R, o->hidden); }
CALL(gelu_backward) { lk_gelu_backward(o->wide2, o->wide2, o->wide2, o->wide, o->R, o->hidden); }
CALL(swiglu) { lk_swiglu_forward(o->wide2, o->wide, o->R, o->hidden / 2); }
CALL(relu2) { lk_relu2_forward(o->wide2, o->wide, o->R, o->hidden); }
CALL(residual) { lk_residual_forward(o->y, o->x, o->dy, o->R * o->s.C); }
CALL(dropout) { lk_dropout_forward(o->y, o->x, o->s.B, 0, o->s.T * o->s.C, 0.1, lk_rng_new(1, LK_RNG_DROPOUT), 0, 0, 0); }
CALL(embedding) { lk_embedding_forward(o->y, o->ids, o->token, NULL, o->s.B, o->s.T, o->s.C); }
CALL(embedding_backward) { lk_embedding_backward_token(o->token, o->dy, o->ids, o->s.B, o->s.T, o->s.V, o->s.C, true); }
CALL(cross_entropy) { lk_cross_entropy_forward(o->nll, o->logits, o->ids, o->R, o->s.V, o->s.V); }

static lk_heads heads(const operands *o, lk_real *data)
{
	return (lk_heads){ data, o->s.T * o->s.C, o->D, o->s.C };
}

CALL(attention)
{
	lk_attention_forward(heads(o, o->y), o->lse, heads(o, o->x), heads(o, o->dy),
			heads(o, o->wide2), NULL, o->s.B, o->s.T, o->s.T, o->s.H,
			o->s.H, o->D, (lk_real)(1 / sqrt((double)o->D)),
			&(lk_attention_dropout){ 0 });
}

CALL(attention_backward)
{
	size_t n = o->R * o->s.C;

	lk_attention_backward(heads(o, o->wide2 + n), heads(o, o->wide2 + 2 * n),
			heads(o, o->wide2 + 3 * n), o->delta, heads(o, o->dx),
			heads(o, o->y), o->lse, heads(o, o->x), heads(o, o->dy),
			heads(o, o->wide2), NULL, o->s.B, o->s.T, o->s.H, o->s.H, o->D,
			(lk_real)(1 / sqrt((double)o->D)), &(lk_attention_dropout){ 0 });
}

CALL(adamw)
{
	lk_adamw_step step = { 0.9, 0.99, 1e-8, 1, 0, 1, 1e-4, 1 };

	lk_adamw_update(&o->slot, o->blocks, o->blocks_count, &step);
}

CALL(gradient_norm)
{
	double *squares = o->nll; /* of more elements than there are blocks */

	lk_gradient_squares(squares, &o->slot, o->blocks, o->blocks_count, 0);
}

CALL(matvec)
{
	if (o->packed.forward)
		lk_matvec(o->wide, o->x, o->packed.forward, NULL, NULL, o->hidden, o->s.C);
}
CALL(quantized_row) { lk_quantized_forward(o->wide, o->x, &o->quantized, NULL, NULL, 1, o->hidden); }
CALL(quantized_rows) { lk_quantized_forward(o->wide, o->x, &o->quantized, NULL, NULL, o->R, o->hidden); }

static void bind(operands *o, lk_arena *arena)
{
	size_t R = o->R, C = o->s.C, W = o->hidden * C, n = o->hidden * R;
	size_t logits = R * o->s.V, T = o->s.T;

#define TAKE(field, count) o->field = lk_arena_take(arena, count, sizeof *o->field)
	TAKE(x, R * C), TAKE(y, R * C), TAKE(dx, R * C), TAKE(dy, R * C);
	TAKE(w, W), TAKE(dw, W), TAKE(m, W), TAKE(v, W);
	TAKE(wide, n), TAKE(wide2, n);
	TAKE(gain, C), TAKE(sums, o->hidden), TAKE(mean, R * o->s.H);
	TAKE(rstd, R * o->s.H), TAKE(partial, LK_NORM_PARTIALS * o->hidden);
	TAKE(lse, R * o->s.H), TAKE(delta, R * o->s.H);
	TAKE(cosine, T * o->D), TAKE(sine, T * o->D);
	TAKE(logits, logits), TAKE(token, o->s.V * C);
	TAKE(ids, R), TAKE(nll, R + o->blocks_count), TAKE(blocks, o->blocks_count);
#undef TAKE
	lk_kept_bind(&o->kept, arena, R, o->hidden, C);
	o->packed = (lk_matrix){ .w = o->w, .N = o->hidden, .C = C };
	lk_matrix_bind_panels(&o->packed, arena);
	lk_quantized_bind(&o->quantized, arena, o->hidden, C);
}

static void fill(operands *o)
{
	struct {
		lk_real *at;
		size_t n;
	} arrays[] = { { o->x, o->R * o->s.C }, { o->dy, o->R * o->s.C },
		{ o->w, o->hidden * o->s.C }, { o->wide, o->hidden * o->R },
		{ o->wide2, o->hidden * o->R }, { o->gain, o->s.C },
		{ o->dw, o->hidden * o->s.C }, { o->logits, o->R * o->s.V },
		{ o->token, o->s.V * o->s.C } };

	for (size_t a = 0; a < sizeof arrays / sizeof *arrays; a++)
		for (size_t i = 0; i < arrays[a].n; i++)
			arrays[a].at[i] = ((lk_real)(i * 37 % 101) - 50) / 100;
	for (size_t r = 0; r < o->R; r++)
		o->ids[r] = (uint32_t)(r * 7 % o->s.V);
	for (size_t b = 0; b < o->blocks_count; b++) {
		size_t at = b * LK_BLOCK_COUNT, left = o->hidden * o->s.C - at;

		o->blocks[b] = (lk_block){ 0, at,
			left < LK_BLOCK_COUNT ? left : LK_BLOCK_COUNT };
	}
	o->slot = (lk_slot){ o->w, o->dw, o->m, o->v, true, 1 };
	lk_rope_tables(o->cosine, o->sine, o->s.T, o->D, 10000);
	lk_matrix_pack(&o->packed);
	lk_quantized_pack(&o->quantized, o->w);
}

typedef struct {
	const operands *o;
	const kernel *kernel;
	int threads;
} run;

static void run_kernel(void *context)
{
	const run *r = context;

	#pragma omp parallel num_threads(r->threads)
	{
		lk_cpu_flush_denormals();
		r->kernel->call(r->o);
	}
}

bool lk_bench_kernels(bench_report *report, const bench_shape *shape, int threads,
		double seconds)
{
	operands o = { .s = *shape, .R = shape->B * shape->T,
		.D = shape->C / shape->H, .hidden = 4 * shape->C };
	size_t R = o.R, C = shape->C, W = o.hidden * C, N = o.hidden;
	double product = 2.0 * (double)R * (double)W;
	double square = 2.0 * (double)R * (double)shape->T * (double)C; /* half of Q K and P V */
	lk_arena arena = { 0 };
	const kernel kernels[] = {
		{ "linear, forward", forward, product, R * C + W + R * N },
		{ "linear, forward, packed", forward_packed, product, R * C + W + R * N },
		{ "linear, input gradient", input_gradient, product, R * C + W + R * N },
		{ "linear, input gradient, packed", input_packed, product, R * C + W + R * N },
		{ "linear, weight gradient", weight_gradient, product, R * C + W + R * N },
		{ "linear, weight gradient, kept", kept_gradient, product, R * C + W + R * N },
		{ "keep both sides of it", keep, 0, 2 * R * (C + N) },
		{ "pack a matrix both ways", pack, 0, 4 * W },
		{ "bias, backward", bias_backward, 0, R * N },
		{ "attention, forward", attention, square, 4 * R * C },
		{ "attention, backward", attention_backward, 2.5 * square, 8 * R * C },
		{ "LayerNorm, forward", layernorm, 0, 2 * R * C },
		{ "LayerNorm, again", layernorm_again, 0, 2 * R * C },
		{ "LayerNorm, backward", layernorm_backward, 0, 4 * R * C },
		{ "RMSNorm, forward", rmsnorm, 0, 2 * R * C },
		{ "RMSNorm, backward", rmsnorm_backward, 0, 4 * R * C },
		{ "query-key norm, forward", headnorm, 0, 2 * R * C },
		{ "rotary positions, forward", rope, 0, 2 * R * C },
		{ "GELU, forward", gelu, 0, 2 * R * N },
		{ "GELU, backward and again", gelu_backward, 0, 3 * R * N },
		{ "SwiGLU, forward", swiglu, 0, 3 * R * N / 2 },
		{ "ReLU^2, forward", relu2, 0, 2 * R * N },
		{ "residual, forward", residual, 0, 3 * R * C },
		{ "dropout, forward", dropout, 0, 2 * R * C },
		{ "embedding, forward", embedding, 0, 2 * R * C },
		{ "embedding, backward", embedding_backward, 0, 3 * R * C },
		{ "cross-entropy", cross_entropy, 0, R * shape->V },
		{ "AdamW", adamw, 0, 7 * W },
		{ "gradient norm", gradient_norm, 0, W },
		{ "one row by a packed matrix", matvec, 0, W },
		{ "one row by 8-bit weights", quantized_row, 0, W / 4 + W / 64 },
		{ "rows by 8-bit weights", quantized_rows, product, R * C + W / 4 + R * N },
	};

	o.blocks_count = (W + LK_BLOCK_COUNT - 1) / LK_BLOCK_COUNT;
	bind(&o, &arena);
	if (lk_arena_reserve(&arena, "a measurement", NULL)) {
		fprintf(stderr, "%s: out of memory\n", shape->name);
		return false;
	}
	arena.used = 0;
	bind(&o, &arena);
	fill(&o);
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
		run r = { &o, &kernels[i], threads };
		bench_result result = { kernels[i].name,
			lk_time_work(run_kernel, &r, seconds), kernels[i].flops,
			kernels[i].reals * sizeof(lk_real) };

		report(&result, threads, seconds);
	}
	lk_arena_release(&arena);
	return true;
}
