#include "cli/text_files.h"

#include "base/array.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The files below a directory, without those that hold nothing. */
static lk_status add_directory(lk_paths *files, const char *path, lk_error *error)
{
	size_t kept = files->count;
	lk_status status = lk_paths_below(files, path, error);
	struct stat info;

	for (size_t i = kept; i < files->count; i++)
		if (!stat(files->path[i], &info) && !info.st_size)
			free(files->path[i]);
		else
			files->path[kept++] = files->path[i];
	files->count = kept;
	return status;
}

static lk_status add_file(lk_paths *files, const char *path, lk_error *error)
{
	char *copy;
	bool room;

	if (strcmp(path, "-") != 0 && lk_path_is_directory(path))
		return add_directory(files, path, error);
	room = lk_array_reserve(&files->path, &files->capacity, files->count + 1,
			sizeof *files->path);
	copy = strdup(path);
	if (!room || !copy) {
		free(copy);
		return lk_fail(error, LK_NOMEM, "out of memory for the names of files");
	}
	files->path[files->count++] = copy;
	return LK_OK;
}

lk_status lk_text_files_find(
		lk_paths *files, const char *const *arguments, lk_error *error)
{
	*files = (lk_paths){ 0 };
	for (size_t i = 0; arguments[i]; i++) {
		lk_status status = add_file(files, arguments[i], error);

		if (status)
			return status;
	}
	if (!files->count)
		return lk_fail(error, LK_IO, "%s: it holds no text", arguments[0]);
	return LK_OK;
}

const char *lk_text_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for the text");
}

/* Append file number i to the data. */
static lk_status append_file(lk_text *text, size_t i, lk_error *error)
{
	const char *path = text->paths.path[i];
	lk_bytes bytes;
	lk_status status = lk_file_read(&bytes, path, 0, error);

	if (status)
		return status;
	if (!bytes.nbytes) {
		lk_bytes_free(&bytes);
		return lk_fail(error, LK_RANGE,
				"%s: is empty; there is nothing to measure",
				lk_text_file_name(path));
	}
	unsigned char *data = realloc(text->data, text->nbytes + bytes.nbytes);
	if (data) {
		text->data = data;
		memcpy(data + text->nbytes, bytes.data, bytes.nbytes);
		text->file[i] = (lk_document){ .path = path,
			.nbytes = bytes.nbytes,
			.ends = true,
			.file_nbytes = bytes.nbytes };
		lk_hash128_text(text->file[i].hash, bytes.data, bytes.nbytes);
		text->nbytes += bytes.nbytes;
	}
	lk_bytes_free(&bytes);
	return data ? LK_OK : no_memory(error);
}

/* Append the documents of a file, which begins at byte `at` of the data. */
static lk_status append_documents(lk_text *text, lk_document *file, uint64_t at,
		const lk_document_rule *rule, lk_error *error)
{
	lk_documents *all = &text->documents, some;
	lk_status status;

	file->text = text->data + at;
	file->rule = rule;
	status = lk_document_split(&some, file, error);
	if (status)
		return status;
	lk_document *grown = realloc(
			all->document, (all->count + some.count) * sizeof *grown);
	if (grown) {
		memcpy(grown + all->count, some.document, some.count * sizeof *grown);
		all->document = grown;
		all->count += some.count;
		all->nbytes += some.nbytes;
	}
	free(some.document);
	return grown ? LK_OK : no_memory(error);
}

static lk_status divide(lk_text *text, const lk_document_rule *rule, lk_error *error)
{
	lk_status status = LK_OK;
	uint64_t at = 0;

	for (size_t i = 0; i < text->paths.count && !status; i++) {
		status = append_documents(text, &text->file[i], at, rule, error);
		at += text->file[i].nbytes;
	}
	if (status)
		return status;
	text->start = malloc((text->documents.count + 1) * sizeof *text->start);
	if (!text->start)
		return no_memory(error);
	text->start[0] = 0;
	for (size_t d = 0; d < text->documents.count; d++)
		text->start[d + 1] =
				text->start[d] + text->documents.document[d].nbytes;
	return LK_OK;
}

lk_status lk_text_read(lk_text *text, const char *const *arguments,
		const lk_document_rule *rule, lk_error *error)
{
	lk_status status;

	*text = (lk_text){ 0 };
	status = lk_text_files_find(&text->paths, arguments, error);
	if (status)
		return status;
	text->file = calloc(text->paths.count, sizeof *text->file);
	if (!text->file)
		return no_memory(error);
	for (size_t i = 0; i < text->paths.count && !status; i++)
		status = append_file(text, i, error);
	return status ? status : divide(text, rule, error);
}

void lk_text_free(lk_text *text)
{
	lk_paths_free(&text->paths);
	free(text->data);
	free(text->file);
	free(text->documents.document);
	free(text->start);
	*text = (lk_text){ 0 };
}
