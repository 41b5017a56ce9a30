/* text/bpe_merges.h
 * Which pairs of tokens a BPE merges: a table from a pair to its rank. */
#ifndef LK_TEXT_BPE_MERGES_H
#define LK_TEXT_BPE_MERGES_H

#include "text/tokenizer_bpe.h"

#define LK_BPE_NO_RANK UINT32_MAX

/* Open addressing: the pair of entry i, or the next free one. */
typedef struct {
	uint64_t pair;
	uint32_t rank; /* LK_BPE_NO_RANK: free */
} lk_bpe_entry;

typedef struct {
	lk_bpe_entry *entry; /* [1 << (64 - shift)] */
	unsigned shift;
	uint32_t *made;      /* [merges] what each makes */
} lk_bpe_merges;

/* Two merges of one pair are refused (LK_FORMAT). Zeroed may be freed. */
lk_status lk_bpe_merges_init(lk_bpe_merges *merges, const lk_bpe_merge *merge,
		size_t count, lk_error *error);
void lk_bpe_merges_free(lk_bpe_merges *merges);

static inline uint64_t lk_bpe_pair(uint32_t left, uint32_t right)
{
	return (uint64_t)left << 32 | right;
}

/* Where the search for a pair begins: Fibonacci hashing. */
static inline size_t lk_bpe_pair_place(uint64_t pair, unsigned shift)
{
	return (size_t)((pair ^ pair >> 29) * 0x9E3779B97F4A7C15u >> shift);
}

static inline uint32_t lk_bpe_rank(
		const lk_bpe_merges *merges, uint32_t left, uint32_t right)
{
	uint64_t pair = lk_bpe_pair(left, right);
	size_t mask = ((size_t)1 << (64 - merges->shift)) - 1;
	size_t i = lk_bpe_pair_place(pair, merges->shift);

	while (merges->entry[i].rank != LK_BPE_NO_RANK && merges->entry[i].pair != pair)
		i = (i + 1) & mask;
	return merges->entry[i].rank;
}

#endif
