/* formats/json.h
 * JSON files (RFC 8259) over jansson: loaded whole and strictly, read by name
 * with types and ranges, written so that every real reads back exactly.
 *
 * A name that stands twice in one object is malformed. Messages begin with the
 * path, and with the line where the text is at fault. */
#ifndef LK_FORMATS_JSON_H
#define LK_FORMATS_JSON_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The object in the file; json_decref it. A file of more than `most` bytes is
 * refused. */
lk_status lk_json_load(json_t **object, const char *path, size_t most,
		lk_error *error);

/* The object in this text; name stands for the path in messages. */
lk_status lk_json_parse(json_t **object, const void *text, size_t nbytes,
		const char *name, lk_error *error);

/* Reads members of an object that came from path. The first failure sticks:
 * read everything, then look at status once. */
typedef struct {
	const json_t *object;
	const char *path;
	lk_error *error;
	lk_status status;
} lk_json_reader;

/* The member, or NULL where it is absent or null. */
const json_t *lk_json_find(const lk_json_reader *reader, const char *name);

/* Required members: absent or null, of another type or out of range fails; then
 * 0, false, NULL is returned. Strings live as long as the object. */
size_t lk_json_size(lk_json_reader *reader, const char *name, size_t least,
		size_t most);
double lk_json_real(lk_json_reader *reader, const char *name, double least,
		double most);
bool lk_json_bool(lk_json_reader *reader, const char *name);
const char *lk_json_text(lk_json_reader *reader, const char *name);

/* The same, with a value for what is absent or null. */
size_t lk_json_size_or(lk_json_reader *reader, const char *name, size_t least,
		size_t most, size_t otherwise);
double lk_json_real_or(lk_json_reader *reader, const char *name, double least,
		double most, double otherwise);
bool lk_json_bool_or(lk_json_reader *reader, const char *name, bool otherwise);
const char *lk_json_text_or(lk_json_reader *reader, const char *name,
		const char *otherwise);

/* The reader's own failure; kept unless an earlier one stands. */
void lk_json_refuse(lk_json_reader *reader, lk_status status, const char *format,
		...) __attribute__((format(printf, 3, 4)));

/* A real as JSON has it: infinities and what is no number become the strings
 * "inf", "-inf" and "nan". NULL when out of memory. */
json_t *lk_json_new_real(double value);

/* Back again: true where the value is a number or one of those strings. */
bool lk_json_get_real(const json_t *value, double *out);

/* The text of a value, reals with 17 significant digits: on one line without a
 * line end, or indented with one (and the fewest digits that keep them exact). malloc'd (by jansson: free with free()); NULL
 * when out of memory or where a string in it is no UTF-8. */
char *lk_json_line(const json_t *value);
char *lk_json_document(const json_t *value);

/* Write an indented document in place of path, atomically. */
lk_status lk_json_replace(const char *path, const json_t *value, lk_error *error);

#endif
