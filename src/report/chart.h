/* report/chart.h
 * Curves, drawn with characters or as SVG.
 *
 *      0 |            *******
 *        |        ****       ****
 *        |     ***               ***
 *   -4.5 | ****                     ****
 *        +--------------^---------------
 *         0.2           0.5           0.8
 */
#ifndef LK_REPORT_CHART_H
#define LK_REPORT_CHART_H

#include <stddef.h>
#include <stdio.h>

enum { LK_CHART_SERIES = 2 };

typedef struct {
	const char *title;  /* control characters are escaped */
	size_t count;       /* of points, evenly spaced from low to high */
	double low, high;   /* of x */
	double bottom, top; /* of y; what lies below or is no number is not drawn */
	size_t series;      /* curves, at most LK_CHART_SERIES */
	const double *y[LK_CHART_SERIES]; /* [count] each */
	const char *name[LK_CHART_SERIES];
	double at[LK_CHART_SERIES]; /* an x to be marked below; NAN: none */
} lk_chart;

/* With characters, one column for each point, `rows` lines high, each line after
 * `indent`; the first series is drawn with '*', the second with 'o' and below the
 * first. Errors of writing stay in the stream. */
void lk_chart_print(const lk_chart *chart, size_t rows, FILE *out, const char *indent);

/* All charts below each other in one SVG document [W3C, Scalable Vector Graphics
 * 1.1], which needs nothing from elsewhere. Errors of writing stay in the stream. */
void lk_chart_svg(const lk_chart *charts, size_t count, FILE *out);

#endif
