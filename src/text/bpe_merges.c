#include "text/bpe_merges.h"

#include <stdlib.h>

static lk_status add(lk_bpe_merges *merges, const lk_bpe_merge *merge, uint32_t rank,
		lk_error *error)
{
	size_t mask = ((size_t)1 << (64 - merges->shift)) - 1;
	uint64_t pair = lk_bpe_pair(merge->left, merge->right);
	size_t i = lk_bpe_pair_place(pair, merges->shift);

	for (; merges->entry[i].rank != LK_BPE_NO_RANK; i = (i + 1) & mask)
		if (merges->entry[i].pair == pair)
			return lk_fail(error, LK_FORMAT,
					"merge %u is that of the same two tokens as merge "
					"%u", rank, merges->entry[i].rank);
	merges->entry[i] = (lk_bpe_entry){ pair, rank };
	merges->made[rank] = merge->made;
	return LK_OK;
}

lk_status lk_bpe_merges_init(lk_bpe_merges *merges, const lk_bpe_merge *merge,
		size_t count, lk_error *error)
{
	lk_status status = LK_OK;
	unsigned bits = 4;

	while ((size_t)1 << bits < 2 * count)
		bits++;
	merges->shift = 64 - bits;
	merges->entry = malloc(sizeof *merges->entry << bits);
	merges->made = calloc(count + 1, sizeof *merges->made);
	if (!merges->entry || !merges->made)
		return lk_fail(error, LK_NOMEM, "out of memory for %zu merges", count);
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		merges->entry[i].rank = LK_BPE_NO_RANK;
	for (size_t i = 0; i < count && !status; i++)
		status = add(merges, &merge[i], (uint32_t)i, error);
	return status;
}

void lk_bpe_merges_free(lk_bpe_merges *merges)
{
	free(merges->entry);
	free(merges->made);
}
