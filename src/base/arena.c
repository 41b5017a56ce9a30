#include "base/arena.h"

#include <sys/mman.h>

enum {
	HUGE_PAGE = 2 << 20,
	PAGE = 64 << 10 /* the largest ordinary page of any machine we run on */
};

lk_status lk_arena_reserve(lk_arena *arena, const char *what, lk_error *error)
{
	size_t wanted = arena->used;
	char *mapped, *base;

	*arena = (lk_arena){ 0 };
	if (wanted >= SIZE_MAX / 2)
		return lk_fail(error, LK_NOMEM,
				"%s would need more memory than any machine can "
				"address; choose a smaller model or batch",
				what);
	if (wanted == 0)
		wanted = LK_ARENA_ALIGN;

	/* Map one page more than needed, a huge one where the arena is large, so
	 * that the base can be aligned to it. Without MAP_NORESERVE, what the
	 * machine can never hold is refused here, not killed later. */
	size_t align = wanted >= 2 * HUGE_PAGE ? HUGE_PAGE : PAGE;
	size_t nbytes = (wanted + (PAGE - 1)) & ~(size_t)(PAGE - 1);
	mapped = mmap(NULL, nbytes + align, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapped == MAP_FAILED)
		return lk_fail(error, LK_NOMEM,
				"out of memory: %s needs %.1f MB; choose a smaller "
				"model or batch",
				what, (double)nbytes / 1e6);
	base = (char *)(((uintptr_t)mapped + align - 1) & ~(uintptr_t)(align - 1));
	if (base > mapped)
		munmap(mapped, (size_t)(base - mapped));
	if (mapped + align > base)
		munmap(base + nbytes, (size_t)(mapped + align - base));
#ifdef MADV_HUGEPAGE
	if (align == HUGE_PAGE)
		madvise(base, nbytes, MADV_HUGEPAGE);
#endif
	arena->base = base;
	arena->nbytes = nbytes;
	return LK_OK;
}

void lk_arena_discard(void *data, size_t nbytes)
{
	uintptr_t begin = ((uintptr_t)data + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)data + nbytes) & ~(uintptr_t)(PAGE - 1);

	if (end > begin)
		madvise((void *)begin, end - begin, MADV_DONTNEED);
}

void lk_arena_release(lk_arena *arena)
{
	if (arena->base)
		munmap(arena->base, arena->nbytes);
	*arena = (lk_arena){ 0 };
}
