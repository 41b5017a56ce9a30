/* model/slabs.h
 * How the rows of a micro-batch are shared out among threads.
 *
 * A step works through the layers slab by slab: a slab is so few rows that
 * what an operation leaves is still in the core's cache when the next one reads
 * it, and threads meet only where rows need each other: at attention, where a
 * slab is no whole sequence, and at the weights' gradients. Inside a slab the
 * team functions of kernels/ run in a team of one.
 *
 * A model whose layers outgrow the cache gains nothing: there is one slab, all
 * rows, and the whole team runs through it together.
 *
 * Slabs depend on the model and (B, T) alone, not on the number of threads: sums
 * over rows (gradients of gains) are cut where they are. A thread works on the
 * same slabs in every layer of a pass, and then on what others have not begun: a
 * core that is slower, or shared with another program, keeps nobody waiting. */
#ifndef LK_MODEL_SLABS_H
#define LK_MODEL_SLABS_H

#include "model/config.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
	size_t B, T;
	size_t sequences; /* of a slab; 0: it is a part of one */
	size_t parts;     /* slabs of a sequence; 1 for whole ones */
	size_t rows;      /* of the largest slab */
	size_t count;     /* 1: the whole team together */
	size_t workers;   /* most threads at work at once */
} lk_slabs;

typedef struct {
	size_t number, worker;
	size_t row, rows;
	size_t sequence;  /* the first, in the micro-batch */
	size_t B, T;      /* its rows: B sequences of T, or T rows of one */
	size_t position;  /* of the first row in its sequence */
} lk_slab;

/* True where a layer's matrices are so small that slabs pay; then panels of them
 * may be kept too. */
bool lk_slabs_fit(const lk_model_config *config);

lk_slabs lk_slabs_of(const lk_model_config *config, size_t B, size_t T);

/* Room for the slabs of any batch up to (B, T): of that many, each so many rows. */
lk_slabs lk_slabs_most(const lk_model_config *config, size_t B, size_t T);

lk_slab lk_slab_at(const lk_slabs *slabs, size_t number);

/* True where attention needs other slabs' rows. */
static inline bool lk_slabs_part(const lk_slabs *slabs)
{
	return slabs->parts > 1;
}

/* How far a team has come in a run. One belongs to a model; zeroed before the first
 * run, and again as each one ends. */
typedef struct {
	struct lk_slab_share {
		_Alignas(64) size_t next; /* task to be taken; a cache line each */
	} *share; /* [workers]: of each one's own slabs */
	size_t *done; /* [slabs]: steps that each has behind it */
	size_t left;  /* workers that found no more tasks */
} lk_slab_queue;

/* Team. Call work for every slab and each of so many steps: a slab's steps one after
 * another, those of different slabs in any order. Inside, a slab's team is one
 * thread, unless there is only one slab. A thread ends without waiting for the
 * others: a barrier must follow before the next run. */
typedef void lk_slab_work(void *context, const lk_slab *slab, size_t step);
void lk_slabs_run(const lk_slabs *slabs, lk_slab_queue *queue, size_t steps,
		lk_slab_work *work, void *context);

#endif
