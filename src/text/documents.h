/* text/documents.h
 * Where one document ends and the next begins: `--documents`.
 *
 *   files             a file is a document
 *   lines             so is each line, its line end (LF, or CR LF) included
 *   blank-lines       documents are set apart by blank lines: such as hold
 *                     nothing but spaces, tabs and CR; those that open a file
 *                     belong to its first document
 *   separator:STRING  each occurrence of STRING ends a document; they do not
 *                     overlap, the first one wins
 *
 * What separates belongs to the document before it: documents put together are
 * the text, byte for byte, and none is empty. A file's end always ends a
 * document, and where it comes right behind a separator ends but one. */
#ifndef LK_TEXT_DOCUMENTS_H
#define LK_TEXT_DOCUMENTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
	LK_DOCUMENTS_FILES,
	LK_DOCUMENTS_LINES,
	LK_DOCUMENTS_BLANK_LINES,
	LK_DOCUMENTS_SEPARATOR,
} lk_documents_kind;

typedef struct {
	lk_documents_kind kind;
	const char *separator; /* into the text that was parsed; NULL: none */
} lk_document_rule;

/* From "files", "lines", "blank-lines" or "separator:STRING". Fails with
 * LK_RANGE, naming the choices. */
lk_status lk_document_rule_parse(
		lk_document_rule *rule, const char *text, lk_error *error);

/* Looks for ends of documents in a text that comes in pieces. */
typedef struct lk_document_scanner lk_document_scanner;

/* rule NULL: files. The rule must outlive the scanner. */
lk_status lk_document_scanner_new(lk_document_scanner **scanner,
		const lk_document_rule *rule, lk_error *error);
void lk_document_scanner_free(lk_document_scanner *scanner);

/* A file, or the part of it to be looked through, begins. */
void lk_document_scanner_begin(lk_document_scanner *scanner);

/* Look through the next nbytes. Ends found are counted in bytes since the
 * beginning; each is told once, in ascending order, the file's own end not.
 * Other than LK_OK from `found` ends the search. */
typedef lk_status lk_document_end_sink(void *context, uint64_t end, lk_error *error);
lk_status lk_document_scanner_scan(lk_document_scanner *scanner,
		const unsigned char *text, size_t nbytes, lk_document_end_sink *found,
		void *context, lk_error *error);

/* No end that is still to be found lies before this place (or at it, save
 * where it is 0). */
uint64_t lk_document_scanner_settled(const lk_document_scanner *scanner);

#endif
