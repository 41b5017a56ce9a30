/* base/arena.h
 * A bump allocator, freed whole. Bind twice: once with base == NULL, which
 * only measures; then, with the memory taken, for good. */
#ifndef LK_BASE_ARENA_H
#define LK_BASE_ARENA_H

#include "base/status.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { LK_ARENA_ALIGN = 64 }; /* bytes: one cache line, one AVX-512 register */

typedef struct {
	char *base;    /* NULL while only measuring */
	size_t used;   /* bytes; SIZE_MAX once a request overflowed */
	size_t nbytes; /* capacity */
} lk_arena;

/* count elements of size bytes, aligned to LK_ARENA_ALIGN. NULL while
 * measuring, and after an overflow, which sticks so that the allocation that
 * follows a measuring pass fails. Asking for more than was measured is a
 * programmer's error. */
static inline void *lk_arena_take(lk_arena *arena, size_t count, size_t size)
{
	size_t at = (arena->used + (LK_ARENA_ALIGN - 1)) &
			~(size_t)(LK_ARENA_ALIGN - 1);

	if (at < arena->used || (size && count > (SIZE_MAX / 2 - at) / size)) {
		arena->used = SIZE_MAX;
		return NULL;
	}
	arena->used = at + count * size;
	assert(!arena->base || arena->used <= arena->nbytes);
	return arena->base ? arena->base + at : NULL;
}

/* Take the memory that a measuring pass asked for (arena->used bytes), zeroed,
 * aligned to 2 MiB and in huge pages where it is large, and start again at 0.
 * what names it in the message when memory is short. */
lk_status lk_arena_reserve(lk_arena *arena, const char *what, lk_error *error);

/* Give back the pages that lie wholly within so many bytes of an arena: they read
 * as zeros from now on. */
void lk_arena_discard(void *data, size_t nbytes);

/* Give the memory back. A zeroed arena is fine. */
void lk_arena_release(lk_arena *arena);

#endif
