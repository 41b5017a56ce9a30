#include "cli/text_files.h"

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
	char **all, *copy;

	if (strcmp(path, "-") != 0 && lk_path_is_directory(path))
		return add_directory(files, path, error);
	all = realloc(files->path, (files->count + 1) * sizeof *all);
	if (all) {
		files->path = all;
		files->capacity = files->count + 1;
	}
	copy = strdup(path);
	if (!all || !copy) {
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

/* Append file number i. */
static lk_status append(lk_text *text, size_t i, lk_error *error)
{
	const char *path = text->files.path[i];
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
		lk_document *d = &text->documents.document[i];

		text->data = data;
		memcpy(data + text->nbytes, bytes.data, bytes.nbytes);
		*d = (lk_document){ .path = path,
			.nbytes = bytes.nbytes,
			.ends = true,
			.file_nbytes = bytes.nbytes };
		lk_hash128_text(d->hash, bytes.data, bytes.nbytes);
		text->nbytes += bytes.nbytes;
		text->start[i + 1] = text->nbytes;
	}
	lk_bytes_free(&bytes);
	return data ? LK_OK : no_memory(error);
}

lk_status lk_text_read(lk_text *text, const char *const *arguments, lk_error *error)
{
	lk_status status;

	*text = (lk_text){ 0 };
	status = lk_text_files_find(&text->files, arguments, error);
	if (status)
		return status;
	size_t count = text->files.count;
	text->documents.document = calloc(count, sizeof *text->documents.document);
	text->start = calloc(count + 1, sizeof *text->start);
	if (!text->documents.document || !text->start)
		return no_memory(error);
	for (size_t i = 0; i < count && !status; i++)
		status = append(text, i, error);
	for (size_t i = 0; i < count && !status; i++)
		text->documents.document[i].text = text->data + text->start[i];
	text->documents.count = count;
	text->documents.nbytes = text->nbytes;
	return status;
}

void lk_text_free(lk_text *text)
{
	lk_paths_free(&text->files);
	free(text->data);
	free(text->documents.document);
	free(text->start);
	*text = (lk_text){ 0 };
}
