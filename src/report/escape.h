/* report/escape.h
 * Text of unknown origin, shown on a terminal without letting it control it.
 *
 *   control characters (C0, DEL, C1)   \x1b, \x9b, ...
 *   characters that reorder text       \u202e, ...
 *   bytes that are no UTF-8            U+FFFD
 * Everything else is left as it is. */
#ifndef LK_REPORT_ESCAPE_H
#define LK_REPORT_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Write text to out. lines: newlines and tabs are left as they are; otherwise
 * they are escaped like other control characters. text is cut at character
 * boundaries only. Errors stay in the stream. */
void lk_escape_write(FILE *out, const void *text, size_t nbytes, bool lines);

/* The same into a string, malloc'd; NULL when out of memory. */
char *lk_escape(const void *text, size_t nbytes, bool lines);

#endif
