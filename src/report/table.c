#include "report/table.h"

#include "base/array.h"
#include "base/printf.h"
#include "report/escape.h"
#include "report/terminal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct lk_table {
	char *alignment;
	size_t columns;
	char **cell;
	size_t count, capacity;
	size_t *width; /* [columns] */
	bool failed;
};

lk_status lk_table_new(lk_table **out, const char *alignment, lk_error *error)
{
	lk_table *table = calloc(1, sizeof *table);

	assert(*alignment);
	if (table) {
		table->columns = strlen(alignment);
		table->alignment = strdup(alignment);
		table->width = calloc(table->columns, sizeof *table->width);
	}
	if (!table || !table->alignment || !table->width) {
		lk_table_free(table);
		return lk_fail(error, LK_NOMEM, "out of memory for a table");
	}
	*out = table;
	return LK_OK;
}

void lk_table_free(lk_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++)
		free(table->cell[i]);
	free(table->cell);
	free(table->alignment);
	free(table->width);
	free(table);
}

void lk_table_cell(lk_table *table, const char *format, ...)
{
	va_list arguments;
	char *raw, *text = NULL;

	va_start(arguments, format);
	raw = lk_vasprintf(format, arguments);
	va_end(arguments);
	if (raw)
		text = lk_escape(raw, strlen(raw), false);
	free(raw);
	if (!text || !lk_array_reserve(&table->cell, &table->capacity, table->count + 1,
				      sizeof *table->cell)) {
		free(text);
		table->failed = true;
		return;
	}
	size_t column = table->count % table->columns, width = lk_text_width(text);
	if (width > table->width[column])
		table->width[column] = width;
	table->cell[table->count++] = text;
}

static void print_row(const lk_table *table, char *const *cell, FILE *out)
{
	size_t blank = 0; /* owed, so that no line ends in blanks */

	for (size_t c = 0; c < table->columns; c++) {
		size_t pad = table->width[c] - lk_text_width(cell[c]);
		bool right = table->alignment[c] == 'r';

		if (*cell[c]) {
			fprintf(out, "%*s%s", (int)(blank + (right ? pad : 0)), "",
					cell[c]);
			blank = right ? 0 : pad;
		} else {
			blank += pad;
		}
		blank += 2;
	}
	fputc('\n', out);
}

lk_status lk_table_print(
		const lk_table *table, FILE *out, const char *indent, lk_error *error)
{
	assert(table->failed || table->count % table->columns == 0);
	if (table->failed)
		return lk_fail(error, LK_NOMEM, "out of memory for a table");
	for (size_t i = 0; i < table->count; i += table->columns) {
		fputs(indent, out);
		print_row(table, table->cell + i, out);
	}
	return LK_OK;
}
