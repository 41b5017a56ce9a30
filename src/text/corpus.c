#include "text/corpus.h"

#include "base/file.h"
#include "text/paths.h"
#include "text/utf8.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
	char *path;     /* as the user wrote it, or below the directory so written */
	lk_bytes bytes; /* of a pipe; else none */
	uint64_t nbytes;
	char hash[33];
} source;

struct lk_corpus {
	source *source;
	size_t count;
	lk_documents training, validation;
	const lk_text_watch *watch; /* while it is being read */
	uint64_t seen, total;       /* bytes looked through, of so many */
};

void lk_text_watch_show(const lk_text_watch *watch, const char *what, uint64_t done,
		uint64_t total)
{
	if (watch && watch->show)
		watch->show(watch->context, what, done, total);
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
	free(corpus->training.document);
	free(corpus->validation.document);
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

void lk_corpus_set_rule(lk_corpus *corpus, const lk_document_rule *rule)
{
	for (size_t i = 0; i < corpus->training.count; i++)
		corpus->training.document[i].rule = rule;
	for (size_t i = 0; i < corpus->validation.count; i++)
		corpus->validation.document[i].rule = rule;
}

static lk_status no_memory(lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "out of memory for a corpus");
}

static const char *shown(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

static int open_source(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* How much text there is. What does not tell is read at once. */
static lk_status measure(source *s, lk_error *error)
{
	struct stat info;
	lk_status status;

	if (strcmp(s->path, "-") != 0 && !stat(s->path, &info) &&
			S_ISREG(info.st_mode) && info.st_size > 0) {
		s->nbytes = (uint64_t)info.st_size;
		return LK_OK;
	}
	status = lk_file_read(&s->bytes, s->path, 0, error);
	s->nbytes = s->bytes.nbytes;
	return status;
}

/* Part of a source. A file that ends before has changed since it was measured. */
static lk_status read_part(const source *s, int fd, void *out, size_t nbytes,
		uint64_t offset, lk_error *error)
{
	lk_status status;

	if (s->bytes.data) {
		memcpy(out, s->bytes.data + offset, nbytes);
		return LK_OK;
	}
	status = lk_file_read_at(fd, out, nbytes, offset, s->path, error);
	return status == LK_FORMAT
			       ? lk_fail(error, LK_IO,
						 "%s: has become shorter while it was "
						 "read; use a text at rest",
						 s->path)
			       : status;
}

/* The same of a file that is not open. */
static lk_status peek(const source *s, void *out, size_t nbytes, uint64_t offset,
		lk_error *error)
{
	int fd = s->bytes.data ? -1 : open_source(s->path);
	lk_status status;

	if (fd < 0 && !s->bytes.data)
		return lk_fail_errno(error, "%s: cannot be opened", s->path);
	status = read_part(s, fd, out, nbytes, offset, error);
	if (fd >= 0)
		close(fd);
	return status;
}

enum { CHARACTER = 4 /* bytes at most */ };

/* A text that the user named must have something to train and to validate. */
static lk_status check_size(const source *s, lk_error *error)
{
	unsigned char text[CHARACTER];
	size_t length;
	lk_status status;

	if (!s->nbytes)
		return lk_fail(error, LK_RANGE, "%s: is empty; a corpus needs text",
				shown(s->path));
	if (s->nbytes > CHARACTER)
		return LK_OK;
	status = peek(s, text, (size_t)s->nbytes, 0, error);
	if (status)
		return status;
	lk_utf8_decode(text, (size_t)s->nbytes, &length);
	return length < s->nbytes ? LK_OK
				  : lk_fail(error, LK_RANGE,
						    "%s: holds a single character; a "
						    "corpus needs two at least",
						    shown(s->path));
}

/* Append one file. `found` in a directory, it may hold a single character, or
 * none, and is then left out. */
static lk_status add_source(lk_corpus *corpus, const char *path, bool found, bool whole,
		lk_error *error)
{
	source *grown = realloc(corpus->source, (corpus->count + 1) * sizeof *grown);
	lk_status status;

	if (!grown)
		return no_memory(error);
	corpus->source = grown;
	source *added = &grown[corpus->count];
	*added = (source){ .path = strdup(path) };
	if (!added->path)
		return no_memory(error);
	status = measure(added, error);
	if (!status && !found && !(whole && added->nbytes))
		status = check_size(added, error);
	if (status || !added->nbytes) {
		free(added->path);
		lk_bytes_free(&added->bytes);
		return status;
	}
	corpus->count++;
	return LK_OK;
}

static lk_status add_directory(lk_corpus *corpus, const char *path, lk_error *error)
{
	size_t before = corpus->count;
	lk_paths paths = { 0 };
	lk_status status = lk_paths_below(&paths, path, error);

	for (size_t i = 0; i < paths.count && status == LK_OK; i++)
		status = add_source(corpus, paths.path[i], true, true, error);
	if (status == LK_OK && corpus->count == before)
		status = lk_fail(error, LK_RANGE,
				paths.count ? "%s: this directory's files are all empty"
					    : "%s: this directory holds no files "
					      "(hidden ones do not count)",
				path);
	lk_paths_free(&paths);
	return status;
}

static lk_status add_paths(lk_corpus *corpus, const char *const *paths, size_t count,
		bool whole, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && status == LK_OK; i++)
		status = strcmp(paths[i], "-") && lk_path_is_directory(paths[i])
					 ? add_directory(corpus, paths[i], error)
					 : add_source(corpus, paths[i], false, whole,
							   error);
	return status;
}

/* Bytes from .. to - 1 of a source become a document. Room was made for it. */
static void add_document(
		lk_documents *documents, const source *from, uint64_t first, uint64_t end)
{
	documents->document[documents->count++] = (lk_document){
		.path = from->path,
		.text = from->bytes.data ? from->bytes.data + first : NULL,
		.nbytes = (size_t)(end - first),
		.offset = first,
		.ends = end == from->nbytes,
		.file_nbytes = from->nbytes,
	};
	documents->nbytes += end - first;
}

/* The character boundary at or before a place. */
static lk_status find_cut(
		uint64_t *cut, const source *from, uint64_t place, lk_error *error)
{
	unsigned char text[2 * CHARACTER];
	uint64_t first = place > CHARACTER ? place - CHARACTER : 0, left;
	size_t nbytes = sizeof text;
	lk_status status;

	left = from->nbytes - first;
	nbytes = left < nbytes ? (size_t)left : nbytes;
	status = peek(from, text, nbytes, first, error);
	if (!status)
		*cut = first + lk_utf8_boundary(text, nbytes, (size_t)(place - first));
	return status;
}

/* The first nine tenths of all bytes train. */
static lk_status split(lk_corpus *corpus, lk_error *error)
{
	uint64_t left = corpus->total / 10 * 9 + corpus->total % 10 * 9 / 10;
	lk_status status = LK_OK;

	for (size_t i = 0; i < corpus->count && !status; i++) {
		const source *from = &corpus->source[i];
		uint64_t nbytes = from->nbytes, cut = nbytes;

		if (left < nbytes)
			status = find_cut(&cut, from, left, error);
		left = left < nbytes ? 0 : left - nbytes;
		if (cut > 0)
			add_document(&corpus->training, from, 0, cut);
		if (cut < nbytes)
			add_document(&corpus->validation, from, cut, nbytes);
	}
	return status;
}

/* Both hashes of a source: of its bytes up to `cut`, and of the rest (which may
 * be none). */
typedef struct {
	lk_hasher *whole, *head, *tail;
} hashers;

static lk_status hash_bytes(lk_corpus *corpus, const source *s, int fd, uint64_t cut,
		const hashers *h, lk_error *error)
{
	enum { PIECE = 1 << 20 };
	unsigned char *piece = malloc(PIECE);
	lk_status status = piece ? LK_OK : no_memory(error);

	for (uint64_t at = 0; at < s->nbytes && !status;) {
		uint64_t end = at < cut ? cut : s->nbytes;
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;

		status = read_part(s, fd, piece, n, at, error);
		if (status)
			break;
		lk_hasher_add(h->whole, piece, n);
		lk_hasher_add(at < cut ? h->head : h->tail, piece, n);
		at += n;
		corpus->seen += n;
		lk_text_watch_show(corpus->watch, "read", corpus->seen, corpus->total);
	}
	if (!status && fd >= 0 && pread(fd, piece, 1, (off_t)s->nbytes) > 0)
		status = lk_fail(error, LK_IO,
				"%s: has become longer while it was read; use a text at "
				"rest",
				s->path);
	free(piece);
	return status;
}

/* Look through a source, and write its hashes into its one or two documents. */
static lk_status hash_source(
		lk_corpus *corpus, source *s, lk_document *first, lk_document *second,
		lk_error *error)
{
	hashers h = { lk_hasher_new(), lk_hasher_new(), lk_hasher_new() };
	int fd = s->bytes.data ? -1 : open_source(s->path);
	lk_status status = LK_OK;

	if (!h.whole || !h.head || !h.tail)
		status = no_memory(error);
	else if (fd < 0 && !s->bytes.data)
		status = lk_fail_errno(error, "%s: cannot be opened", s->path);
	if (!status)
		status = hash_bytes(corpus, s, fd, first->nbytes, &h, error);
	if (!status) {
		lk_hasher_text(h.whole, s->hash);
		lk_hasher_text(h.head, first->part);
		memcpy(first->hash, s->hash, sizeof first->hash);
	}
	if (!status && second) {
		lk_hasher_text(h.tail, second->part);
		memcpy(second->hash, s->hash, sizeof second->hash);
	}
	if (fd >= 0)
		close(fd);
	lk_hasher_free(h.whole);
	lk_hasher_free(h.head);
	lk_hasher_free(h.tail);
	return status;
}

/* Every source is one document of one part, or the end of the training part and
 * the beginning of the other. */
static lk_status hash_sources(lk_corpus *corpus, lk_error *error)
{
	lk_document *training = corpus->training.document;
	lk_document *validation = corpus->validation.document;
	const lk_document *training_end = training + corpus->training.count;
	lk_status status = LK_OK;

	for (size_t i = 0; i < corpus->count && !status; i++) {
		source *s = &corpus->source[i];
		lk_document *first = training < training_end ? training++ : validation++;
		bool cut = first->nbytes < s->nbytes;

		status = hash_source(corpus, s, first, cut ? validation++ : NULL, error);
	}
	return status;
}

/* Give the sources to the parts; those from number `training_sources` on, if any,
 * validate. */
static lk_status divide(lk_corpus *corpus, size_t training_sources, bool all_train,
		lk_error *error)
{
	size_t count = corpus->count;

	corpus->training.document = calloc(count, sizeof(lk_document));
	corpus->validation.document = calloc(count, sizeof(lk_document));
	if (!corpus->training.document || !corpus->validation.document)
		return no_memory(error);
	for (size_t i = 0; i < count; i++)
		corpus->total += corpus->source[i].nbytes;
	if (training_sources == count && !all_train)
		return split(corpus, error);
	for (size_t i = 0; i < count; i++)
		add_document(i < training_sources ? &corpus->training
						  : &corpus->validation,
				&corpus->source[i], 0, corpus->source[i].nbytes);
	return LK_OK;
}

lk_status lk_corpus_read_watched(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, const lk_text_watch *watch, lk_error *error)
{
	lk_corpus *made = calloc(1, sizeof *made);
	size_t training_sources;
	lk_status status;

	assert(path_count > 0);
	if (!made)
		return no_memory(error);
	made->watch = watch;
	status = add_paths(made, paths, path_count, false, error);
	training_sources = made->count;
	if (!status)
		status = add_paths(made, validation_paths, validation_count, false,
				error);
	if (!status)
		status = divide(made, training_sources, false, error);
	if (!status && (!made->training.nbytes || !made->validation.nbytes))
		status = lk_fail(error, LK_RANGE,
				"%s: too short to be split; a corpus needs two "
				"characters at least",
				shown(paths[0]));
	if (!status)
		status = hash_sources(made, error);
	made->watch = NULL;
	if (status)
		lk_corpus_free(made);
	else
		*corpus = made;
	return status;
}

lk_status lk_corpus_read(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, lk_error *error)
{
	return lk_corpus_read_watched(corpus, paths, path_count, validation_paths,
			validation_count, NULL, error);
}

lk_status lk_corpus_read_all(lk_corpus **corpus, const char *const *paths, size_t count,
		const lk_text_watch *watch, lk_error *error)
{
	lk_corpus *made = calloc(1, sizeof *made);
	lk_status status;

	if (!made)
		return no_memory(error);
	made->watch = watch;
	status = add_paths(made, paths, count, true, error);
	if (!status)
		status = divide(made, made->count, true, error);
	if (!status)
		status = hash_sources(made, error);
	made->watch = NULL;
	if (status)
		lk_corpus_free(made);
	else
		*corpus = made;
	return status;
}

lk_status lk_corpus_read_whole(lk_corpus **corpus, const char *path,
		const lk_text_watch *watch, lk_error *error)
{
	return lk_corpus_read_all(corpus, &path, 1, watch, error);
}
