#include "report/progress.h"

#include "base/clock.h"
#include "report/format.h"
#include "report/terminal.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_SECONDS  0.1 /* between two drawings on a terminal */
#define PLAIN_SECONDS 5.0 /* between two plain lines */

struct lk_progress {
	FILE *out;
	bool live;
	bool drawn;              /* a progress line stands on the terminal */
	bool shown;              /* a state was shown before */
	double last;             /* when */
	lk_progress_state state; /* what it was */
};

/* Parts of the line, in the order in which they stand. */
enum { STEP, LOSS, VALIDATION, SPEED, ETA, PARTS, PART_MOST = 96 };

/* What gives way first where the line is too long. */
static const int dispensable[] = { SPEED, VALIDATION, ETA, LOSS };

lk_status lk_progress_new(lk_progress **progress, FILE *out, lk_error *error)
{
	lk_progress *p = calloc(1, sizeof *p);

	if (!p)
		return lk_fail(error, LK_NOMEM, "out of memory for the progress line");
	p->out = out;
	p->live = lk_terminal_is_live(out);
	*progress = p;
	return LK_OK;
}

static void write_parts(const lk_progress_state *s, char part[PARTS][PART_MOST])
{
	const char *label = s->label ? s->label : "step";
	char a[LK_FORMAT_MOST], b[LK_FORMAT_MOST];

	memset(part, 0, PARTS * sizeof *part);
	lk_format_whole(a, sizeof a, s->step);
	if (s->steps)
		snprintf(part[STEP], PART_MOST, "%.16s %s/%s", label, a,
				lk_format_whole(b, sizeof b, s->steps));
	else
		snprintf(part[STEP], PART_MOST, "%.16s %s", label, a);
	if (!isnan(s->loss))
		snprintf(part[LOSS], PART_MOST, "loss %.4f", s->loss);
	if (!isnan(s->validation))
		snprintf(part[VALIDATION], PART_MOST, "val %.4f", s->validation);
	if (!isnan(s->tokens_per_s))
		snprintf(part[SPEED], PART_MOST, "%s tok/s",
				lk_format_short(a, sizeof a, s->tokens_per_s));
	if (!isnan(s->seconds_left))
		snprintf(part[ETA], PART_MOST, "ETA %s",
				lk_format_seconds(a, sizeof a, s->seconds_left));
}

/* Columns of all parts that are not empty, two between them. */
static size_t parts_width(char part[PARTS][PART_MOST])
{
	size_t width = 0;

	for (int i = 0; i < PARTS; i++)
		if (*part[i])
			width += strlen(part[i]) + (width ? 2 : 0);
	return width;
}

char *lk_progress_text(
		const lk_progress_state *state, size_t columns, char *text, size_t size)
{
	char part[PARTS][PART_MOST];
	size_t used = 0;

	write_parts(state, part);
	for (size_t i = 0; i < sizeof dispensable / sizeof *dispensable &&
			   parts_width(part) > columns;
			i++)
		*part[dispensable[i]] = '\0';
	*text = '\0';
	for (int i = 0; i < PARTS && used < size; i++)
		if (*part[i])
			used += (size_t)snprintf(text + used, size - used, "%s%s",
					used ? "  " : "", part[i]);
	text[lk_text_fit(text, columns)] = '\0';
	return text;
}

void lk_progress_hide(lk_progress *p)
{
	if (p->drawn) {
		fputs("\r\033[K", p->out);
		fflush(p->out);
	}
	p->drawn = false;
}

static void draw(lk_progress *p)
{
	char text[PARTS * PART_MOST];
	/* The last column stays free: some terminals wrap on filling it. */
	size_t columns = p->live ? lk_terminal_width(p->out) - 1 : SIZE_MAX;

	lk_progress_text(&p->state, columns, text, sizeof text);
	if (p->live)
		fprintf(p->out, "\r%s\033[K", text);
	else
		fprintf(p->out, "%s\n", text);
	fflush(p->out);
	p->drawn = p->live;
}

void lk_progress_show_now(lk_progress *p, const lk_progress_state *state)
{
	p->state = *state;
	p->shown = true;
	p->last = lk_clock_seconds();
	draw(p);
}

void lk_progress_show(lk_progress *p, const lk_progress_state *state)
{
	double wait = p->live ? LIVE_SECONDS : PLAIN_SECONDS;

	if (!p->shown || lk_clock_seconds() - p->last >= wait)
		lk_progress_show_now(p, state);
}

void lk_progress_say(lk_progress *p, const char *format, ...)
{
	va_list arguments;
	bool again = p->drawn;

	lk_progress_hide(p);
	va_start(arguments, format);
	vfprintf(p->out, format, arguments);
	va_end(arguments);
	fputc('\n', p->out);
	if (again)
		draw(p);
	fflush(p->out);
}

void lk_progress_free(lk_progress *progress)
{
	if (!progress)
		return;
	lk_progress_hide(progress);
	free(progress);
}
