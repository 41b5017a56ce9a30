#include "report/chart.h"

#include "report/escape.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char marks[LK_CHART_SERIES] = { '*', 'o' };
static const char *const colours[LK_CHART_SERIES] = { "#1f6fb2", "#c8553d" };

/* Share of the way from bottom to top, or NAN where it is not drawn. */
static double height(const lk_chart *chart, size_t s, size_t i)
{
	double y = (chart->y[s][i] - chart->bottom) / (chart->top - chart->bottom);

	return y >= 0 && y <= 1 + 1e-9 ? fmin(y, 1) : NAN;
}

/* The column nearest to x; `count` where it lies outside. */
static size_t column_of(const lk_chart *chart, double x)
{
	double share = (x - chart->low) / (chart->high - chart->low);

	return share >= -1e-9 && share <= 1 + 1e-9
			       ? (size_t)(fmin(fmax(share, 0), 1) *
								 (double)(chart->count -
										 1) +
						 0.5)
			       : chart->count;
}

static char mark_at(const lk_chart *chart, size_t i, size_t line, size_t rows)
{
	for (size_t s = 0; s < chart->series; s++) {
		double y = height(chart, s, i);

		if (!isnan(y) && (size_t)((1 - y) * (double)(rows - 1) + 0.5) == line)
			return marks[s];
	}
	return ' ';
}

static void print_axis(const lk_chart *chart, FILE *out)
{
	for (size_t i = 0; i < chart->count; i++) {
		char c = '-';

		for (size_t s = 0; s < chart->series; s++)
			if (column_of(chart, chart->at[s]) == i)
				c = '^';
		fputc(c, out);
	}
}

/* Both ends below the axis, and the marked place of the first series between. */
static void print_ends(const lk_chart *chart, FILE *out)
{
	char low[32], high[32], at[32];
	size_t place = column_of(chart, chart->at[0]), used;

	snprintf(low, sizeof low, "%.4g", chart->low);
	snprintf(high, sizeof high, "%.4g", chart->high);
	snprintf(at, sizeof at, "%.4g", chart->at[0]);
	used = strlen(low);
	fputs(low, out);
	if (place < chart->count && place > used + 1 + strlen(at) / 2 &&
			place + strlen(at) + strlen(high) / 2 + 2 < chart->count) {
		fprintf(out, "%*s", (int)(place - used - strlen(at) / 2), "");
		fputs(at, out);
		used = place - strlen(at) / 2 + strlen(at);
	}
	if (used + strlen(high) < chart->count)
		fprintf(out, "%*s", (int)(chart->count - used), high);
}

void lk_chart_print(const lk_chart *chart, size_t rows, FILE *out, const char *indent)
{
	fputs(indent, out);
	lk_escape_write(out, chart->title, strlen(chart->title), false);
	fputc('\n', out);
	for (size_t line = 0; line < rows; line++) {
		char text[32] = "";
		size_t end = chart->count;

		if (!line || line + 1 == rows)
			snprintf(text, sizeof text, "%.4g",
					line ? chart->bottom : chart->top);
		while (end && mark_at(chart, end - 1, line, rows) == ' ')
			end--;
		fprintf(out, "%s%8s |", indent, text);
		for (size_t i = 0; i < end; i++)
			fputc(mark_at(chart, i, line, rows), out);
		fputc('\n', out);
	}
	fprintf(out, "%s%8s +", indent, "");
	print_axis(chart, out);
	fprintf(out, "\n%s%8s  ", indent, "");
	print_ends(chart, out);
	fputc('\n', out);
	for (size_t s = 0; s < chart->series && chart->series > 1; s++)
		fprintf(out, "%s%8s  %c %s\n", indent, "", marks[s], chart->name[s]);
}

/* In pixels. */
enum { WIDTH = 640, HEIGHT = 300, LEFT = 60, TOP = 40, RIGHT = 20, BOTTOM = 40 };

static void write_text(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		default:
			/* control characters are not allowed in XML at all */
			fputc((unsigned char)*text < ' ' ? '?' : *text, out);
		}
}

static void svg_label(FILE *out, double x, double y, const char *anchor, double value)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%.4g</text>\n", x,
			y, anchor, value);
}

static double svg_x(double share)
{
	return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static void svg_curve(const lk_chart *chart, size_t s, double y0, FILE *out)
{
	bool pen = false;

	fprintf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" d=\"",
			colours[s]);
	for (size_t i = 0; i < chart->count; i++) {
		double y = height(chart, s, i);

		if (!isnan(y))
			fprintf(out, "%c%.1f %.1f", pen ? 'L' : 'M',
					svg_x((double)i / (double)(chart->count - 1)),
					y0 + TOP + (1 - y) * (HEIGHT - TOP - BOTTOM));
		pen = !isnan(y);
	}
	fputs("\"/>\n", out);
}

static void svg_mark(const lk_chart *chart, size_t s, double y0, FILE *out)
{
	double share = (chart->at[s] - chart->low) / (chart->high - chart->low);

	if (!(share >= 0 && share <= 1))
		return;
	fprintf(out,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" "
			"stroke=\"%s\" "
			"stroke-dasharray=\"4 3\"/>\n",
			svg_x(share), svg_x(share), y0 + TOP, y0 + HEIGHT - BOTTOM,
			colours[s]);
	if (!s)
		svg_label(out, svg_x(share), y0 + HEIGHT - BOTTOM + 16, "middle",
				chart->at[s]);
}

static void svg_chart(const lk_chart *chart, double y0, FILE *out)
{
	fprintf(out, "<text x=\"%d\" y=\"%.1f\">", LEFT, y0 + 18);
	write_text(out, chart->title);
	fprintf(out,
			"</text>\n<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" "
			"fill=\"none\" stroke=\"#888\"/>\n",
			LEFT, y0 + TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
	svg_label(out, LEFT - 6, y0 + TOP + 4, "end", chart->top);
	svg_label(out, LEFT - 6, y0 + HEIGHT - BOTTOM + 4, "end", chart->bottom);
	svg_label(out, LEFT, y0 + HEIGHT - BOTTOM + 32, "start", chart->low);
	svg_label(out, WIDTH - RIGHT, y0 + HEIGHT - BOTTOM + 32, "end", chart->high);
	for (size_t s = 0; s < chart->series; s++) {
		svg_curve(chart, s, y0, out);
		svg_mark(chart, s, y0, out);
		fprintf(out, "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">", LEFT + 8,
				y0 + TOP + 18 + 16 * (double)s, colours[s]);
		write_text(out, chart->name[s]);
		fputs("</text>\n", out);
	}
}

void lk_chart_svg(const lk_chart *charts, size_t count, FILE *out)
{
	fprintf(out,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
			"height=\"%zu\" font-family=\"sans-serif\" font-size=\"12\">\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
			WIDTH, count * HEIGHT);
	for (size_t i = 0; i < count; i++)
		svg_chart(&charts[i], (double)(i * HEIGHT), out);
	fputs("</svg>\n", out);
}
