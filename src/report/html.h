/* report/html.h
 * Pages that need nothing from elsewhere: no scripts, fonts or style sheets but
 * their own. Text is escaped [HTML Living Standard, W3C SVG 1.1], control
 * characters as on a terminal (report/escape.h). Errors of writing stay in the
 * stream. */
#ifndef LK_REPORT_HTML_H
#define LK_REPORT_HTML_H

#include <stddef.h>
#include <stdio.h>

void lk_html_begin(FILE *out, const char *title);
void lk_html_end(FILE *out);

/* Text of unknown origin, of so many bytes. */
void lk_html_text(FILE *out, const void *text, size_t nbytes);

/* <TAG>text</TAG> */
void lk_html_element(FILE *out, const char *tag, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

/* A bar, or an interval with a point in it: `low` and `high` NAN for none. */
typedef struct {
	const char *name;
	double value, low, high;
} lk_html_mark;

/* One row for each mark, with its value in figures. Bars begin at 0; values that
 * are not finite are said, not drawn. */
void lk_html_bars(FILE *out, const lk_html_mark *mark, size_t count);
/* The same with points, intervals and a line at 0. */
void lk_html_intervals(FILE *out, const lk_html_mark *mark, size_t count);

/* Points (x, y) in the unit square, and its diagonal. */
void lk_html_square(FILE *out, const double *x, const double *y, size_t count,
		const char *x_name, const char *y_name);

#endif
