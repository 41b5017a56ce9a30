#include "cli/option_value.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lk_parse_count(const char *text, uint64_t *value)
{
	uint64_t count = 0, unit = 1;
	int decimals = -1; /* digits after the point; -1: no point yet */
	const char *at = text;

	for (; isdigit((unsigned char)*at) || (*at == '.' && decimals < 0); at++) {
		if (*at == '.')
			decimals = 0;
		else if (__builtin_mul_overflow(count, 10, &count) ||
				__builtin_add_overflow(
						count, (uint64_t)(*at - '0'), &count))
			return false;
		else if (decimals >= 0)
			decimals++;
	}
	if (!isdigit((unsigned char)*text) || decimals == 0)
		return false;
	/* clang-format off */
	switch (*at) {
	case 'K': unit = 1000; break;
	case 'M': unit = 1000000; break;
	case 'G': unit = 1000000000; break;
	case '\0': break;
	default: return false;
	}
	/* clang-format on */
	if (*at && at[1])
		return false;
	for (; decimals > 0; decimals--) {
		if (unit % 10)
			return false;
		unit /= 10;
	}
	return !__builtin_mul_overflow(count, unit, value);
}

bool lk_parse_real(const char *text, double *value)
{
	char *end;

	/* strtod also takes leading space, hexadecimal, "inf" and "nan". */
	if (!*text || text[strspn(text, "+-.0123456789eE")])
		return false;
	*value = strtod(text, &end);
	return !*end && isfinite(*value);
}

static lk_status set_count(
		const lk_option *row, void *field, const char *text, lk_error *error)
{
	const char *unit = row->unit ? row->unit : "";
	uint64_t value;

	if (!lk_parse_count(text, &value))
		return lk_fail(error, LK_RANGE,
				"--%s takes a whole number, not '%s'; use %" PRIu64
				" to %" PRIu64 "%s%s",
				row->name, text, row->least_count, row->most_count,
				*unit ? " " : "", unit);
	if (value < row->least_count || value > row->most_count)
		return lk_fail(error, LK_RANGE,
				"--%s %s is out of range; use %" PRIu64 " to %" PRIu64
				"%s%s",
				row->name, text, row->least_count, row->most_count,
				*unit ? " " : "", unit);
	if (row->nbytes == sizeof(uint32_t)) {
		uint32_t narrow = (uint32_t)value;

		memcpy(field, &narrow, sizeof narrow);
	} else {
		memcpy(field, &value, sizeof value);
	}
	return LK_OK;
}

static lk_status set_real(
		const lk_option *row, double *field, const char *text, lk_error *error)
{
	double value;

	if (!lk_parse_real(text, &value))
		return lk_fail(error, LK_RANGE,
				"--%s takes a number, not '%s'; use %.15g to %.15g",
				row->name, text, row->least, row->most);
	if (value < row->least || value > row->most)
		return lk_fail(error, LK_RANGE,
				"--%s %s is out of range; use %.15g to %.15g",
				row->name, text, row->least, row->most);
	*field = value;
	return LK_OK;
}

static lk_status set_choice(
		const lk_option *row, void *field, const char *text, lk_error *error)
{
	char choices[160];

	for (unsigned i = 0; row->choices[i]; i++)
		if (!strcmp(row->choices[i], text)) {
			memcpy(field, &i, sizeof i);
			return LK_OK;
		}
	return lk_fail(error, LK_RANGE, "--%s takes %s, not '%s'", row->name,
			lk_option_choices_text(row, choices, sizeof choices), text);
}

static lk_status set_flag(
		const lk_option *row, bool *field, const char *text, lk_error *error)
{
	if (!text || !strcmp(text, "yes"))
		*field = row->flagged;
	else if (!strcmp(text, "no"))
		*field = !row->flagged;
	else
		return lk_fail(error, LK_RANGE, "--%s is yes or no, not '%s'",
				row->name, text);
	return LK_OK;
}

static lk_status add_text(const lk_option *row, lk_texts *field, const char *text,
		lk_error *error)
{
	const char **all = realloc(field->text, (field->count + 1) * sizeof *all);

	if (!all)
		return lk_fail(error, LK_NOMEM, "--%s: out of memory", row->name);
	field->text = all;
	field->text[field->count++] = text;
	return LK_OK;
}

lk_status lk_option_set(
		const lk_option *row, void *values, const char *text, lk_error *error)
{
	void *field = (char *)values + row->offset;

	/* clang-format off */
	switch (row->kind) {
	case LK_OPTION_COUNT: return set_count(row, field, text, error);
	case LK_OPTION_REAL: return set_real(row, field, text, error);
	case LK_OPTION_CHOICE: return set_choice(row, field, text, error);
	case LK_OPTION_FLAG: return set_flag(row, field, text, error);
	case LK_OPTION_TEXT: *(const char **)field = text; return LK_OK;
	case LK_OPTION_TEXTS: return add_text(row, field, text, error);
	}
	/* clang-format on */
	return LK_OK;
}

uint64_t lk_option_get_count(const lk_option *row, const void *values)
{
	const char *field = (const char *)values + row->offset;
	uint64_t wide;
	uint32_t narrow;

	if (row->nbytes == sizeof narrow) {
		memcpy(&narrow, field, sizeof narrow);
		return narrow;
	}
	memcpy(&wide, field, sizeof wide);
	return wide;
}

/* True where value in this format, with so many digits, fits text and reads back
 * as the same number. */
static bool try_digits(bool plain, int digits, double value, char *text, size_t size)
{
	char whole[400]; /* any double, either way */

	if (plain)
		snprintf(whole, sizeof whole, "%.*f", digits, value);
	else
		snprintf(whole, sizeof whole, "%.*g", digits, value);
	if (strlen(whole) >= size || strtod(whole, NULL) != value)
		return false;
	strcpy(text, whole);
	return true;
}

/* The fewest digits that read back as the same number; plain where that is not
 * long. */
static void real_text(double value, char *text, size_t size)
{
	bool plain = value == 0 || (fabs(value) >= 1e-4 && fabs(value) < 1e7);

	for (int digits = 0; plain && digits <= 6; digits++)
		if (try_digits(true, digits, value, text, size))
			return;
	for (int digits = 1; digits <= 17; digits++)
		if (try_digits(false, digits, value, text, size))
			return;
}

char *lk_option_text(const lk_option *row, const void *values, char *text, size_t size)
{
	const char *field = (const char *)values + row->offset;
	const char *words = NULL;
	unsigned choice;

	*text = '\0';
	switch (row->kind) {
	case LK_OPTION_COUNT: {
		uint64_t count = lk_option_get_count(row, values);

		if (!count && row->otherwise)
			words = row->otherwise;
		else
			snprintf(text, size, "%" PRIu64 "%s%s", count,
					count > 1 && row->unit ? " " : "",
					count > 1 && row->unit ? row->unit : "");
		break;
	}
	case LK_OPTION_REAL:
		if (!*(const double *)field && row->otherwise)
			words = row->otherwise;
		else
			real_text(*(const double *)field, text, size);
		break;
	case LK_OPTION_CHOICE:
		memcpy(&choice, field, sizeof choice);
		words = row->choices[choice];
		break;
	case LK_OPTION_FLAG:
		words = *(const bool *)field == row->flagged ? "yes" : "no";
		break;
	case LK_OPTION_TEXT:
		words = *(const char *const *)field;
		if (!words || !*words)
			words = row->otherwise ? row->otherwise : "none";
		break;
	case LK_OPTION_TEXTS:
		words = row->otherwise ? row->otherwise : "none";
		break;
	}
	if (words)
		snprintf(text, size, "%s", words);
	return text;
}

char *lk_option_choices_text(const lk_option *row, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; row->choices[i] && used < size; i++) {
		const char *before = row->choices[i + 1] ? ", " : " or ";

		used += (size_t)snprintf(text + used, size - used, "%s%s",
				i ? before : "", row->choices[i]);
	}
	return text;
}
