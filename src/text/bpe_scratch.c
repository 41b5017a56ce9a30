#include "text/bpe_scratch.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	LARGE_PAGE = 2 << 20,
	REPAYS = 4 << 10, /* bytes of text that tables are made for */
};

void lk_bpe_scratch_free(lk_bpe_scratch *scratch)
{
	while (scratch) {
		lk_bpe_scratch *next = scratch->next;

		free(scratch->tables);
		lk_bpe_work_free(&scratch->work);
		free(scratch);
		scratch = next;
	}
}

/* Its address tells threads apart. */
static _Thread_local char this_thread;

/* Out of the idle ones, best what this processor's own cache still holds. */
static lk_bpe_scratch *take_idle(lk_bpe *bpe)
{
	lk_bpe_scratch **at = &bpe->idle, *taken;

	while (*at && (*at)->user != &this_thread)
		at = &(*at)->next;
	at = *at ? at : &bpe->idle;
	taken = *at;
	if (taken)
		*at = taken->next;
	return taken;
}

/* In large pages, where the system has them, as places are met at random. Zeroed
 * by hand: a page that calloc leaves to its first reader is taken away from all
 * threads again when it is first written to. */
static lk_bpe_tables *make_tables(void)
{
	size_t nbytes = lk_ceil_div(sizeof(lk_bpe_tables), LARGE_PAGE) * LARGE_PAGE;
	lk_bpe_tables *made = aligned_alloc(LARGE_PAGE, nbytes);

	if (!made)
		return NULL;
#ifdef MADV_HUGEPAGE
	madvise(made, nbytes, MADV_HUGEPAGE);
#endif
	memset(made, 0, sizeof *made);
	return made;
}

lk_status lk_bpe_scratch_borrow(lk_bpe_scratch **scratch, lk_bpe *bpe, size_t nbytes,
		lk_error *error)
{
	lk_bpe_scratch *taken;

	pthread_mutex_lock(&bpe->lock);
	taken = take_idle(bpe);
	pthread_mutex_unlock(&bpe->lock);
	if (!taken)
		taken = calloc(1, sizeof *taken);
	if (!taken)
		return lk_fail(error, LK_NOMEM, "out of memory for encoding text");
	taken->next = NULL;
	taken->nbytes += nbytes;
	if (!taken->tables && taken->nbytes >= REPAYS)
		taken->tables = make_tables(); /* it is slower without, no more */
	*scratch = taken;
	return LK_OK;
}

void lk_bpe_scratch_give_back(lk_bpe *bpe, lk_bpe_scratch *scratch)
{
	scratch->user = &this_thread;
	pthread_mutex_lock(&bpe->lock);
	scratch->next = bpe->idle;
	bpe->idle = scratch;
	pthread_mutex_unlock(&bpe->lock);
}
