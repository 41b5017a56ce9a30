#include "kernels/embedding.h"
#include "kernels/gemm.h"
#include "kernels/rope.h"
#include "model/decoding.h"

#include <math.h>
#include <string.h>

static lk_real *take(lk_arena *arena, size_t count)
{
	return lk_arena_take(arena, count, sizeof(lk_real));
}

void lk_decoding_bind(lk_decoder *decoder, lk_arena *arena)
{
	lk_decoding *d = decoder->decoding;
	const lk_model_config *c = &decoder->model->config;
	size_t S = decoder->streams, C = c->width, pairs = c->head_size / 2;
	size_t cache = c->layers * S * c->kv_heads * decoder->capacity * c->head_size;
	bool rope = c->position == LK_ROPE;

	d->keys = take(arena, cache);
	d->values = take(arena, cache);
	lk_network_bind_layer(&d->layer, c, arena, S * decoder->piece, false);
	lk_network_bind_passing(&d->layer, c, arena, S * decoder->piece);
	d->cosine = rope ? take(arena, decoder->capacity * pairs) : NULL;
	d->sine = rope ? take(arena, decoder->capacity * pairs) : NULL;
	d->last = take(arena, S * C);
	d->mean = take(arena, S);
	d->rstd = take(arena, S);
	d->h = take(arena, S * C);
	d->logits = take(arena, S * c->vocabulary);
	if (arena->base && rope)
		lk_rope_tables(d->cosine, d->sine, decoder->capacity, c->head_size,
				c->rope_base);
}

/* One layer's part of the cache. */
static lk_heads cached(const lk_decoder *decoder, lk_real *data, size_t layer)
{
	const lk_model_config *c = &decoder->model->config;
	size_t head = decoder->capacity * c->head_size;
	size_t sequence = c->kv_heads * head;

	return (lk_heads){ data + layer * decoder->streams * sequence, sequence, head,
		c->head_size };
}

/* Append n rows of K heads to the cache at the decoder's length. */
static void append(const lk_decoder *decoder, lk_heads to, lk_heads from, size_t n)
{
	const lk_model_config *c = &decoder->model->config;
	size_t K = c->kv_heads, D = c->head_size;

	#pragma omp for
	for (size_t task = 0; task < decoder->streams * K; task++) {
		size_t s = task / K, h = task % K;

		for (size_t t = 0; t < n; t++)
			memcpy(to.data + s * to.sequence + h * to.head +
							(decoder->length + t) *
									to.position,
					from.data + s * from.sequence + h * from.head +
							t * from.position,
					D * sizeof(lk_real));
	}
}

static void attend(const lk_decoder *decoder, size_t layer, size_t n)
{
	const lk_model_config *c = &decoder->model->config;
	lk_decoding *d = decoder->decoding;
	lk_layer_activations *a = &d->layer;
	size_t D = c->head_size, H = c->heads, K = c->kv_heads, Q = lk_qkv_rows(c);
	size_t ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;
	lk_heads keys = cached(decoder, d->keys, layer);
	lk_heads values = cached(decoder, d->values, layer);

	append(decoder, keys, lk_heads_in_rows(qk + H * D, n, D, ld), n);
	append(decoder, values, lk_heads_in_rows(a->qkv + (H + K) * D, n, D, Q), n);
	lk_attention_forward(lk_heads_in_rows(a->attended, n, D, H * D), NULL,
			lk_heads_in_rows(qk, n, D, ld), keys, values, NULL,
			decoder->streams, n, decoder->length + n, H, K, D,
			(lk_real)(1 / sqrt((double)D)), NULL);
}

void lk_decoding_feed(lk_decoder *decoder, const uint32_t *ids, size_t n)
{
	lk_model *model = decoder->model;
	const lk_model_config *c = &model->config;
	const lk_parameters *p = &((lk_network *)model->network)->parameter;
	lk_decoding *d = decoder->decoding;
	lk_layer_activations *a = &d->layer;
	size_t S = decoder->streams, C = c->width, V = c->vocabulary;

	lk_embedding_forward(a->x, ids, p->token,
			p->position ? p->position + decoder->length * C : NULL, S, n,
			C);
	for (size_t l = 0; l < c->layers; l++) {
		lk_layer_matrices m = lk_layer_matrices_of(c, &p->layer[l]);
		lk_rows rows = { S, n, decoder->length };

		lk_layer_queries(model, &p->layer[l], &m, a, d->cosine, d->sine, rows);
		attend(decoder, l, n);
		lk_layer_output(model, &p->layer[l], &m, a, a->x, l, rows, NULL, 0);
	}
	#pragma omp for
	for (size_t s = 0; s < S; s++)
		memcpy(d->last + s * C, a->x + (s * n + n - 1) * C,
				C * sizeof(lk_real));
	lk_norm_forward(c, d->h, d->mean, d->rstd, d->last, p->norm_gain,
			p->norm_bias, S);
	lk_linear_forward(d->logits, d->h, p->head, NULL, NULL, S, V, C, V);
	#pragma omp for
	for (size_t s = 0; s < S; s++)
		for (size_t v = 0; v < V; v++)
			decoder->logits[s * V + v] = (float)d->logits[s * V + v];
}
