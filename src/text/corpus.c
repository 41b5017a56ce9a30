#include "text/corpus.h"

#include "base/file.h"
#include "text/paths.h"
#include "text/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	char *path; /* as the user wrote it, or below the directory so written */
	lk_bytes bytes;
	char hash[33];
} source;

struct lk_corpus {
	source *source;
	size_t count;
	lk_documents training, validation;
};

static void free_documents(lk_documents *documents)
{
	free(documents->document);
}

void lk_corpus_free(lk_corpus *corpus)
{
	if (!corpus)
		return;
	for (size_t i = 0; i < corpus->count; i++) {
		free(corpus->source[i].path);
		lk_bytes_free(&corpus->source[i].bytes);
	}
	free(corpus->source);
	free_documents(&corpus->training);
	free_documents(&corpus->validation);
	free(corpus);
}

const lk_documents *lk_corpus_training(const lk_corpus *corpus)
{
	return &corpus->training;
}

const lk_documents *lk_corpus_validation(const lk_corpus *corpus)
{
	return &corpus->validation;
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for a corpus");
}

static const char *shown(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

/* Append one file. `found` in a directory, it may hold a single character, or
 * none, and is then left out. */
static lk_status read_source(
		lk_corpus *corpus, const char *path, bool found, lk_error *error)
{
	source *grown = realloc(corpus->source, (corpus->count + 1) * sizeof *grown);
	lk_status status;
	size_t length;

	if (!grown)
		return no_memory(error);
	corpus->source = grown;
	source *added = &grown[corpus->count];
	*added = (source){ .path = strdup(path) };
	if (!added->path)
		return no_memory(error);
	status = lk_file_read(&added->bytes, path, 0, error);
	if (status == LK_OK && !added->bytes.nbytes && !found)
		status = lk_fail(error, LK_RANGE, "%s: is empty; a corpus needs text",
				shown(path));
	if (status == LK_OK && !found) {
		lk_utf8_decode(added->bytes.data, added->bytes.nbytes, &length);
		if (length == added->bytes.nbytes)
			status = lk_fail(error, LK_RANGE,
					"%s: holds a single character; a corpus "
					"needs two at least",
					shown(path));
	}
	if (status != LK_OK || !added->bytes.nbytes) {
		free(added->path);
		lk_bytes_free(&added->bytes);
		return status;
	}
	lk_hash128_text(added->hash, added->bytes.data, added->bytes.nbytes);
	corpus->count++;
	return LK_OK;
}

static lk_status read_directory(lk_corpus *corpus, const char *path, lk_error *error)
{
	size_t before = corpus->count;
	lk_paths paths = { 0 };
	lk_status status = lk_paths_below(&paths, path, error);

	for (size_t i = 0; i < paths.count && status == LK_OK; i++)
		status = read_source(corpus, paths.path[i], true, error);
	if (status == LK_OK && corpus->count == before)
		status = lk_fail(error, LK_RANGE,
				paths.count ? "%s: this directory's files are all empty"
					    : "%s: this directory holds no files "
					      "(hidden ones do not count)",
				path);
	lk_paths_free(&paths);
	return status;
}

static lk_status read_paths(lk_corpus *corpus, const char *const *paths, size_t count,
		lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && status == LK_OK; i++)
		status = strcmp(paths[i], "-") && lk_path_is_directory(paths[i])
					 ? read_directory(corpus, paths[i], error)
					 : read_source(corpus, paths[i], false, error);
	return status;
}

/* Bytes from .. to - 1 of a source become a document. Room was made for it. */
static void add_document(
		lk_documents *documents, const source *from, size_t first, size_t end)
{
	lk_document *document = &documents->document[documents->count++];

	*document = (lk_document){
		.path = from->path,
		.text = from->bytes.data + first,
		.nbytes = end - first,
		.offset = first,
		.ends = end == from->bytes.nbytes,
		.file_nbytes = from->bytes.nbytes,
	};
	memcpy(document->hash, from->hash, sizeof document->hash);
	documents->nbytes += end - first;
}

/* The first nine tenths of all bytes train. */
static void split(lk_corpus *corpus)
{
	uint64_t total = 0, left;

	for (size_t i = 0; i < corpus->count; i++)
		total += corpus->source[i].bytes.nbytes;
	left = total / 10 * 9 + total % 10 * 9 / 10;
	for (size_t i = 0; i < corpus->count; i++) {
		const source *from = &corpus->source[i];
		size_t nbytes = from->bytes.nbytes, cut = nbytes;

		if (left < nbytes)
			cut = lk_utf8_boundary(from->bytes.data, nbytes, (size_t)left);
		left = left < nbytes ? 0 : left - nbytes;
		if (cut > 0)
			add_document(&corpus->training, from, 0, cut);
		if (cut < nbytes)
			add_document(&corpus->validation, from, cut, nbytes);
	}
}

lk_status lk_corpus_read(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, lk_error *error)
{
	lk_corpus *made = calloc(1, sizeof *made);
	size_t training_sources;
	lk_status status;

	assert(path_count > 0);
	if (!made)
		return no_memory(error);
	status = read_paths(made, paths, path_count, error);
	training_sources = made->count;
	if (status == LK_OK)
		status = read_paths(made, validation_paths, validation_count, error);
	if (status != LK_OK)
		goto fail;
	made->training.document = calloc(made->count, sizeof(lk_document));
	made->validation.document = calloc(made->count, sizeof(lk_document));
	if (!made->training.document || !made->validation.document) {
		status = no_memory(error);
		goto fail;
	}
	if (validation_count)
		for (size_t i = 0; i < made->count; i++)
			add_document(i < training_sources ? &made->training
							  : &made->validation,
					&made->source[i], 0,
					made->source[i].bytes.nbytes);
	else
		split(made);
	if (!made->training.nbytes || !made->validation.nbytes) {
		status = lk_fail(error, LK_RANGE,
				"%s: too short to be split; a corpus needs two "
				"characters at least",
				shown(paths[0]));
		goto fail;
	}
	*corpus = made;
	return LK_OK;

fail:
	lk_corpus_free(made);
	return status;
}
