#include "text/round.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for reading text");
}

void lk_round_free(lk_round *round)
{
	free(round->buffer);
	free(round->end);
	free(round->stretch);
}

lk_status lk_round_reserve(lk_round *round, size_t capacity, lk_error *error)
{
	unsigned char *grown;

	if (capacity <= round->capacity)
		return LK_OK;
	grown = realloc(round->buffer, capacity);
	if (!grown)
		return no_memory(error);
	round->buffer = grown;
	round->capacity = capacity;
	return LK_OK;
}

static lk_status push_end(lk_round *round, uint32_t place, lk_error *error)
{
	if (!lk_array_reserve(&round->end, &round->end_capacity, round->ends + 1,
			    sizeof *round->end))
		return no_memory(error);
	round->end[round->ends++] = place;
	return LK_OK;
}

lk_status lk_round_add_end(lk_round *round, size_t place, lk_error *error)
{
	if (round->ends > round->next_end && round->end[round->ends - 1] == place)
		return LK_OK;
	return push_end(round, (uint32_t)place, error);
}

lk_status lk_round_carry(lk_round *round, const lk_round *from, lk_error *error)
{
	size_t nbytes = from->used - from->next;
	lk_status status = lk_round_reserve(round, nbytes, error);

	round->used = round->next = round->ends = round->next_end = round->count = 0;
	if (!status && nbytes) {
		memcpy(round->buffer, from->buffer + from->next, nbytes);
		round->used = nbytes;
	}
	for (size_t i = from->next_end; i < from->ends && !status; i++)
		status = push_end(round, from->end[i] - (uint32_t)from->next, error);
	return status;
}

lk_status lk_round_add_stretch(lk_round *round, size_t nbytes, const char *path,
		uint64_t offset, lk_error *error)
{
	size_t after = round->next + nbytes, first_end = round->next_end;

	if (!lk_array_reserve(&round->stretch, &round->stretch_capacity, round->count + 1,
			    sizeof *round->stretch))
		return no_memory(error);
	while (round->next_end < round->ends && round->end[round->next_end] <= after)
		round->next_end++;
	round->stretch[round->count++] = (lk_stretch){ .path = path,
		.offset = offset,
		.text = round->buffer + round->next,
		.nbytes = nbytes,
		.ends = round->next_end - first_end };
	round->next = after;
	return LK_OK;
}

/* Ends count from the beginnings of their stretches. */
void lk_round_finish(lk_round *round)
{
	uint32_t *end = round->end;

	for (size_t i = 0; i < round->count; i++) {
		lk_stretch *s = &round->stretch[i];

		s->end = end;
		for (size_t k = 0; k < s->ends; k++)
			*end++ -= (uint32_t)(s->text - round->buffer);
	}
}
