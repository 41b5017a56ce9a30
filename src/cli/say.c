/* What commands print beside their results. */
#include "cli/command.h"
#include "formats/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lk_say(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("likely: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

int lk_complain(const lk_error *error)
{
	lk_say("%s", error->text);
	return LK_EXIT_FAILURE;
}

lk_status lk_print_json(json_t *object, lk_error *error)
{
	char *line = object ? lk_json_line(object) : NULL;
	lk_status status = LK_OK;

	json_decref(object);
	if (!line)
		return lk_fail(error, LK_NOMEM, "out of memory");
	if (puts(line) < 0 || fflush(stdout))
		status = lk_fail_errno(error, "standard output");
	free(line);
	return status;
}
