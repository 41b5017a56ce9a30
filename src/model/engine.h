/* model/engine.h
 * Inside of a model. The numeric code is compiled once for each instruction set
 * and once in double; lk_engine is the door to one of these builds, and what is
 * behind it (network.h) only that build knows. Included by model/ alone. */
#ifndef LK_MODEL_ENGINE_H
#define LK_MODEL_ENGINE_H

#include "base/arena.h"
#include "base/rng.h"
#include "model/decoder.h"
#include "model/model.h"
#include "model/parameters.h"

typedef struct {
	size_t network_nbytes;  /* of lk_network, without its layers */
	size_t layer_nbytes;    /* of what it holds for each layer */
	size_t decoding_nbytes; /* of lk_decoding */
	lk_dtype dtype;

	/* Point the network at parameters and gradients. */
	void (*bind_parameters)(lk_model *);
	/* Take activations for (B, T) from arena; base == NULL only measures. */
	void (*bind_activations)(lk_model *, lk_arena *arena, size_t B, size_t T,
			bool gradients);
	/* Team functions, as model.h has them. */
	void (*forward_backward)(lk_model *, const lk_batch *, double scale,
			bool accumulate);
	void (*forward)(lk_model *, const lk_batch *, double *nll);
	void (*logits)(lk_model *, const lk_batch *, float *logits);
	/* Decoding: take the cache and the rows of one piece from arena; then,
	 * team, append a piece of n ids (streams, n), at most decoder->rows of
	 * them. */
	void (*bind_decoder)(lk_decoder *, lk_arena *arena);
	void (*decode)(lk_decoder *, const uint32_t *ids, size_t n);
} lk_engine;

struct lk_model {
	lk_model_config config;
	lk_isa isa;
	const lk_engine *engine;
	lk_arena weights, gradients, activations;
	lk_tensor *parameter, *gradient; /* the same names, shapes, order */
	size_t tensor_count;
	size_t B, T;       /* reserved */
	bool has_gradients;
	lk_rng dropout;    /* keyed by the seed */
	size_t scored;     /* of the last batch */
	double nll;
	void *network;     /* lk_network of the engine */
	lk_profile *profile; /* or NULL */
};

struct lk_decoder {
	lk_model *model;
	size_t streams, length, capacity;
	size_t piece;     /* most ids of a stream that go through at once */
	int threads;
	lk_arena arena;
	uint32_t *ids;    /* (streams, piece) */
	float *logits;    /* (streams, V) */
	void *decoding;   /* lk_decoding of the engine */
};

const lk_engine *lk_engine_of(lk_isa isa);

#endif
