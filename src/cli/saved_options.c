/* Options to JSON, as run.json keeps them, and back. */
#include "cli/option_value.h"
#include "cli/options.h"
#include "formats/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *texts_json(const lk_texts *texts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < texts->count; i++)
		if (json_array_append_new(array, json_string(texts->text[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *value_json(const lk_option *row, const void *values)
{
	const char *field = (const char *)values + row->offset;
	const char *text;
	unsigned choice;

	switch (row->kind) {
	case LK_OPTION_COUNT:
		/* A default of 0 may mean none, though the user cannot say so. */
		if (lk_option_get_count(row, values) < row->least_count)
			return json_null();
		return json_integer((json_int_t)lk_option_get_count(row, values));
	case LK_OPTION_REAL:
		return lk_json_new_real(*(const double *)field);
	case LK_OPTION_CHOICE:
		memcpy(&choice, field, sizeof choice);
		return json_string(row->choices[choice]);
	case LK_OPTION_FLAG:
		return json_boolean(*(const bool *)field == row->flagged);
	case LK_OPTION_TEXT:
		text = *(const char *const *)field;
		return text ? json_string(text) : json_null();
	case LK_OPTION_TEXTS:
		return texts_json((const lk_texts *)field);
	}
	return NULL;
}

json_t *lk_options_json(const lk_option_group *group)
{
	json_t *object = json_object();

	for (size_t i = 0; i < group->count; i++)
		if (json_object_set_new(object, group->option[i].name,
				    value_json(&group->option[i], group->values))) {
			json_decref(object);
			return NULL;
		}
	return object;
}

/* A value as the user would have written it: into buffer, or the value's own
 * text; NULL where it is none. */
static const char *written(const json_t *value, char *buffer, size_t size)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_INTEGER:
		snprintf(buffer, size, "%" JSON_INTEGER_FORMAT,
				json_integer_value(value));
		return buffer;
	case JSON_REAL:
		snprintf(buffer, size, "%.17g", json_real_value(value));
		return buffer;
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	default:
		return NULL;
	}
}

static lk_status fill_one(lk_option_group *group, const lk_option *row,
		const json_t *value, lk_error *error)
{
	char buffer[64];
	const char *text = written(value, buffer, sizeof buffer);
	size_t i;
	json_t *element;

	if (row->kind == LK_OPTION_TEXTS && json_is_array(value)) {
		lk_texts_free((lk_texts *)((char *)group->values + row->offset));
		json_array_foreach(value, i, element)
		{
			if (!json_is_string(element))
				return lk_fail(error, LK_FORMAT,
						"'%s' is no list of texts", row->name);
			lk_status status = lk_option_set(row, group->values,
					json_string_value(element), error);
			if (status)
				return status;
		}
		return LK_OK;
	}
	if (!text || (row->kind == LK_OPTION_TEXT && text == buffer))
		return lk_fail(error, LK_FORMAT, "'%s' has a value of the wrong type",
				row->name);
	return lk_option_set(row, group->values, text, error);
}

lk_status lk_options_fill_json(lk_option_group *group, const json_t *object,
		const char *what, lk_error *error)
{
	for (size_t i = 0; i < group->count; i++) {
		const lk_option *row = &group->option[i];
		const json_t *value = json_object_get(object, row->name);

		if (!value || json_is_null(value) || group->given >> i & 1)
			continue;
		lk_status status = fill_one(group, row, value, error);
		if (status)
			return lk_fail_in(error, status, "%s", what);
	}
	return LK_OK;
}
