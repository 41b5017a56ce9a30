/* text/document_reader.h
 * The bytes of one document, from its first to its last, and whether they are those
 * that the corpus found: a file whose text is not what its hash tells or, where the
 * corpus took none, that is written to while it is read or has another length than
 * it had, is an error that names it. */
#ifndef LK_TEXT_DOCUMENT_READER_H
#define LK_TEXT_DOCUMENT_READER_H

#include "text/corpus.h"

typedef struct lk_document_reader lk_document_reader;

/* The document must outlive its reader. */
lk_status lk_document_reader_new(lk_document_reader **reader,
		const lk_document *document, lk_error *error);
void lk_document_reader_free(lk_document_reader *reader); /* accepts NULL */

/* Bytes still to come. */
uint64_t lk_document_reader_left(const lk_document_reader *reader);

/* The next nbytes (at most those left). */
lk_status lk_document_reader_read(lk_document_reader *reader, void *out, size_t nbytes,
		lk_error *error);

/* Behind the last byte: was it the document? */
lk_status lk_document_reader_check(lk_document_reader *reader, lk_error *error);

#endif
