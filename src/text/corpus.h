/* text/corpus.h
 * A corpus: one or more documents (files), in order, split by bytes into a
 * part that trains and a part that validates.
 *
 * The first 90 % of all bytes train and the last 10 % validate, cut at a
 * character boundary; with validation files given, the corpus trains whole.
 * The cut is no document's end. */
#ifndef LK_TEXT_CORPUS_H
#define LK_TEXT_CORPUS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of one file. */
typedef struct {
	const char *path;          /* as the user wrote it; owned by the corpus */
	const unsigned char *text; /* owned by the corpus */
	size_t nbytes;
	uint64_t offset;  /* of text in the file */
	bool ends;        /* the file ends here: an end of document follows */
	char hash[33];    /* XXH3-128 of the whole file */
	uint64_t file_nbytes;
} lk_document;

typedef struct {
	lk_document *document;
	size_t count;
	uint64_t nbytes; /* of all documents */
} lk_documents;

typedef struct lk_corpus lk_corpus;

/* Read files ("-" is standard input); a directory stands for the regular files
 * below it, sorted by path, hidden and empty ones and linked directories left
 * out. A path given twice is read twice. Fails, naming the file, where one is
 * missing or unreadable, where one that is named (not found in a directory)
 * holds less than two characters, where a directory holds no text, and where
 * there is not a character each to train and to validate. validation_count 0:
 * split. */
lk_status lk_corpus_read(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, lk_error *error);
void lk_corpus_free(lk_corpus *corpus);

const lk_documents *lk_corpus_training(const lk_corpus *corpus);
const lk_documents *lk_corpus_validation(const lk_corpus *corpus);

#endif
