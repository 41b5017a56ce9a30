#include "report/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Divide by 1000 until three digits are left; returns how often. The bounds are
 * those from which printing would round up to the next. */
static size_t scale(double *value, size_t units)
{
	size_t unit = 0;

	while (unit + 1 < units && fabs(*value) >= 999.5) {
		*value /= 1000;
		unit++;
	}
	return unit;
}

/* Three digits in all. */
static int decimals(double value)
{
	value = fabs(value);
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

char *lk_format_short(char *text, size_t size, double value)
{
	static const char *const units[] = { "", "K", "M", "G", "T", "P" };
	size_t unit;

	if (!isfinite(value)) {
		snprintf(text, size, "%g", value);
		return text;
	}
	unit = scale(&value, sizeof units / sizeof *units);
	int places = decimals(value);
	if (unit == 0 && value == rint(value))
		places = 0;
	else if (unit > 0 && places == 2)
		places = 1;
	snprintf(text, size, "%.*f%s", places, value, units[unit]);
	return text;
}

char *lk_format_whole(char *text, size_t size, uint64_t value)
{
	char plain[24], grouped[32];
	int digits = snprintf(plain, sizeof plain, "%" PRIu64, value), used = 0;

	for (int i = 0; i < digits; i++) {
		if (i && (digits - i) % 3 == 0)
			grouped[used++] = ',';
		grouped[used++] = plain[i];
	}
	snprintf(text, size, "%.*s", used, grouped);
	return text;
}

char *lk_format_bytes(char *text, size_t size, double nbytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	size_t unit;

	if (!isfinite(nbytes)) {
		snprintf(text, size, "%g", nbytes);
		return text;
	}
	unit = scale(&nbytes, sizeof units / sizeof *units);
	snprintf(text, size, "%.*f %s", unit ? decimals(nbytes) : 0, nbytes,
			units[unit]);
	return text;
}

char *lk_format_seconds(char *text, size_t size, double seconds)
{
	if (!isfinite(seconds) || seconds > 1e15) {
		snprintf(text, size, "%g", seconds);
		return text;
	}
	if (seconds < 0)
		seconds = 0;
	uint64_t whole = (uint64_t)(seconds + 0.5);
	if (seconds < 0.995)
		snprintf(text, size, "%.2fs", seconds);
	else if (seconds < 9.95)
		snprintf(text, size, "%.1fs", seconds);
	else if (whole < 60)
		snprintf(text, size, "%" PRIu64 "s", whole);
	else if (whole < 3600)
		snprintf(text, size, "%" PRIu64 "m %02" PRIu64 "s", whole / 60,
				whole % 60);
	else if (whole < 86400)
		snprintf(text, size, "%" PRIu64 "h %02" PRIu64 "m", whole / 3600,
				whole / 60 % 60);
	else
		snprintf(text, size, "%" PRIu64 "d %02" PRIu64 "h", whole / 86400,
				whole / 3600 % 24);
	return text;
}
