#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

bool lk_terminal_is(FILE *stream)
{
	return isatty(fileno(stream));
}

bool lk_terminal_is_live(FILE *stream)
{
	const char *term = getenv("TERM");

	return term && *term && strcmp(term, "dumb") != 0 && lk_terminal_is(stream);
}

bool lk_terminal_has_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");

	return (!no_color || !*no_color) && lk_terminal_is_live(stream);
}

size_t lk_terminal_width(FILE *stream)
{
	struct winsize size;

	if (ioctl(fileno(stream), TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

/* Bytes of the character at text, which is not empty, and its columns. */
static size_t character(const char *text, size_t nbytes, size_t *columns)
{
	utf8proc_int32_t code_point;
	utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)text,
			(utf8proc_ssize_t)nbytes, &code_point);

	if (length <= 0) {
		*columns = 1;
		return 1;
	}
	*columns = (size_t)utf8proc_charwidth(code_point);
	return (size_t)length;
}

size_t lk_text_width(const char *text)
{
	size_t nbytes = strlen(text), width = 0, columns;

	for (size_t at = 0; at < nbytes; width += columns)
		at += character(text + at, nbytes - at, &columns);
	return width;
}

size_t lk_text_fit(const char *text, size_t room)
{
	size_t nbytes = strlen(text), width = 0, columns, at = 0;

	while (at < nbytes) {
		size_t length = character(text + at, nbytes - at, &columns);

		if (width + columns > room)
			break;
		width += columns;
		at += length;
	}
	return at;
}
