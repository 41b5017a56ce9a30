/* text/corpus.h
 * A corpus: one or more files, in order, split by bytes into a part that trains
 * and a part that validates.
 *
 * The first 90 % of all bytes train and the last 10 % validate, cut at a
 * character boundary; with validation files given, the corpus trains whole.
 * The cut is no document's end.
 *
 * Files stay on disk: reading them is text/reader.h's. Those that a run is to
 * remember are looked through once, for their hashes. Only what comes through a
 * pipe is held in memory. */
#ifndef LK_TEXT_CORPUS_H
#define LK_TEXT_CORPUS_H

#include "base/status.h"
#include "text/documents.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stretch of one file. */
typedef struct {
	const char *path;          /* as the user wrote it; owned by the corpus */
	const unsigned char *text; /* NULL: on disk */
	size_t nbytes;
	uint64_t offset;  /* of text in the file */
	bool ends;        /* the file ends here: an end of document follows */
	char hash[33];    /* XXH3-128 of the whole file; "": not known */
	char part[33];    /* and of the stretch */
	uint64_t file_nbytes;
	const lk_document_rule *rule; /* its documents; NULL: it is one, or the
					 part of one */
} lk_document;

typedef struct {
	lk_document *document;
	size_t count;
	uint64_t nbytes; /* of all documents */
} lk_documents;

typedef struct lk_corpus lk_corpus;

/* Told now and then how many of `total` bytes have been "read", "tokenised" or
 * "checked": for a progress line. show may be NULL. */
typedef struct {
	void (*show)(void *context, const char *what, uint64_t done, uint64_t total);
	void *context;
} lk_text_watch;

void lk_text_watch_show(const lk_text_watch *watch, const char *what, uint64_t done,
		uint64_t total); /* accepts NULL */

/* How to go through a text: by so many threads, watched. Nothing that comes of it
 * depends on the threads. */
typedef struct {
	int threads; /* at least 1 */
	lk_text_watch watch;
} lk_text_work;

/* Read files ("-" is standard input); a directory stands for the regular files
 * below it, sorted by path, hidden and empty ones and linked directories left
 * out. A path given twice is read twice. Fails, naming the file, where one is
 * missing or unreadable or changes meanwhile, where one that is named (not found
 * in a directory) holds less than two characters, where a directory holds no
 * text, and where there is not a character each to train and to validate.
 * validation_count 0: split. */
lk_status lk_corpus_read(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, lk_error *error);

/* The same by several threads, watched. */
lk_status lk_corpus_read_watched(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, const lk_text_work *work, lk_error *error);

/* One file, or the files of a directory, all of it as the training part: a text
 * to be measured, which may be a single character. */
lk_status lk_corpus_read_whole(lk_corpus **corpus, const char *path,
		const lk_text_work *work, lk_error *error);

/* The same of several, to be gone through once: no hash is taken. */
lk_status lk_corpus_open(lk_corpus **corpus, const char *const *paths, size_t count,
		lk_error *error);

void lk_corpus_free(lk_corpus *corpus);

/* Divide its files into documents. The rule must outlive the corpus. */
void lk_corpus_set_rule(lk_corpus *corpus, const lk_document_rule *rule);

const lk_documents *lk_corpus_training(const lk_corpus *corpus);
const lk_documents *lk_corpus_validation(const lk_corpus *corpus);

/* Bytes from .. from + nbytes of a document (asserted to lie inside). It keeps the hash of
 * its stretch where it is all of it, and the end where it has the last byte. Text and names
 * are the document's. */
lk_document lk_document_part(const lk_document *document, uint64_t from, size_t nbytes);

/* A stretch in memory as documents of their own, by its rule; their array is
 * malloc'd, text and names are the stretch's. */
lk_status lk_document_split(
		lk_documents *documents, const lk_document *stretch, lk_error *error);

#endif
