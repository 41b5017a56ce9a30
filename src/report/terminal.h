/* report/terminal.h
 * What a stream leads to, and how it may be written to. */
#ifndef LK_REPORT_TERMINAL_H
#define LK_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

bool lk_terminal_is(FILE *stream); /* a person may be watching */

/* A terminal on which a line can be rewritten (TERM is neither unset nor
 * "dumb"). */
bool lk_terminal_is_live(FILE *stream);

/* Such a terminal, and NO_COLOR is unset or empty (https://no-color.org). */
bool lk_terminal_has_colour(FILE *stream);

/* Columns, as the terminal says at this moment; 80 where it does not. */
size_t lk_terminal_width(FILE *stream);

/* Columns that UTF-8 text takes: wide characters two, combining ones none, a
 * byte that is no character one. */
size_t lk_text_width(const char *text);

/* How many bytes of text fit into so many columns, whole characters only. */
size_t lk_text_fit(const char *text, size_t columns);

#endif
