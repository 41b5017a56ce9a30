#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Drop an incomplete UTF-8 sequence that a cut left at the end. */
static void trim_partial_character(char *text)
{
	size_t length = strlen(text), start = length;

	while (start > 0 && length - start < 4 &&
			((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;
	unsigned char lead = (unsigned char)text[start - 1];
	size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (length - (start - 1) < want)
		text[start - 1] = '\0';
}

static void store(lk_error *error, lk_status status, const char *format,
		va_list arguments)
{
	int written = vsnprintf(error->text, sizeof error->text, format, arguments);

	error->status = status;
	if (written >= (int)sizeof error->text)
		trim_partial_character(error->text);
}

lk_status lk_fail(lk_error *error, lk_status status, const char *format, ...)
{
	if (error) {
		va_list arguments;

		va_start(arguments, format);
		store(error, status, format, arguments);
		va_end(arguments);
	}
	return status;
}

lk_status lk_fail_errno(lk_error *error, const char *format, ...)
{
	int saved = errno; /* vsnprintf may change it */

	if (error) {
		const char *reason = strerror(saved);
		size_t most = sizeof error->text - 1, suffix = strlen(reason) + 2;
		va_list arguments;
		size_t length;

		va_start(arguments, format);
		store(error, LK_IO, format, arguments);
		va_end(arguments);
		length = strlen(error->text);
		if (length + suffix > most) { /* cut the path, not the reason */
			length = most - suffix;
			error->text[length] = '\0';
			trim_partial_character(error->text);
			length = strlen(error->text);
		}
		snprintf(error->text + length, sizeof error->text - length, ": %s",
				reason);
	}
	errno = saved;
	return LK_IO;
}

lk_status lk_fail_in(lk_error *error, lk_status status, const char *format, ...)
{
	if (error) {
		lk_error inner = *error;
		va_list arguments;
		size_t length;

		va_start(arguments, format);
		store(error, status, format, arguments);
		va_end(arguments);
		length = strlen(error->text);
		snprintf(error->text + length, sizeof error->text - length, ": %s",
				inner.text);
		trim_partial_character(error->text);
	}
	return status;
}

const char *lk_status_text(lk_status status)
{
	static const char *const texts[] = {
#define X(name, text) text,
		LK_STATUSES(X)
#undef X
	};

	return (size_t)status < sizeof texts / sizeof *texts ? texts[status]
							     : "unknown status";
}
