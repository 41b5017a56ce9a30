/* optim/blocks.h
 * The work of one optimiser step, cut into pieces of equal size across all
 * tensors, so that small tensors do not each cost a barrier and large ones are
 * shared. Where a block begins depends on the shapes alone. */
#ifndef LK_OPTIM_BLOCKS_H
#define LK_OPTIM_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

enum { LK_BLOCK_COUNT = 16384 }; /* greatest number of elements of a block */

/* One tensor: arrays of lk_real. */
typedef struct {
	void *w;          /* parameters */
	const void *g;    /* their gradient */
	void *m, *v;      /* moments; NULL where the method has none */
	bool decay;       /* weight decay and L2 apply */
	double rate;      /* times the step's learning rate */
} lk_slot;

typedef struct {
	size_t slot;         /* which tensor */
	size_t first, count; /* elements of it */
} lk_block;

#endif
