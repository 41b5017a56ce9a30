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

/* What goes through a decoder at once: one id of several streams, or several ids
 * of one stream. */
typedef struct {
	const size_t *stream; /* [B] */
	size_t B, n;
	bool logits;          /* wanted? */
} lk_piece;

typedef struct {
	size_t network_nbytes;  /* of lk_network, without its layers; a vector as
				   long as the longest gain follows them */
	size_t layer_nbytes;    /* of what it holds for each layer */
	size_t decoding_nbytes; /* of lk_decoding */
	lk_dtype dtype;

	/* Point the network at parameters and gradients. */
	void (*bind_parameters)(lk_model *);
	/* Take activations for (B, T) from arena; base == NULL only measures. */
	void (*bind_activations)(lk_model *, lk_arena *arena, size_t B, size_t T,
			bool gradients);
	/* network.h, freeze.c. */
	void (*bind_frozen)(lk_model *, lk_arena *arena, lk_weights weights);
	void (*freeze)(lk_model *);
	/* Team functions, as model.h has them. */
	void (*forward_backward)(lk_model *, const lk_batch *, double scale,
			bool accumulate);
	void (*forward)(lk_model *, const lk_batch *, double *nll);
	void (*logits)(lk_model *, const lk_batch *, float *logits);
	/* model/decoding.h. */
	void (*bind_decoder)(lk_decoder *, lk_arena *arena);
	void (*decode)(lk_decoder *, const uint32_t *ids, lk_piece piece);
	void (*share)(lk_decoder *, size_t n);
} lk_engine;

struct lk_model {
	lk_model_config config;
	lk_isa isa;
	const lk_engine *engine;
	lk_arena weights, gradients, activations, frozen;
	lk_tensor *parameter, *gradient; /* the same names, shapes, order */
	lk_role *role;     /* likewise */
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
	size_t piece;     /* most ids of one stream that go through at once */
	size_t *live;     /* [live_count]: streams that have not been dropped */
	size_t live_count;
	int threads;
	lk_arena arena;
	uint32_t *ids;    /* (streams): one of each */
	float *logits;    /* (streams, V) */
	void *decoding;   /* lk_decoding of the engine */
};

const lk_engine *lk_engine_of(lk_isa isa);

#endif
