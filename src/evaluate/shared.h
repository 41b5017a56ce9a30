/* evaluate/shared.h
 * What a scored text has in common with training text: long stretches of bytes
 * that stand in both, and at which places the bytes before had been seen.
 *
 * Stretches: windows of 32 bytes at every 32nd byte of the scored text go into a
 * table by their rolling hash [Karp & Rabin 1987]; the training text goes by,
 * piece after piece, and where a window occurs the match is extended both ways.
 * Every stretch of LK_SHARED_LEAST bytes or more holds such a window. (Where more
 * than a few hundred windows of the scored text are alike, some may be missed.)
 *
 * Places: every run of n bytes of the scored text goes into a table of 64-bit
 * hashes, and those that occur in the training text are marked; two runs with the
 * same hash, one chance in about 2^64 / (bytes x bytes), count as one.
 *
 * Memory is about 30 bytes for each byte of the scored text, and none for the
 * training text, which comes in pieces; what would reach over from one piece to the
 * next is found where pieces overlap by as much. */
#ifndef LK_EVALUATE_SHARED_H
#define LK_EVALUATE_SHARED_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LK_SHARED_LEAST = 64 }; /* bytes */

typedef struct lk_shared lk_shared;

/* text must outlive it. n (1 to LK_SHARED_LEAST): length of the runs. */
lk_status lk_shared_new(lk_shared **shared, const unsigned char *text, size_t nbytes,
		size_t n, lk_error *error);
void lk_shared_free(lk_shared *shared); /* accepts NULL */

/* The next piece of the training text; pieces should overlap by LK_SHARED_LEAST. */
void lk_shared_look(lk_shared *shared, const unsigned char *training, size_t nbytes);

/* Begin anew with the stretches; the places seen stay. */
void lk_shared_uncover(lk_shared *shared);

/* Which bytes of the text stand in a shared stretch: [nbytes]. */
const bool *lk_shared_covered(const lk_shared *shared);

/* seen[i]: did the n bytes before byte i of the text occur? false for i < n. */
void lk_shared_seen(const lk_shared *shared, bool *seen);

/* The longest stretch that is covered: where it begins, its bytes; and how many
 * are covered in all. */
typedef struct {
	size_t start, longest, covered;
} lk_shared_summary;
lk_shared_summary lk_shared_summarise(const bool *covered, size_t nbytes);

#endif
