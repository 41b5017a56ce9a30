#include "report/escape.h"

#include <stdlib.h>
#include <utf8proc.h>

/* Overrides and isolates of the bidirectional algorithm, and its marks. */
static bool reorders(utf8proc_int32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
	       c == 0x200E || c == 0x200F || c == 0x061C;
}

static bool is_control(utf8proc_int32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

void lk_escape_write(FILE *out, const void *text, size_t nbytes, bool lines)
{
	const utf8proc_uint8_t *bytes = text;
	utf8proc_int32_t c;

	for (size_t at = 0; at < nbytes;) {
		utf8proc_ssize_t length = utf8proc_iterate(
				bytes + at, (utf8proc_ssize_t)(nbytes - at), &c);

		if (length <= 0) {
			fputs("\uFFFD", out);
			at++;
			continue;
		}
		if (is_control(c) && !(lines && (c == '\n' || c == '\t')))
			fprintf(out, "\\x%02x", (unsigned)c);
		else if (reorders(c))
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			fwrite(bytes + at, 1, (size_t)length, out);
		at += (size_t)length;
	}
}

char *lk_escape(const void *text, size_t nbytes, bool lines)
{
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);

	if (!out)
		return NULL;
	lk_escape_write(out, text, nbytes, lines);
	if (fclose(out)) {
		free(result);
		return NULL;
	}
	return result;
}
