#include "report/html.h"

#include "base/printf.h"
#include "report/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Of plots, in pixels. */
enum { ROW = 26, LEFT = 230, WIDTH = 420, RIGHT = 260, SQUARE = 260, MARGIN = 44 };

static const char style[] =
		"body{font:16px/1.5 system-ui,sans-serif;max-width:62em;margin:2em "
		"auto;"
		"padding:0 1em;color:#222}h1{font-size:1.5em}h2{font-size:1.15em;"
		"margin-top:2em}table{border-collapse:collapse;margin:1em 0}"
		"td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
		"td:first-child,th:first-child{text-align:left}.beware{color:#a40000}"
		".verdict{background:#eef4fb;padding:.6em 1em;border-left:4px solid "
		"#3465a4}"
		"code{background:#f4f4f4;white-space:pre-wrap;word-break:break-word}"
		"svg{max-width:100%;height:auto}svg text{font:13px "
		"system-ui,sans-serif;"
		"fill:#222}";

void lk_html_text(FILE *out, const void *text, size_t nbytes)
{
	char *shown = lk_escape(text, nbytes, false);

	for (const char *c = shown ? shown : "(out of memory)"; *c; c++)
		if (*c == '<')
			fputs("&lt;", out);
		else if (*c == '>')
			fputs("&gt;", out);
		else if (*c == '&')
			fputs("&amp;", out);
		else if (*c == '"')
			fputs("&quot;", out);
		else
			fputc(*c, out);
	free(shown);
}

static void string(FILE *out, const char *text)
{
	lk_html_text(out, text, strlen(text));
}

void lk_html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
			out);
	string(out, title);
	fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
	string(out, title);
	fputs("</h1>\n", out);
}

void lk_html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void lk_html_element(FILE *out, const char *tag, const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = lk_vasprintf(format, arguments);
	va_end(arguments);
	fprintf(out, "<%s>", tag);
	string(out, text ? text : "(out of memory)");
	fprintf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
	free(text);
}

static void label(FILE *out, double x, double y, const char *anchor, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	string(out, text);
	fputs("</text>\n", out);
}

static void line(FILE *out, double x1, double y1, double x2, double y2,
		const char *colour, double width)
{
	fprintf(out,
			"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
			"stroke=\"%s\" stroke-width=\"%.1f\"/>\n",
			x1, y1, x2, y2, colour, width);
}

static void begin_plot(FILE *out, double width, double height)
{
	fprintf(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
			"height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n",
			width, height, width, height);
}

/* The least and the greatest that is drawn, 0 among them. */
static void find_range(
		double *low, double *high, const lk_html_mark *mark, size_t count)
{
	*low = *high = 0;
	for (size_t i = 0; i < count; i++) {
		const double values[] = { mark[i].value, mark[i].low, mark[i].high };

		for (size_t k = 0; k < 3; k++)
			if (isfinite(values[k])) {
				*low = fmin(*low, values[k]);
				*high = fmax(*high, values[k]);
			}
	}
	if (*low == *high)
		*high = 1;
}

static void plot(FILE *out, const lk_html_mark *mark, size_t count, int intervals)
{
	double low, high, height = (double)count * ROW + 8;
	char text[96];

	find_range(&low, &high, mark, count);
	double scale = WIDTH / (high - low), zero = LEFT - low * scale;
	begin_plot(out, LEFT + WIDTH + RIGHT, height);
	line(out, zero, 0, zero, height, "#888", 1);
	for (size_t i = 0; i < count; i++) {
		double y = (double)i * ROW + ROW / 2.0 + 4,
		       x = zero + mark[i].value * scale;

		label(out, LEFT - 10, y + 4, "end", mark[i].name);
		snprintf(text, sizeof text, intervals ? "%+.4f [%+.4f, %+.4f]" : "%.4f",
				mark[i].value, mark[i].low, mark[i].high);
		label(out, LEFT + WIDTH + 8, y + 4, "start", text);
		if (!isfinite(mark[i].value))
			continue;
		if (!intervals) {
			line(out, zero, y, x, y, "#3465a4", ROW * 0.6);
			continue;
		}
		line(out, zero + mark[i].low * scale, y, zero + mark[i].high * scale, y,
				"#3465a4", 3);
		fprintf(out,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" "
				"fill=\"#204a87\"/>\n",
				x, y);
	}
	fputs("</svg>\n", out);
}

void lk_html_bars(FILE *out, const lk_html_mark *mark, size_t count)
{
	plot(out, mark, count, 0);
}

void lk_html_intervals(FILE *out, const lk_html_mark *mark, size_t count)
{
	plot(out, mark, count, 1);
}

void lk_html_square(FILE *out, const double *x, const double *y, size_t count,
		const char *x_name, const char *y_name)
{
	double bottom = SQUARE + 10;

	begin_plot(out, SQUARE + 2 * MARGIN, SQUARE + MARGIN + 10);
	fprintf(out,
			"<rect x=\"%d\" y=\"10\" width=\"%d\" height=\"%d\" "
			"fill=\"none\" "
			"stroke=\"#888\"/>\n",
			MARGIN, SQUARE, SQUARE);
	line(out, MARGIN, bottom, MARGIN + SQUARE, 10, "#bbb", 1);
	for (size_t i = 0; i < count; i++)
		fprintf(out,
				"<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" "
				"fill=\"#204a87\"/>\n",
				MARGIN + x[i] * SQUARE, bottom - y[i] * SQUARE);
	label(out, MARGIN, bottom + 16, "middle", "0");
	label(out, MARGIN + SQUARE, bottom + 16, "middle", "1");
	label(out, MARGIN - 8, 16, "end", "1");
	label(out, MARGIN + SQUARE / 2.0, bottom + 32, "middle", x_name);
	fprintf(out, "<g transform=\"rotate(-90 16 %d)\">", SQUARE / 2 + 10);
	label(out, 16, SQUARE / 2.0 + 10, "middle", y_name);
	fputs("</g>\n</svg>\n", out);
}
