/* cli/text_files.h
 * The texts that a command measures: files, directories of files, standard
 * input. */
#ifndef LK_CLI_TEXT_FILES_H
#define LK_CLI_TEXT_FILES_H

#include "base/status.h"
#include "text/corpus.h"
#include "text/paths.h"

/* The files that these arguments (NULL-terminated) mean: "-" and files as they
 * are, of a directory those below it that hold something. Fails with LK_IO where
 * there is none. Free with lk_paths_free, also after a failure. */
lk_status lk_text_files_find(
		lk_paths *files, const char *const *arguments, lk_error *error);

const char *lk_text_file_name(const char *path); /* "standard input" for "-" */

/* A text in memory: its files, and their documents, one after the other. */
typedef struct {
	lk_paths paths;
	unsigned char *data;
	uint64_t nbytes;
	lk_document *file;      /* [paths]: whole files, with their hashes */
	lk_documents documents; /* texts point into data */
	uint64_t *start;        /* [documents + 1]: where each begins in data */
} lk_text;

/* Read the files that these arguments mean and divide each into documents; an
 * empty one is refused by name. The rule must outlive the text. Free with
 * lk_text_free, also after a failure. */
lk_status lk_text_read(lk_text *text, const char *const *arguments,
		const lk_document_rule *rule, lk_error *error);
void lk_text_free(lk_text *text);

#endif
