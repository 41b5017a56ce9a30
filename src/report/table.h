/* report/table.h
 * Rows and columns, aligned by the width of what is in them. */
#ifndef LK_REPORT_TABLE_H
#define LK_REPORT_TABLE_H

#include "base/status.h"

#include <stdio.h>

typedef struct lk_table lk_table;

/* One column for each letter of alignment: 'l' or 'r'. */
lk_status lk_table_new(lk_table **table, const char *alignment, lk_error *error);
void lk_table_free(lk_table *table); /* accepts NULL */

/* The next cell, row by row; control characters in it are escaped. A failure is
 * kept for lk_table_print. */
void lk_table_cell(lk_table *table, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* Write the rows, two spaces between columns, none at the end of a line, each
 * line after `indent`. Errors of writing stay in the stream. */
lk_status lk_table_print(
		const lk_table *table, FILE *out, const char *indent, lk_error *error);

#endif
