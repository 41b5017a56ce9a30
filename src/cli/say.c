/* What commands print beside their results. */
#include "base/printf.h"
#include "cli/command.h"
#include "formats/json.h"
#include "report/escape.h"
#include "report/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Has whoever read our output gone? */
static bool reader_left(void)
{
	struct pollfd output = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&output, 1, 0) == 1 && output.revents & POLLERR;
}

lk_status lk_flush_output(lk_error *error)
{
	bool failed_before = ferror(stdout);

	errno = 0;
	if (!fflush(stdout) && !failed_before)
		return LK_OK;
	if (errno == EPIPE || reader_left())
		return lk_fail(error, LK_IO, "%s", "");
	return errno ? lk_fail_errno(error, "standard output cannot be written")
		     : lk_fail(error, LK_IO, "standard output cannot be written");
}

void lk_say(const char *format, ...)
{
	va_list arguments;
	char *text;

	fflush(stdout);
	va_start(arguments, format);
	text = lk_vasprintf(format, arguments);
	va_end(arguments);
	fputs("likely: ", stderr);
	if (!text)
		fputs("out of memory", stderr);
	else if (lk_terminal_is(stderr))
		lk_escape_write(stderr, text, strlen(text), false);
	else
		fputs(text, stderr);
	fputc('\n', stderr);
	free(text);
}

int lk_complain(const lk_error *error)
{
	if (*error->text)
		lk_say("%s", error->text);
	return LK_EXIT_FAILURE;
}

lk_status lk_print_json(json_t *object, lk_error *error)
{
	char *line = object ? lk_json_line(object) : NULL;

	json_decref(object);
	if (!line)
		return lk_fail(error, LK_NOMEM, "out of memory");
	puts(line);
	free(line);
	return lk_flush_output(error);
}
