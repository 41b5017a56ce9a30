#include "formats/token_cache.h"

#include "base/directory.h"
#include "base/hash.h"
#include "formats/token_header.h"
#include "text/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".tokens"
#define PART   ".part" /* behind it, while the file is made (base/output.h) */

enum { DIGITS = 32 };

static void add_text(lk_hasher *hasher, const char *text)
{
	lk_hasher_add(hasher, text, strlen(text) + 1);
}

static void add_number(lk_hasher *hasher, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	add_text(hasher, text);
}

static void add_document(lk_hasher *hasher, const lk_document *d)
{
	char hash[33];

	if (d->text)
		lk_hash128_text(hash, d->text, d->nbytes);
	add_text(hasher, d->text ? hash : d->part);
	add_number(hasher, d->nbytes);
	add_number(hasher, d->ends);
	add_number(hasher, d->rule ? d->rule->kind : LK_DOCUMENTS_FILES);
	if (d->rule && d->rule->separator)
		add_text(hasher, d->rule->separator);
}

/* Everything that the ids follow from. */
static lk_status make_key(char key[33], const lk_documents *documents,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_hasher *hasher = lk_hasher_new();
	char hash[33];

	if (!hasher)
		return lk_fail(error, LK_NOMEM, "out of memory for tokens");
	add_text(hasher, "likely tokens 1");
	lk_tokenizer_hash(tokenizer, hash);
	add_text(hasher, hash);
	for (size_t i = 0; i < documents->count; i++)
		add_document(hasher, &documents->document[i]);
	lk_hasher_text(hasher, key);
	lk_hasher_free(hasher);
	return LK_OK;
}

static lk_status path_of(
		char **path, const char *directory, const char *key, lk_error *error)
{
	char name[DIGITS + sizeof ENDING];

	snprintf(name, sizeof name, "%s" ENDING, key);
	*path = lk_path_join(directory, name);
	return *path ? LK_OK : lk_fail(error, LK_NOMEM, "out of memory for tokens");
}

lk_status lk_token_cache_path(char **path, const char *directory,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		lk_error *error)
{
	char key[33];
	lk_status status = make_key(key, documents, tokenizer, error);

	return status ? status : path_of(path, directory, key, error);
}

/* The file as it should be, or a failure. */
static lk_status open_good(lk_tokens **tokens, const char *path, const char *key,
		const lk_tokenizer *tokenizer, const lk_text_watch *watch)
{
	lk_token_header header;
	lk_status status = lk_token_file_describe(&header, path, NULL);

	if (status || strcmp(header.text, key))
		return LK_FORMAT;
	return lk_token_file_open(tokens, path, tokenizer, watch, NULL);
}

static lk_status fill(lk_token_writer *writer, const lk_documents *documents,
		const lk_tokenizer *tokenizer, const lk_text_work *work,
		lk_error *error)
{
	lk_status status = lk_tokenise(documents, tokenizer, work, lk_token_writer_add,
			writer, error);

	if (!status)
		return lk_token_writer_finish(writer, error);
	lk_token_writer_drop(writer);
	return status;
}

lk_status lk_token_cache_open(lk_tokens **tokens, const char *directory,
		const lk_documents *documents, const lk_tokenizer *tokenizer,
		const lk_text_work *work, lk_error *error)
{
	lk_token_writer *writer;
	char key[33], *path = NULL;
	lk_status status = make_key(key, documents, tokenizer, error);

	if (!status)
		status = path_of(&path, directory, key, error);
	if (status)
		return status;
	if (!open_good(tokens, path, key, tokenizer, &work->watch))
		goto done;
	status = lk_directory_make(directory, error);
	if (!status)
		status = lk_token_writer_new(&writer, path, tokenizer, key, true, error);
	if (status)
		goto done;
	/* Whoever had the lock before may have made it. */
	if (!open_good(tokens, path, key, tokenizer, &work->watch)) {
		lk_token_writer_drop(writer);
		goto done;
	}
	status = fill(writer, documents, tokenizer, work, error);
	if (!status)
		status = lk_token_file_open_made(tokens, path, tokenizer, error);
done:
	free(path);
	return status;
}

/* Is this the name of a file of the cache? */
static bool is_ours(const char *path, bool *complete)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *rest = name + strspn(name, "0123456789abcdef");

	*complete = !strcmp(rest, ENDING);
	return rest - name == DIGITS && (*complete || !strcmp(rest, ENDING PART));
}

static lk_status add_entry(
		lk_token_cache_list *list, const char *path, bool complete, lk_error *error)
{
	lk_token_cache_entry *grown = realloc(
			list->entry, (list->count + 1) * sizeof *grown);
	lk_token_cache_entry entry = { .path = strdup(path), .complete = complete };
	struct stat info;

	if (grown)
		list->entry = grown;
	if (!grown || !entry.path) {
		free(entry.path);
		return lk_fail(error, LK_NOMEM, "out of memory for a list of files");
	}
	entry.file_nbytes = stat(path, &info) ? 0 : (uint64_t)info.st_size;
	if (complete && lk_token_file_describe(&entry.header, path, NULL))
		entry.complete = false;
	list->entry[list->count++] = entry;
	return LK_OK;
}

lk_status lk_token_cache_look(
		lk_token_cache_list *list, const char *directory, lk_error *error)
{
	lk_paths paths = { 0 };
	bool complete;
	lk_status status = LK_OK;

	*list = (lk_token_cache_list){ 0 };
	if (!lk_path_exists(directory))
		return LK_OK;
	status = lk_paths_below(&paths, directory, error);
	for (size_t i = 0; i < paths.count && !status; i++)
		if (is_ours(paths.path[i], &complete))
			status = add_entry(list, paths.path[i], complete, error);
	lk_paths_free(&paths);
	if (status)
		lk_token_cache_list_free(list);
	return status;
}

void lk_token_cache_list_free(lk_token_cache_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->entry[i].path);
	free(list->entry);
	*list = (lk_token_cache_list){ 0 };
}

lk_status lk_token_cache_clean(const lk_token_cache_list *list, lk_error *error)
{
	for (size_t i = 0; i < list->count; i++)
		if (unlink(list->entry[i].path) && errno != ENOENT)
			return lk_fail_errno(error, "%s: cannot be removed",
					list->entry[i].path);
	return LK_OK;
}
