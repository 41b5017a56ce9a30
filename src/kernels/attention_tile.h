/* kernels/attention_tile.h
 * What the forward and the backward pass of attention share: one tile of
 * QUERIES x KEYS scores. Rows of a tile are worked on in whole vectors; what a
 * query does not see is masked, not skipped. */
#ifndef LK_KERNELS_ATTENTION_TILE_H
#define LK_KERNELS_ATTENTION_TILE_H

#include "base/size.h"
#include "kernels/attention.h"
#include "kernels/dropout.h"
#include "kernels/vector.h"

#include <string.h>

/* A tile that the diagonal crosses is worked on STEP queries or keys at a time, each
 * step as far as it sees or is seen: two blocks of tile.c. QUERIES is a multiple.
 * CHUNK: elements that loops over a row take at a time. */
enum { QUERIES = 48, KEYS = 64, STEP = 12, CHUNK = 16 };

typedef struct {
	const uint32_t *first; /* of this sequence, or NULL */
	size_t offset;         /* position of query 0 */
} visibility;

static inline lk_real *at(lk_heads x, size_t b, size_t h, size_t t)
{
	return x.data + b * x.sequence + h * x.head + t * x.position;
}

/* to (D, KEYS) = transpose of `count` vectors of D channels; zeros beyond them,
 * as far as a chunk reads. */
static inline void transpose_keys(lk_real *to, const lk_real *from, size_t count,
		size_t D, size_t stride)
{
	size_t chunks = lk_ceil_div(count, CHUNK) * CHUNK;

	lk_transpose(to, KEYS, from, stride, count, D);
	for (size_t d = 0; count < chunks && d < D; d++)
		memset(to + d * KEYS + count, 0, (chunks - count) * sizeof *to);
}

/* The keys [*low, *high) of a tile of n keys from key u0 that query i sees. */
static inline void visible(visibility see, size_t i, size_t u0, size_t n,
		size_t *low, size_t *high)
{
	size_t position = see.offset + i;
	size_t from = see.first ? see.first[i] : 0;

	*high = position < u0 ? 0 : lk_least(n, position + 1 - u0);
	*low = from > u0 ? lk_least(from - u0, *high) : 0;
}

#endif
