/* text/tokenise.h
 * Documents to one stream of ids, with several threads and in bounded memory:
 *
 *     <|endoftext|> document 0 <|endoftext|> document 1 ... [<|endoftext|>]
 *
 * The ids do not depend on the number of threads. */
#ifndef LK_TEXT_TOKENISE_H
#define LK_TEXT_TOKENISE_H

#include "text/corpus.h"
#include "text/tokenizer.h"

/* Takes the next ids of the stream; by one thread at a time, in order. Other than
 * LK_OK, with error filled in, ends the work. */
typedef lk_status lk_ids_sink(
		void *context, const uint32_t *ids, size_t count, lk_error *error);

/* A message about the text names the file and the byte in it. What the sink got
 * before a failure is to be dropped. */
lk_status lk_tokenise(const lk_documents *documents, const lk_tokenizer *tokenizer,
		const lk_text_work *work, lk_ids_sink *sink, void *context,
		lk_error *error);

#endif
