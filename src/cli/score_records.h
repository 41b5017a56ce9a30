/* cli/score_records.h
 * The records that `likely score` scores one by one: files, lines, or fields of
 * JSON Lines. Lines are read as they come, so that a corpus of any size, or a
 * pipe, goes through. */
#ifndef LK_CLI_SCORE_RECORDS_H
#define LK_CLI_SCORE_RECORDS_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Texts live until the record is freed. */
typedef struct {
	const char *file;
	uint64_t number; /* of the record in its file, from 1: of its line, where
			    records are lines or JSON */
	unsigned char *text, *context; /* malloc'd; context NULL: none */
	size_t nbytes, context_nbytes;
} lk_record;

void lk_record_free(lk_record *record);

typedef enum { LK_RECORDS_FILES, LK_RECORDS_LINES } lk_records_kind;

typedef struct {
	lk_records_kind kind;
	const char *field;         /* not NULL: lines are JSON objects, the text is
				      this string in them */
	const char *context_field; /* and this its context; NULL: none */
} lk_records_rule;

typedef struct lk_records lk_records;

/* Those of the files paths[0 .. count - 1], which outlive the reader. A line's end
 * belongs to it; that of a JSON Line does not. */
lk_status lk_records_new(lk_records **records, const char *const *paths, size_t count,
		const lk_records_rule *rule, lk_error *error);
void lk_records_free(lk_records *records); /* accepts NULL */

/* The next record; text NULL behind the last. A line that is no object with such
 * a field is refused by file and number; empty ones are passed over. */
lk_status lk_records_next(lk_records *records, lk_record *record, lk_error *error);

#endif
