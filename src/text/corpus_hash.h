/* text/corpus_hash.h
 * What the bytes of a corpus are, in XXH3-128: the hashes in its documents. */
#ifndef LK_TEXT_CORPUS_HASH_H
#define LK_TEXT_CORPUS_HASH_H

#include "text/corpus.h"
#include "text/sources.h"

/* Look through all sources, several at a time, and write their hashes into the
 * documents that they have become: each is one document of one part, but one may
 * be the end of the training part and the beginning of the other. The failure of
 * the first source that fails is told; one that has become longer or shorter
 * does. */
lk_status lk_corpus_hash(lk_documents *training, lk_documents *validation,
		const lk_sources *sources, const lk_text_work *work, lk_error *error);

#endif
