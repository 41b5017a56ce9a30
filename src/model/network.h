/* model/network.h
 * What the numeric code of a model works on: parameters, their gradients, and
 * the activations of one micro-batch. R = B T rows of C channels; H query
 * heads, K key/value heads of D channels; Q = (H + 2 K) D; U = rows of the up
 * projection. */
#ifndef LK_MODEL_NETWORK_H
#define LK_MODEL_NETWORK_H

#include "base/real.h"
#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "model/engine.h"
#include "model/slabs.h"

typedef struct {
#define X(field, ...) lk_real *field;
	LK_LAYER_PARAMETERS(X)
#undef X
} lk_layer_parameters;

typedef struct {
#define X(field, ...) lk_real *field;
	LK_EMBEDDING_PARAMETERS(X)
	LK_FINAL_PARAMETERS(X)
#undef X
	lk_layer_parameters *layer;
} lk_parameters;

/* The matrices of a layer. In training, a pass over small slabs of rows packs their
 * panels first, and elsewhere there are none; those of a frozen model are packed
 * for good. */
#define LK_LAYER_MATRICES(X) X(qkv) X(output) X(up) X(down)
typedef struct {
#define X(name) lk_matrix name;
	LK_LAYER_MATRICES(X)
#undef X
} lk_layer_matrices;

/* Of one layer, or of some rows of it. The streams x and middle of layer
 * 0 .. L - 1 follow each other: x[l] -> middle[l] -> x[l + 1]. Without gradients
 * all layers share one set, and middle is x. What is cheap to compute again,
 * h1, h2 and act, no layer keeps: the backward pass makes it anew. */
typedef struct {
	lk_real *raw, *x0; /* (R,C) (R,C): what x is mixed of; without mixes raw
			      is x, and there is no x0 */
	lk_real *x, *mean1, *rstd1, *h1; /* (R,C) (R) (R) (R,C): enters, norm */
	lk_real *qkv;                    /* (R,Q): projected */
	lk_real *qk, *q_rms, *k_rms;     /* (R,(H+K)D) (R,H) (R,K): with qk_norm,
					    normalised and rotated */
	lk_real *attended, *lse;         /* (R,HD) (B,H,T) */
	lk_real *middle, *mean2, *rstd2, *h2; /* (R,C) (R) (R) (R,C) */
	lk_real *up, *act;               /* (R,U) (R,hidden) */
} lk_layer_activations;

/* The weight gradients of a layer. */
enum { LK_KEPT_UP, LK_KEPT_DOWN, LK_KEPT_QKV, LK_KEPT_OUTPUT, LK_KEPT };

/* Gradients of gains and biases are sums over rows: every slab leaves its own, to
 * be added when all are there. A norm's are C for the gain, then C for the
 * bias. */
enum { LK_SUMS_NORM1, LK_SUMS_NORM2, LK_SUMS_FINAL, LK_SUMS_QUERY, LK_SUMS_KEY,
	LK_SUMS_EMBEDDING, LK_SUMS_MIX, LK_SUMS_BIAS,
	LK_SUMS = LK_SUMS_BIAS + LK_KEPT };

typedef struct {
	lk_layer_activations *layer; /* [L]; h1, h2, act: NULL */
	lk_layer_matrices *matrix;   /* [L]: those of a pass */
	lk_slabs most; /* slabs that there is room for */
	lk_slab_queue queue;         /* of the pass */
	lk_real *x0;                 /* (R,C): the embedding, where layers mix it */
	lk_real *embedded, *mean0, *rstd0; /* (R,C) (R) (R): before its norm */
	lk_real *x, *mean, *rstd, *h; /* after the last layer, and its norm */
	lk_real *cosine, *sine;      /* (T, D/2): rotary positions */
	lk_real *logits, *slope;     /* (head_rows, ld_logits); slope: of the cap */
	double *nll;                 /* (R) */
	uint32_t *first;             /* (R): first visible key, when masking */
	/* of the slab that a thread is at: (workers, slab rows, ...) */
	lk_real *slab_h, *slab_act;  /* C, hidden */
	lk_real *slab_dy, *slab_dup; /* C, U; backward only */
	lk_real *partial;            /* of reductions over rows */
	/* backward only, shared by all layers */
	lk_real *dx, *dh, *dx0;      /* (R,C) */
	lk_real *dqkv, *dqk;         /* (R,Q) (R,(H+K)D) */
	lk_real *dattended, *delta;  /* (R,HD) (B,H,T) */
	lk_kept kept[LK_KEPT];       /* both sides of a layer's weight gradients */
	lk_real *sums[LK_SUMS];      /* (slabs, columns) each: see LK_SUMS */
	size_t head_rows, ld_logits, partial_count;
} lk_activations;

typedef struct {
	lk_parameters parameter, gradient;
	lk_layer_matrices *matrix; /* [L]: of the parameters, or frozen */
	lk_matrix head;
	bool frozen;
	lk_activations act;
} lk_network;

/* How one pass over a batch goes. */
typedef struct {
	const lk_batch *batch;
	lk_slabs slabs;
	const uint32_t *first; /* NULL: no document mask */
	bool train;            /* dropout on */
} lk_pass;

/* Where in the model a dropout mask belongs. */
enum { LK_DROP_ATTENTION, LK_DROP_ATTENDED, LK_DROP_MLP, LK_DROP_SITES };
static inline uint32_t lk_drop_site(size_t layer, uint32_t which)
{
	return (uint32_t)(1 + layer * LK_DROP_SITES + which); /* 0: embedding */
}

/* Rows of q, k and v in buffers of B sequences of T rows. */
static inline lk_heads lk_heads_in_rows(lk_real *data, size_t T, size_t D, size_t ld)
{
	return (lk_heads){ data, T * ld, D, ld };
}

#define lk_network_bind_parameters LK_VARIANT(network_bind_parameters)
#define lk_network_bind_activations LK_VARIANT(network_bind_activations)
#define lk_network_bind_layer LK_VARIANT(network_bind_layer)
#define lk_network_bind_frozen LK_VARIANT(network_bind_frozen)
#define lk_network_freeze LK_VARIANT(network_freeze)
#define lk_norm_forward LK_VARIANT(norm_forward)
#define lk_embed LK_VARIANT(embed)
#define lk_network_bind_passing LK_VARIANT(network_bind_passing)
#define lk_layer_matrices_of LK_VARIANT(layer_matrices_of)
#define lk_layer_slab LK_VARIANT(layer_slab)
#define lk_pass_attention_dropout LK_VARIANT(pass_attention_dropout)
#define lk_layer_queries LK_VARIANT(layer_queries)
#define lk_layer_output LK_VARIANT(layer_output)
#define lk_network_forward LK_VARIANT(network_forward)
#define lk_network_backward LK_VARIANT(network_backward)
#define lk_head_loss LK_VARIANT(head_loss)
#define lk_head_loss_backward LK_VARIANT(head_loss_backward)
#define lk_head_logits LK_VARIANT(head_logits)

void lk_network_bind_parameters(lk_model *model);
void lk_network_bind_activations(lk_model *model, lk_arena *arena, size_t B,
		size_t T, bool gradients);

/* What one layer keeps for R rows; and, apart, what it does not. */
void lk_network_bind_layer(lk_layer_activations *a, const lk_model_config *c,
		lk_arena *arena, size_t R, bool gradients);
void lk_network_bind_passing(lk_layer_activations *a, const lk_model_config *c,
		lk_arena *arena, size_t R);

/* freeze.c: take the memory for all matrices in the order in which products read
 * them (base/arena.h: measured first); then, team, put them there and give back
 * what is not read any more. */
void lk_network_bind_frozen(lk_model *model, lk_arena *arena, lk_weights weights);
void lk_network_freeze(lk_model *model);

/* The matrices of a layer, without panels. */
lk_layer_matrices lk_layer_matrices_of(const lk_model_config *c,
		const lk_layer_parameters *p);

/* Team functions, forward.c. Rows here are B sequences of T each, or one piece
 * of a sequence (B = 1) that begins at row `position` of it. */
typedef struct {
	size_t B, T, position;
} lk_rows;

/* LayerNorm or RMSNorm, as configured, of R rows. */
void lk_norm_forward(const lk_model_config *c, lk_real *y, lk_real *mean,
		lk_real *rstd, const lk_real *x, const lk_real *gain,
		const lk_real *bias, size_t R);

/* Embedding of B T tokens, which begin at this position, with its norm where there
 * is one: x (B T, C). embedded, mean and rstd are what the norm is computed of
 * (without one they may be NULL). */
void lk_embed(const lk_model *model, lk_real *x, lk_real *embedded, lk_real *mean,
		lk_real *rstd, const uint32_t *ids, lk_rows rows);

/* From what enters the layer, a->raw, to queries, keys and values: mix, norm,
 * projection, query-key norm, rotation. */
void lk_layer_queries(const lk_model *model, const lk_layer_parameters *p,
		const lk_layer_matrices *m, lk_layer_activations *a,
		const lk_real *cosine, const lk_real *sine, lk_rows rows);

/* From what attention gave, a->attended, to the stream that leaves the layer,
 * y. pass NULL: no dropout; else `sequence` is the rows' (first) sequence in
 * it. */
void lk_layer_output(const lk_model *model, const lk_layer_parameters *p,
		const lk_layer_matrices *m, lk_layer_activations *a, lk_real *y,
		size_t layer, lk_rows rows, const lk_pass *pass, size_t sequence);

/* The part of layer l's activations that a slab is about. */
lk_layer_activations lk_layer_slab(const lk_model *model, size_t l,
		const lk_slab *slab);

/* Attention of a pass: of all rows, or of those of a slab of whole sequences. */
lk_attention_dropout lk_pass_attention_dropout(const lk_model *model, size_t layer,
		const lk_pass *pass, size_t sequence);

/* Tokens to the stream of layer 0, and the last norm's input to its output. */
void lk_network_forward(lk_model *model, const lk_pass *pass);

/* backward.c: from the gradient of the last norm's output, act.dh, to the
 * gradients of all parameters but the head's. */
void lk_network_backward(lk_model *model, const lk_pass *pass, bool accumulate);

/* head.c: logits and loss, in pieces of head_rows rows. */
void lk_head_loss(lk_model *model, const lk_batch *batch);
void lk_head_loss_backward(lk_model *model, const lk_batch *batch, double scale,
		bool accumulate);
void lk_head_logits(lk_model *model, const lk_batch *batch, float *logits);

#endif
