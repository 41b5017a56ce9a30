/* text/reader.h
 * Text of any size, a few megabytes at a time.
 *
 * A round is some stretches of text that can be encoded (or counted) each on its
 * own, by as many threads as there are: where a stretch ends, a document ends, or
 * `cut` allows a cut. How a text is cut follows from the text alone. Memory is
 * bounded, unless a text allows no cut for longer.
 *
 * A file is read again from its path. One that has changed since its hash was
 * taken, shrunk or become unreadable is an error that names it, at the latest
 * with the stretch that ends it: what has been made of a text counts once all of
 * it has been read. */
#ifndef LK_TEXT_READER_H
#define LK_TEXT_READER_H

#include "text/corpus.h"

/* The greatest place <= at (< nbytes) where text may be cut; 0: none. What
 * follows the nbytes is at least LK_READER_AHEAD bytes off, or another document. */
typedef size_t lk_reader_cut(const void *context, const unsigned char *text,
		size_t nbytes, size_t at);

enum {
	LK_READER_STRETCH = 64 << 10,  /* bytes of the longest usual stretch */
	LK_READER_ROUND = 64,          /* such stretches: a round */
	LK_READER_AHEAD = 4 << 10,     /* bytes seen behind a place to cut */
};

/* Documents end behind the first end[0], end[1], ... bytes of the text,
 * ascending, none 0. The last may be nbytes; where it is not, the document goes
 * on in the next stretch, or the text ends without its end. */
typedef struct {
	const char *path; /* of the file, as the user wrote it */
	uint64_t offset;  /* of text in the file */
	const unsigned char *text;
	size_t nbytes;
	const uint32_t *end;
	size_t ends;
} lk_stretch;

typedef struct lk_reader lk_reader;

/* documents and what cut needs must outlive the reader. stretch: bytes, or 0 for
 * the usual. */
lk_status lk_reader_new(lk_reader **reader, const lk_documents *documents,
		lk_reader_cut *cut, const void *cut_context, size_t stretch,
		lk_error *error);
void lk_reader_free(lk_reader *reader); /* accepts NULL */

/* The next round; *count 0 behind the last. It is good until the call after the
 * next: one thread may read on while others still use it. */
lk_status lk_reader_next(lk_reader *reader, const lk_stretch **stretches,
		size_t *count, lk_error *error);

/* The cut of what has no tokenizer: between characters. */
size_t lk_reader_cut_characters(const void *context, const unsigned char *text,
		size_t nbytes, size_t at);

#endif
