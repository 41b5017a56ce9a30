#include "cli/score_records.h"

#include "base/directory.h"
#include "base/file.h"
#include "cli/text_files.h"
#include "text/corpus.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lk_records {
	const char *const *path;
	size_t count, at;
	lk_records_rule rule;
	uint64_t number;
	FILE *file;     /* of lines: the one being read */
	lk_bytes bytes; /* otherwise the file at hand, and its documents */
	lk_documents documents;
};

void lk_record_free(lk_record *record)
{
	free(record->text);
	free(record->context);
	*record = (lk_record){ 0 };
}

lk_status lk_records_new(lk_records **out, const char *const *paths, size_t count,
		const lk_records_rule *rule, lk_error *error)
{
	lk_records *records = calloc(1, sizeof *records);

	if (!records)
		return lk_fail(error, LK_NOMEM, "out of memory for records");
	*records = (lk_records){ .path = paths, .count = count, .rule = *rule };
	*out = records;
	return LK_OK;
}

static void close_file(lk_records *records)
{
	if (records->file && records->file != stdin)
		fclose(records->file);
	records->file = NULL;
	records->at++;
	records->number = 0;
}

static void close_documents(lk_records *records)
{
	lk_bytes_free(&records->bytes);
	free(records->documents.document);
	records->documents = (lk_documents){ 0 };
	records->at++;
	records->number = 0;
}

void lk_records_free(lk_records *records)
{
	if (!records)
		return;
	close_file(records);
	close_documents(records);
	free(records);
}

static lk_status open_file(lk_records *records, lk_error *error)
{
	const char *path = records->path[records->at];

	records->file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	return records->file ? LK_OK : lk_fail_errno(error, "%s: cannot be read", path);
}

/* The next line of all files, its end included; text NULL behind the last. */
static lk_status next_line(lk_records *records, lk_record *record, lk_error *error)
{
	lk_status status = LK_OK;

	while (records->at < records->count && !status) {
		char *line = NULL;
		size_t room = 0;
		ssize_t nbytes;

		if (!records->file) {
			status = open_file(records, error);
			continue;
		}
		errno = 0;
		nbytes = getline(&line, &room, records->file);
		if (nbytes >= 0) {
			record->file = lk_text_file_name(records->path[records->at]);
			record->number = ++records->number;
			record->text = (unsigned char *)line;
			record->nbytes = (size_t)nbytes;
			return LK_OK;
		}
		free(line);
		if (!feof(records->file))
			status = lk_fail_errno(error, "%s: cannot be read",
					lk_text_file_name(records->path[records->at]));
		close_file(records);
	}
	return status;
}

static bool is_blank(const lk_record *record)
{
	for (size_t i = 0; i < record->nbytes; i++)
		if (!strchr(" \t\r\n", record->text[i]) || !record->text[i])
			return false;
	return true;
}

/* The string under that name, copied. */
static lk_status take_field(unsigned char **text, size_t *nbytes, const json_t *object,
		const char *name, const lk_record *line, lk_error *error)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_string(value))
		return lk_fail(error, LK_FORMAT,
				"%s: line %llu: it has no text under \"%s\"",
				line->file, (unsigned long long)line->number, name);
	*nbytes = json_string_length(value);
	*text = malloc(*nbytes + 1);
	if (!*text)
		return lk_fail(error, LK_NOMEM, "out of memory for a record");
	memcpy(*text, json_string_value(value), *nbytes);
	return LK_OK;
}

/* From the line to the texts of its fields. */
static lk_status parse(const lk_records *records, lk_record *record, lk_error *error)
{
	lk_record line = *record;
	json_error_t why;
	json_t *object = json_loadb((const char *)line.text, line.nbytes,
			JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	lk_status status = LK_OK;

	record->text = NULL;
	if (!json_is_object(object))
		status = lk_fail(error, LK_FORMAT,
				"%s: line %llu is no JSON object%s%s", line.file,
				(unsigned long long)line.number, object ? "" : ": ",
				object ? "" : why.text);
	if (!status)
		status = take_field(&record->text, &record->nbytes, object,
				records->rule.field, &line, error);
	if (!status && records->rule.context_field)
		status = take_field(&record->context, &record->context_nbytes, object,
				records->rule.context_field, &line, error);
	json_decref(object);
	lk_record_free(&line);
	return status;
}

/* The documents of the next file. */
static lk_status open_documents(lk_records *records, lk_error *error)
{
	const char *path = records->path[records->at];
	lk_status status = lk_file_read(&records->bytes, path, 0, error);
	lk_document file = { .path = path,
		.text = records->bytes.data,
		.nbytes = records->bytes.nbytes,
		.rule = &records->rule.documents };

	return status ? status : lk_document_split(&records->documents, &file, error);
}

static lk_status next_document(lk_records *records, lk_record *record, lk_error *error)
{
	lk_status status = LK_OK;

	while (records->at < records->count && !status) {
		if (!records->bytes.data) {
			status = open_documents(records, error);
			continue;
		}
		if (records->number == records->documents.count) {
			close_documents(records);
			continue;
		}
		const lk_document *d = &records->documents.document[records->number];
		record->file = lk_text_file_name(d->path);
		record->number = ++records->number;
		record->nbytes = d->nbytes;
		record->text = malloc(d->nbytes + 1);
		if (!record->text)
			return lk_fail(error, LK_NOMEM, "out of memory for a record");
		memcpy(record->text, d->text, d->nbytes);
		return LK_OK;
	}
	return status;
}

lk_status lk_records_next(lk_records *records, lk_record *record, lk_error *error)
{
	lk_status status;

	*record = (lk_record){ 0 };
	if (!records->rule.field)
		return records->rule.documents.kind == LK_DOCUMENTS_LINES
				       ? next_line(records, record, error)
				       : next_document(records, record, error);
	do {
		lk_record_free(record);
		status = next_line(records, record, error);
	} while (!status && record->text && is_blank(record));
	return status || !record->text ? status : parse(records, record, error);
}
