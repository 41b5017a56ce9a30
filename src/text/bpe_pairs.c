#include "text/bpe_pairs.h"

#include "base/array.h"

#include <stdbool.h>
#include <stdlib.h>

enum { BLOCK = 1 << 17 /* places */, LEAST = 1024 };

struct lk_pair_block {
	struct lk_pair_block *next;
	size_t used, capacity;
	lk_place place[];
};

void lk_pairs_free(lk_pairs *pairs)
{
	while (pairs->block) {
		struct lk_pair_block *next = pairs->block->next;

		free(pairs->block);
		pairs->block = next;
	}
	free(pairs->pair);
	free(pairs->slot);
	free(pairs->batch);
	free(pairs->heap);
	*pairs = (lk_pairs){ 0 };
}

static size_t first_slot(const lk_pairs *pairs, uint64_t key)
{
	uint64_t hash = (key ^ key >> 29) * 0x9E3779B97F4A7C15u;

	return (size_t)(hash >> 32) & (pairs->slots - 1);
}

lk_pair *lk_pairs_find(const lk_pairs *pairs, uint64_t key)
{
	size_t mask = pairs->slots - 1;

	if (!pairs->slots)
		return NULL;
	for (size_t s = first_slot(pairs, key); pairs->slot[s]; s = (s + 1) & mask)
		if (pairs->pair[pairs->slot[s] - 1].key == key)
			return &pairs->pair[pairs->slot[s] - 1];
	return NULL;
}

static void enter(lk_pairs *pairs, uint32_t number)
{
	size_t mask = pairs->slots - 1;
	size_t s = first_slot(pairs, pairs->pair[number].key);

	while (pairs->slot[s])
		s = (s + 1) & mask;
	pairs->slot[s] = number + 1;
}

/* *array with room for one element more, whose number has 32 bits. */
static bool grow(void *array, size_t size, size_t count, size_t *capacity)
{
	return count < UINT32_MAX - 1 &&
			lk_array_reserve(array, capacity, count + 1, size);
}

static bool grow_slots(lk_pairs *pairs)
{
	size_t slots = pairs->slots ? 2 * pairs->slots : 4 * (size_t)LEAST;
	uint32_t *slot;

	if (2 * (pairs->pairs + 1) <= pairs->slots)
		return true;
	slot = calloc(slots, sizeof *slot);
	if (!slot)
		return false;
	free(pairs->slot);
	pairs->slot = slot;
	pairs->slots = slots;
	for (size_t i = 0; i < pairs->pairs; i++)
		enter(pairs, (uint32_t)i);
	return true;
}

/* Room for so many places; NULL when out of memory. */
static lk_place *take_places(lk_pairs *pairs, size_t count)
{
	struct lk_pair_block *block = pairs->block;

	if (!block || count > block->capacity - block->used) {
		size_t capacity = count > BLOCK ? count : BLOCK;

		block = malloc(sizeof *block + capacity * sizeof(lk_place));
		if (!block)
			return NULL;
		block->next = pairs->block;
		block->used = 0;
		block->capacity = capacity;
		pairs->block = block;
	}
	block->used += count;
	return block->place + block->used - count;
}

static bool is_better(const lk_pair_candidate *a, const lk_pair_candidate *b)
{
	return a->count != b->count ? a->count > b->count : a->key < b->key;
}

static void sift_down(lk_pairs *pairs)
{
	lk_pair_candidate *heap = pairs->heap, moved = heap[0];
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < pairs->candidates; i = child) {
		child += child + 1 < pairs->candidates &&
			 is_better(&heap[child + 1], &heap[child]);
		if (!is_better(&heap[child], &moved))
			break;
		heap[i] = heap[child];
	}
	heap[i] = moved;
}

static void push(lk_pairs *pairs, lk_pair_candidate added)
{
	lk_pair_candidate *heap = pairs->heap;
	size_t i = pairs->candidates++;

	for (; i && is_better(&added, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = added;
}

lk_status lk_pairs_add(lk_pairs *pairs, uint64_t key, int64_t count, size_t places,
		lk_place **place, lk_error *error)
{
	lk_pair *pair = lk_pairs_find(pairs, key);
	uint32_t number = (uint32_t)(pair ? (size_t)(pair - pairs->pair) : pairs->pairs);

	*place = take_places(pairs, places);
	if (!*place || !grow(&pairs->pair, sizeof *pairs->pair, pairs->pairs,
				       &pairs->pair_capacity) ||
			!grow(&pairs->batch, sizeof *pairs->batch, pairs->batches,
					&pairs->batch_capacity) ||
			!grow(&pairs->heap, sizeof *pairs->heap, pairs->candidates,
					&pairs->heap_capacity) ||
			!grow_slots(pairs))
		return lk_fail(error, LK_NOMEM,
				"out of memory for %zu pairs of tokens; use less text",
				pairs->pairs + 1);
	if (!pair) {
		pairs->pair[pairs->pairs++] = (lk_pair){ .key = key };
		enter(pairs, number);
	}
	pairs->pair[number].count += count;
	pairs->pair[number].batches++;
	pairs->batch[pairs->batches] = (lk_pair_batch){ *place, places, number };
	push(pairs, (lk_pair_candidate){ (uint64_t)pairs->pair[number].count, key,
			    (uint32_t)pairs->batches++ });
	return LK_OK;
}

const lk_pair_batch *lk_pairs_pop(lk_pairs *pairs, uint64_t *count)
{
	while (pairs->candidates) {
		lk_pair_candidate top = pairs->heap[0];
		const lk_pair_batch *batch = &pairs->batch[top.batch];
		int64_t now = pairs->pair[batch->pair].count;

		/* Counts fall while candidates wait: it has to queue again. */
		if (now > 0 && top.count != (uint64_t)now) {
			pairs->heap[0].count = (uint64_t)now;
			sift_down(pairs);
			continue;
		}
		pairs->heap[0] = pairs->heap[--pairs->candidates];
		if (pairs->candidates)
			sift_down(pairs);
		*count = top.count;
		if (now > 0)
			return batch;
	}
	return NULL;
}
