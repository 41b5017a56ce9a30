/* text/round.h
 * A round of text while a reader (text/reader.h) fills it: a buffer, the places in
 * it where documents end, and the stretches that it has been cut into so far. The
 * buffer grows only while it holds no stretch. */
#ifndef LK_TEXT_ROUND_H
#define LK_TEXT_ROUND_H

#include "text/reader.h"

/* Zeroed is empty; free with lk_round_free. */
typedef struct {
	unsigned char *buffer;
	size_t used, capacity;
	size_t next;   /* what no stretch holds yet */
	uint32_t *end; /* places in the buffer where documents end */
	size_t ends, end_capacity;
	size_t next_end; /* the first of them that no stretch has */
	lk_stretch *stretch;
	size_t count, stretch_capacity;
} lk_round;

void lk_round_free(lk_round *round);

/* Room for so many bytes at least. */
lk_status lk_round_reserve(lk_round *round, size_t capacity, lk_error *error);

/* Begin anew with what no stretch of another round holds. */
lk_status lk_round_carry(lk_round *round, const lk_round *from, lk_error *error);

/* A document ends at this place in the buffer, unless that is known. */
lk_status lk_round_add_end(lk_round *round, size_t place, lk_error *error);

/* The next nbytes become a stretch, of what lies there in this file. */
lk_status lk_round_add_stretch(lk_round *round, size_t nbytes, const char *path,
		uint64_t offset, lk_error *error);

/* Nothing more is added: give the stretches their ends. */
void lk_round_finish(lk_round *round);

#endif
