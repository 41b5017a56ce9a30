/* evaluate/breakdown.h
 * Where a text costs how much: sums over the tokens of a kind. A token's kind is
 * that of its first byte; bytes are counted each by its own, so that a token of
 * several letters and a space adds its cost to letters and its bytes to both. */
#ifndef LK_EVALUATE_BREAKDOWN_H
#define LK_EVALUATE_BREAKDOWN_H

#include "evaluate/costs.h"

/* clang-format off */
#define LK_BYTE_CLASSES(X)                        \
	X(LETTER,      "letters (ASCII)")         \
	X(DIGIT,       "digits (ASCII)")          \
	X(SPACE,       "white space (ASCII)")     \
	X(PUNCTUATION, "punctuation (ASCII)")     \
	X(NON_ASCII,   "non-ASCII")               \
	X(CONTROL,     "control characters")
/* clang-format on */

typedef enum {
#define X(name, text) LK_BYTE_##name,
	LK_BYTE_CLASSES(X)
#undef X
			LK_BYTE_CLASS_COUNT
} lk_byte_class;

lk_byte_class lk_byte_class_of(unsigned char byte);
const char *lk_byte_class_text(lk_byte_class class);

typedef struct {
	double nll; /* nats */
	uint64_t tokens, nbytes;
} lk_tally;

/* By class; tally[LK_BYTE_CLASS_COUNT]. */
void lk_tally_classes(
		lk_tally *tally, const lk_costs *costs, const unsigned char *text);

/* By a mark on each byte; tally[2]: unmarked, marked. */
void lk_tally_marked(lk_tally *tally, const lk_costs *costs, const bool *marked);

/* By how many tokens, the document's beginning included, a token is predicted
 * from, in a model with windows (evaluate/windows.h) or, with stride 0, one that
 * always has up to `context` tokens: tally[k] has those with 2^k .. 2^(k+1) - 1,
 * k < LK_POSITIONS (64-bit enough for any). start: of documents, as units have. */
enum { LK_POSITIONS = 24 };
void lk_tally_positions(lk_tally *tally, const lk_costs *costs, const uint64_t *start,
		size_t context, size_t stride);

/* A stretch of text and what it cost two models. */
typedef struct {
	uint64_t start, nbytes;
	double a, b; /* nats */
} lk_passage;

enum { LK_PASSAGE_NBYTES = 200, LK_PASSAGES = 10 };

/* The passages on which a wins most over b, most first, into best[LK_PASSAGES];
 * returns how many there are: those of the text cut into pieces of about
 * LK_PASSAGE_NBYTES, within documents, between characters. */
lk_status lk_passages_find(lk_passage *best, size_t *count, const lk_costs *a,
		const lk_costs *b, const unsigned char *text, const uint64_t *start,
		size_t documents, lk_error *error);

#endif
