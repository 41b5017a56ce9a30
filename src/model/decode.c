#include "base/size.h"
#include "kernels/attention_row.h"
#include "kernels/gemm.h"
#include "kernels/rope.h"
#include "kernels/softcap.h"
#include "model/decoding.h"

#include <assert.h>
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
	size_t rows = lk_most(S, decoder->piece);
	size_t cache = c->layers * S * c->kv_heads * decoder->capacity * c->head_size;
	bool rope = c->position == LK_ROPE;

	d->keys = take(arena, cache);
	d->values = take(arena, cache);
	lk_network_bind_layer(&d->layer, c, arena, rows, false);
	lk_network_bind_passing(&d->layer, c, arena, rows);
	d->layer.x0 = c->x0_mix ? take(arena, rows * C) : NULL;
	d->embedded = c->embedding_norm ? take(arena, rows * C) : NULL;
	d->mean0 = c->embedding_norm ? take(arena, rows) : NULL;
	d->rstd0 = c->embedding_norm ? take(arena, rows) : NULL;
	d->cosine = rope ? take(arena, decoder->capacity * pairs) : NULL;
	d->sine = rope ? take(arena, decoder->capacity * pairs) : NULL;
	d->ld_score = lk_ceil_div(decoder->capacity, LK_ATTENTION_ROW_UNIT) *
			LK_ATTENTION_ROW_UNIT;
	d->score = take(arena, S * c->heads * d->ld_score);
	d->last = take(arena, S * C);
	d->mean = take(arena, S);
	d->rstd = take(arena, S);
	d->h = take(arena, S * C);
	d->logits = take(arena, S * c->vocabulary);
	if (arena->base && rope)
		lk_rope_tables(d->cosine, d->sine, decoder->capacity, c->head_size,
				c->rope_base);
}

/* One layer's part of the cache, from a stream on. */
static lk_heads cached(const lk_decoder *decoder, lk_real *data, size_t layer,
		size_t stream)
{
	const lk_model_config *c = &decoder->model->config;
	size_t head = decoder->capacity * c->head_size;
	size_t sequence = c->kv_heads * head;

	return (lk_heads){ data + (layer * decoder->streams + stream) * sequence,
		sequence, head, c->head_size };
}

/* Queries, keys and values of the rows at hand. */
typedef struct {
	lk_heads query, key, value;
} projected;

static projected projected_of(const lk_decoder *decoder, size_t n)
{
	const lk_model_config *c = &decoder->model->config;
	const lk_layer_activations *a = &((lk_decoding *)decoder->decoding)->layer;
	size_t D = c->head_size, H = c->heads, K = c->kv_heads, Q = lk_qkv_rows(c);
	size_t ld = c->qk_norm ? (H + K) * D : Q;
	lk_real *qk = c->qk_norm ? a->qk : a->qkv;

	return (projected){ lk_heads_in_rows(qk, n, D, ld),
		lk_heads_in_rows(qk + H * D, n, D, ld),
		lk_heads_in_rows(a->qkv + (H + K) * D, n, D, Q) };
}

/* Append n vectors of a head to its cache. */
static void append(const lk_decoder *decoder, lk_real *to, const lk_real *from,
		size_t stride, size_t n)
{
	size_t D = decoder->model->config.head_size;

	for (size_t t = 0; t < n; t++)
		memcpy(to + (decoder->length + t) * D, from + t * stride,
				D * sizeof *to);
}

/* A token of each of several streams. A task is a head of keys and values, which
 * it appends, and the queries that read them. */
static void attend_tokens(const lk_decoder *decoder, size_t layer, lk_piece piece)
{
	const lk_model_config *c = &decoder->model->config;
	lk_decoding *d = decoder->decoding;
	size_t D = c->head_size, H = c->heads, K = c->kv_heads, group = H / K;
	projected x = projected_of(decoder, 1);

	#pragma omp for
	for (size_t task = 0; task < piece.B * K; task++) {
		size_t b = task / K, kv = task % K, s = piece.stream[b];
		lk_real *k = cached(decoder, d->keys, layer, s).data +
				kv * decoder->capacity * D;
		lk_real *v = cached(decoder, d->values, layer, s).data +
				kv * decoder->capacity * D;

		append(decoder, k, x.key.data + b * x.key.sequence + kv * D, 0, 1);
		append(decoder, v, x.value.data + b * x.value.sequence + kv * D, 0, 1);
		for (size_t h = kv * group; h < (kv + 1) * group; h++)
			lk_attention_row(d->layer.attended + (b * H + h) * D,
					d->score + (b * H + h) * d->ld_score,
					x.query.data + b * x.query.sequence + h * D, k,
					v, k + decoder->capacity * D,
					decoder->length + 1, D, D,
					(lk_real)(1 / sqrt((double)D)));
	}
}

/* Several tokens of one stream. */
static void attend_stream(const lk_decoder *decoder, size_t layer, lk_piece piece)
{
	const lk_model_config *c = &decoder->model->config;
	lk_decoding *d = decoder->decoding;
	size_t D = c->head_size, H = c->heads, K = c->kv_heads, n = piece.n;
	lk_heads keys = cached(decoder, d->keys, layer, piece.stream[0]);
	lk_heads values = cached(decoder, d->values, layer, piece.stream[0]);
	projected x = projected_of(decoder, n);

	#pragma omp for
	for (size_t h = 0; h < K; h++) {
		append(decoder, keys.data + h * keys.head, x.key.data + h * D,
				x.key.position, n);
		append(decoder, values.data + h * values.head, x.value.data + h * D,
				x.value.position, n);
	}
	lk_attention_forward(lk_heads_in_rows(d->layer.attended, n, D, H * D), NULL,
			x.query, keys, values, NULL, 1, n, decoder->length + n, H, K,
			D, (lk_real)(1 / sqrt((double)D)), NULL);
}

/* The logits that follow the last token of each stream. */
static void head(lk_decoder *decoder, lk_piece piece)
{
	const lk_model_config *c = &decoder->model->config;
	const lk_network *network = decoder->model->network;
	lk_decoding *d = decoder->decoding;
	size_t C = c->width, V = c->vocabulary;

	lk_profile_mark(decoder->model->profile, LK_REGION_HEAD);
	#pragma omp for
	for (size_t b = 0; b < piece.B; b++)
		memcpy(d->last + b * C, d->layer.x + (b * piece.n + piece.n - 1) * C,
				C * sizeof(lk_real));
	lk_norm_forward(c, d->h, d->mean, d->rstd, d->last, network->parameter.norm_gain,
			network->parameter.norm_bias, piece.B);
	lk_matrix_forward(d->logits, d->h, &network->head, NULL, NULL, piece.B);
	if (c->logit_cap > 0)
		lk_softcap_forward(d->logits, NULL, piece.B, V, V,
				(lk_real)c->logit_cap);
	#pragma omp for
	for (size_t b = 0; b < piece.B; b++)
		for (size_t v = 0; v < V; v++)
			decoder->logits[piece.stream[b] * V + v] =
					(float)d->logits[b * V + v];
}

void lk_decoding_feed(lk_decoder *decoder, const uint32_t *ids, lk_piece piece)
{
	const lk_model *model = decoder->model;
	const lk_model_config *c = &model->config;
	const lk_network *network = model->network;
	const lk_parameters *p = &network->parameter;
	lk_decoding *d = decoder->decoding;
	lk_layer_activations *a = &d->layer;
	lk_rows rows = { piece.B, piece.n, decoder->length };

	assert(piece.B == 1 || piece.n == 1);
	lk_embed(model, a->x0 ? a->x0 : a->x, d->embedded, d->mean0, d->rstd0, ids, rows);
	for (size_t l = 0; l < c->layers; l++) {
		const lk_layer_matrices *m = &network->matrix[l];

		a->raw = l == 0 && a->x0 ? a->x0 : a->x;
		lk_layer_queries(model, &p->layer[l], m, a, d->cosine, d->sine, rows);
		lk_profile_mark(model->profile, LK_REGION_ATTENTION);
		if (piece.n == 1)
			attend_tokens(decoder, l, piece);
		else
			attend_stream(decoder, l, piece);
		lk_layer_output(model, &p->layer[l], m, a, a->x, l, rows, NULL, 0);
	}
	if (piece.logits)
		head(decoder, piece);
}

void lk_decoding_share(lk_decoder *decoder, size_t n)
{
	const lk_model_config *c = &decoder->model->config;
	lk_decoding *d = decoder->decoding;
	size_t D = c->head_size, K = c->kv_heads, V = c->vocabulary;
	size_t from = decoder->live[0], streams = decoder->live_count;

	#pragma omp for
	for (size_t task = 0; task < c->layers * (streams - 1) * K; task++) {
		size_t layer = task / K / (streams - 1), h = task % K;
		size_t to = decoder->live[1 + task / K % (streams - 1)];
		size_t at = (h * decoder->capacity + decoder->length) * D;

		memcpy(cached(decoder, d->keys, layer, to).data + at,
				cached(decoder, d->keys, layer, from).data + at,
				n * D * sizeof(lk_real));
		memcpy(cached(decoder, d->values, layer, to).data + at,
				cached(decoder, d->values, layer, from).data + at,
				n * D * sizeof(lk_real));
	}
	#pragma omp for
	for (size_t i = 1; i < streams; i++)
		memcpy(decoder->logits + decoder->live[i] * V,
				decoder->logits + from * V, V * sizeof(float));
}
