/* base/role.h
 * What a parameter tensor is, as far as an optimiser may ask: a model says it
 * without knowing optimisers, they read it without knowing models. */
#ifndef LK_BASE_ROLE_H
#define LK_BASE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

enum { LK_ROLE_PARTS = 3 };

typedef struct {
	/* A linear map, or several that stand one below the other because they
	 * read the same input: the rows of each, 0 where there are no more. All 0
	 * for what is none: embeddings, heads, gains, biases. */
	size_t part[LK_ROLE_PARTS];
	bool embedding; /* its rows are picked by number */
} lk_role;

#endif
