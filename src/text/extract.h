/* text/extract.h
 * A part of a text that stands for all of it, before it has been tokenised. */
#ifndef LK_TEXT_EXTRACT_H
#define LK_TEXT_EXTRACT_H

#include "text/corpus.h"

/* Stretches of the documents, as documents of their own, evenly spread over all of their
 * bytes: at most `most` bytes in all, and no less than half of that; where there are no
 * more than so many, all of them. Stretches may begin and end within a character. They
 * depend on the bytes of each document alone. Their array is malloc'd; texts and names
 * are the documents'. most: 1 or more. Fails with LK_NOMEM. */
lk_status lk_documents_extract(lk_documents *extract, const lk_documents *documents,
		uint64_t most, lk_error *error);

#endif
