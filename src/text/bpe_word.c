#include "text/bpe_word.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

size_t lk_bpe_word_short(uint32_t *ids, const lk_bpe_merges *merges,
		const uint32_t byte_id[256], const unsigned char *word, size_t nbytes)
{
	uint32_t rank[LK_BPE_SHORT]; /* of the merge of i with i + 1 */
	size_t n = nbytes;

	for (size_t i = 0; i < n; i++)
		ids[i] = byte_id[word[i]];
	for (size_t i = 0; i + 1 < n; i++)
		rank[i] = lk_bpe_rank(merges, ids[i], ids[i + 1]);
	while (n > 1) {
		size_t best = 0;

		for (size_t i = 1; i + 1 < n; i++)
			best = rank[i] < rank[best] ? i : best;
		if (rank[best] == LK_BPE_NO_RANK)
			break;
		ids[best] = merges->made[rank[best]];
		n--;
		for (size_t i = best + 1; i < n; i++) {
			ids[i] = ids[i + 1];
			rank[i - 1] = rank[i];
		}
		if (best + 1 < n)
			rank[best] = lk_bpe_rank(merges, ids[best], ids[best + 1]);
		if (best)
			rank[best - 1] = lk_bpe_rank(merges, ids[best - 1], ids[best]);
	}
	return n;
}

void lk_bpe_work_free(lk_bpe_work *work)
{
	free(work->id);
	free(work->rank);
	free(work->next);
	free(work->before);
	free(work->heap);
	free(work->dropped);
	*work = (lk_bpe_work){ 0 };
}

static lk_status reserve(lk_bpe_work *work, size_t nbytes, lk_error *error)
{
	size_t n = nbytes + nbytes / 4;

	if (nbytes <= work->capacity)
		return LK_OK;
	lk_bpe_work_free(work);
	if (nbytes < UINT32_MAX) {
		work->id = malloc(n * sizeof *work->id);
		work->rank = malloc(n * sizeof *work->rank);
		work->next = malloc(n * sizeof *work->next);
		work->before = malloc(n * sizeof *work->before);
		/* each merge takes one and adds two at most */
		work->heap = malloc(2 * n * sizeof *work->heap);
		work->dropped = malloc(2 * n * sizeof *work->dropped);
	}
	if (!work->id || !work->rank || !work->next || !work->before || !work->heap ||
			!work->dropped)
		return lk_fail(error, LK_NOMEM,
				"out of memory for a word of %zu bytes; text with "
				"spaces, or --split gpt2, has shorter ones", nbytes);
	work->capacity = n;
	return LK_OK;
}

static void sift_down(uint64_t *heap, size_t count, size_t i)
{
	uint64_t moved = heap[i];

	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		child += child + 1 < count && heap[child + 1] < heap[child];
		if (heap[child] >= moved)
			break;
		heap[i] = heap[child];
	}
	heap[i] = moved;
}

static void push(lk_bpe_work *work, uint64_t entry)
{
	size_t i = work->heap_count++;

	for (; i && work->heap[(i - 1) / 2] > entry; i = (i - 1) / 2)
		work->heap[i] = work->heap[(i - 1) / 2];
	work->heap[i] = entry;
}

static uint64_t pop(lk_bpe_work *work)
{
	uint64_t top = work->heap[0];

	work->heap[0] = work->heap[--work->heap_count];
	sift_down(work->heap, work->heap_count, 0);
	return top;
}

static uint64_t entry_at(const lk_bpe_work *work, size_t i)
{
	return (uint64_t)work->rank[i] << 32 | i;
}

static void begin(lk_bpe_work *work, const lk_bpe_merges *merges,
		const uint32_t byte_id[256], const unsigned char *word, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		work->id[i] = byte_id[word[i]];
		work->next[i] = i + 1;
		work->before[i] = i - 1;
	}
	work->heap_count = work->dropped_count = 0;
	work->rank[n - 1] = LK_BPE_NO_RANK;
	for (uint32_t i = 0; i + 1 < n; i++) {
		work->rank[i] = lk_bpe_rank(merges, work->id[i], work->id[i + 1]);
		if (work->rank[i] != LK_BPE_NO_RANK)
			work->heap[work->heap_count++] = entry_at(work, i);
	}
	for (size_t i = work->heap_count / 2; i-- > 0;)
		sift_down(work->heap, work->heap_count, i);
}

/* The pair at i has new members. */
static void rank_anew(lk_bpe_work *work, const lk_bpe_merges *merges, uint32_t i,
		uint32_t n)
{
	uint32_t next = work->next[i];

	work->rank[i] = next < n ? lk_bpe_rank(merges, work->id[i], work->id[next])
				 : LK_BPE_NO_RANK;
	if (work->rank[i] != LK_BPE_NO_RANK)
		push(work, entry_at(work, i));
}

static void merge_at(lk_bpe_work *work, const lk_bpe_merges *merges, uint32_t i,
		uint32_t n)
{
	uint32_t gone = work->next[i], next = work->next[gone];

	work->id[i] = merges->made[work->rank[i]];
	work->rank[gone] = LK_BPE_NO_RANK;
	work->next[i] = next;
	if (next < n)
		work->before[next] = i;
	rank_anew(work, merges, i, n);
	if (i)
		rank_anew(work, merges, work->before[i], n);
}

/* The merges of each step are looked at from the best on, and each is drawn for
 * when it is: the first that is not dropped is the best of those that are left. */
static bool is_dropped(const lk_bpe_dropout *dropout, lk_rng rng, uint64_t place,
		uint64_t draw)
{
	return lk_rng_uniform(rng, place, dropout->epoch << 32 | draw) < dropout->p;
}

lk_status lk_bpe_word_long(lk_ids *ids, lk_bpe_work *work, const lk_bpe_merges *merges,
		const uint32_t byte_id[256], const unsigned char *word, size_t nbytes,
		const lk_bpe_dropout *dropout, uint64_t place, lk_error *error)
{
	lk_rng rng = lk_rng_new(dropout ? dropout->seed : 0, LK_RNG_MERGE);
	uint32_t n = (uint32_t)nbytes, draw = 0;
	lk_status status = reserve(work, nbytes, error);

	if (!status)
		status = lk_ids_reserve(ids, ids->count + nbytes, error);
	if (status)
		return status;
	begin(work, merges, byte_id, word, n);
	while (work->heap_count) {
		uint64_t entry = pop(work);
		uint32_t i = (uint32_t)entry;

		if (work->rank[i] != entry >> 32)
			continue; /* it has been merged with another meanwhile */
		if (dropout && is_dropped(dropout, rng, place, draw++)) {
			work->dropped[work->dropped_count++] = entry;
			continue;
		}
		merge_at(work, merges, i, n);
		while (work->dropped_count)
			push(work, work->dropped[--work->dropped_count]);
	}
	for (uint32_t i = 0; i < n; i = work->next[i])
		ids->data[ids->count++] = work->id[i];
	return LK_OK;
}
