/* cli/score_records.h
 * The records that `likely score` scores one by one: the documents of files, or
 * fields of JSON Lines. Lines are read as they come, so that a corpus of any size,
 * or a pipe, goes through; otherwise a file is in memory at a time. */
#ifndef LK_CLI_SCORE_RECORDS_H
#define LK_CLI_SCORE_RECORDS_H

#include "base/status.h"
#include "text/documents.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Texts live until the record is freed. */
typedef struct {
	const char *file;
	uint64_t number; /* of the document, or line, in its file, from 1 */
	unsigned char *text, *context; /* malloc'd; context NULL: none */
	size_t nbytes, context_nbytes;
} lk_record;

void lk_record_free(lk_record *record);

typedef struct {
	lk_document_rule documents;
	const char *field;         /* not NULL: lines are JSON objects, the text is
				      this string in them */
	const char *context_field; /* and this its context; NULL: none */
} lk_records_rule;

typedef struct lk_records lk_records;

/* Those of the files paths[0 .. count - 1], which outlive the reader. */
lk_status lk_records_new(lk_records **records, const char *const *paths, size_t count,
		const lk_records_rule *rule, lk_error *error);
void lk_records_free(lk_records *records); /* accepts NULL */

/* The next record; text NULL behind the last. A line that is no object with such
 * a field is refused by file and number; empty ones are passed over. */
lk_status lk_records_next(lk_records *records, lk_record *record, lk_error *error);

#endif
