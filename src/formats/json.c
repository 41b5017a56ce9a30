#include "formats/json.h"

#include "base/file.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lk_status lk_json_parse(json_t **object, const void *text, size_t nbytes,
		const char *name, lk_error *error)
{
	json_error_t problem;
	json_t *root = json_loadb(text, nbytes, JSON_REJECT_DUPLICATES, &problem);

	if (!root && json_error_code(&problem) == json_error_out_of_memory)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", name);
	if (!root)
		return lk_fail(error, LK_FORMAT, "%s: line %d: malformed JSON: %s",
				name, problem.line > 0 ? problem.line : 1,
				problem.text);
	if (!json_is_object(root)) {
		json_decref(root);
		return lk_fail(error, LK_FORMAT,
				"%s: line 1: a JSON object {...} is expected", name);
	}
	*object = root;
	return LK_OK;
}

lk_status lk_json_load(json_t **object, const char *path, size_t most,
		lk_error *error)
{
	lk_bytes bytes;
	lk_status status = lk_file_read(&bytes, path, most, error);

	if (status)
		return status;
	status = lk_json_parse(object, bytes.data, bytes.nbytes, path, error);
	lk_bytes_free(&bytes);
	return status;
}

const json_t *lk_json_find(const lk_json_reader *reader, const char *name)
{
	const json_t *value = json_object_get(reader->object, name);

	return json_is_null(value) ? NULL : value;
}

void lk_json_refuse(lk_json_reader *reader, lk_status status, const char *format,
		...)
{
	va_list arguments;
	char text[400];

	if (reader->status)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	reader->status = lk_fail(reader->error, status, "%s: %s", reader->path, text);
}

static const json_t *required(lk_json_reader *reader, const char *name)
{
	const json_t *value = lk_json_find(reader, name);

	if (!value)
		lk_json_refuse(reader, LK_FORMAT, "\"%s\" is missing", name);
	return value;
}

size_t lk_json_size(lk_json_reader *reader, const char *name, size_t least,
		size_t most)
{
	const json_t *value = required(reader, name);
	json_int_t number = json_integer_value(value);

	if (!value)
		return 0;
	if (!json_is_integer(value)) {
		lk_json_refuse(reader, LK_FORMAT, "\"%s\" is no whole number", name);
		return 0;
	}
	if (number < 0 || (uint64_t)number < least || (uint64_t)number > most) {
		lk_json_refuse(reader, LK_RANGE,
				"\"%s\" is %lld, out of the range %zu to %zu", name,
				(long long)number, least, most);
		return 0;
	}
	return (size_t)number;
}

double lk_json_real(lk_json_reader *reader, const char *name, double least,
		double most)
{
	const json_t *value = required(reader, name);
	double number;

	if (!value)
		return 0;
	if (!json_is_number(value)) {
		lk_json_refuse(reader, LK_FORMAT, "\"%s\" is no number", name);
		return 0;
	}
	number = json_number_value(value);
	if (!(number >= least && number <= most)) {
		lk_json_refuse(reader, LK_RANGE,
				"\"%s\" is %g, out of the range %g to %g", name,
				number, least, most);
		return 0;
	}
	return number;
}

bool lk_json_bool(lk_json_reader *reader, const char *name)
{
	const json_t *value = required(reader, name);

	if (value && !json_is_boolean(value))
		lk_json_refuse(reader, LK_FORMAT, "\"%s\" is neither true nor false",
				name);
	return json_is_true(value);
}

const char *lk_json_text(lk_json_reader *reader, const char *name)
{
	const json_t *value = required(reader, name);

	if (value && !json_is_string(value))
		lk_json_refuse(reader, LK_FORMAT, "\"%s\" is no string", name);
	return json_string_value(value);
}

size_t lk_json_size_or(lk_json_reader *reader, const char *name, size_t least,
		size_t most, size_t otherwise)
{
	return lk_json_find(reader, name) ? lk_json_size(reader, name, least, most)
					  : otherwise;
}

double lk_json_real_or(lk_json_reader *reader, const char *name, double least,
		double most, double otherwise)
{
	return lk_json_find(reader, name) ? lk_json_real(reader, name, least, most)
					  : otherwise;
}

bool lk_json_bool_or(lk_json_reader *reader, const char *name, bool otherwise)
{
	return lk_json_find(reader, name) ? lk_json_bool(reader, name) : otherwise;
}

const char *lk_json_text_or(lk_json_reader *reader, const char *name,
		const char *otherwise)
{
	return lk_json_find(reader, name) ? lk_json_text(reader, name) : otherwise;
}

json_t *lk_json_new_real(double value)
{
	if (isfinite(value))
		return json_real(value);
	return json_string(isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

bool lk_json_get_real(const json_t *value, double *out)
{
	const char *text = json_string_value(value);

	if (json_is_number(value))
		*out = json_number_value(value);
	else if (text && !strcmp(text, "inf"))
		*out = INFINITY;
	else if (text && !strcmp(text, "-inf"))
		*out = -INFINITY;
	else if (text && !strcmp(text, "nan"))
		*out = NAN;
	else
		return false;
	return true;
}

char *lk_json_line(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17) |
					JSON_ENCODE_ANY);
}

/* The fewest digits, from 6 on, that give every real in value back: 1e-05 and
 * not 1.0000000000000001e-05 where people read. */
static size_t digits_needed(const json_t *value)
{
	size_t most = 6, need = 6, i;
	const char *name;
	json_t *member;

	if (json_is_real(value)) {
		char text[64];

		/* strtod and snprintf follow the same locale */
		do
			snprintf(text, sizeof text, "%.*g", (int)need,
					json_real_value(value));
		while (strtod(text, NULL) != json_real_value(value) && ++need < 17);
		return need;
	}
	json_object_foreach((json_t *)value, name, member) {
		need = digits_needed(member);
		most = need > most ? need : most;
	}
	json_array_foreach(value, i, member) {
		need = digits_needed(member);
		most = need > most ? need : most;
	}
	return most;
}

char *lk_json_document(const json_t *value)
{
	char *text = json_dumps(value, JSON_INDENT(2) |
					JSON_REAL_PRECISION(digits_needed(value)));
	size_t length = text ? strlen(text) : 0;
	char *longer = text ? realloc(text, length + 2) : NULL;

	if (!longer) {
		free(text);
		return NULL;
	}
	memcpy(longer + length, "\n", 2);
	return longer;
}

lk_status lk_json_replace(const char *path, const json_t *value, lk_error *error)
{
	char *text = lk_json_document(value);
	lk_status status;

	if (!text)
		return lk_fail(error, LK_NOMEM, "%s: out of memory for its JSON text",
				path);
	status = lk_file_replace(path, text, strlen(text), error);
	free(text);
	return status;
}
