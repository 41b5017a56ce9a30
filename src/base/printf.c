#include "base/printf.h"

#include <stdio.h>

char *lk_vasprintf(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

char *lk_asprintf(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = lk_vasprintf(format, arguments);
	va_end(arguments);
	return text;
}
