#include "text/corpus.h"

#include "text/corpus_hash.h"
#include "text/sources.h"

#include <assert.h>
#include <stdlib.h>

struct lk_corpus {
	lk_sources sources;
	lk_documents training, validation;
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
	lk_sources_free(&corpus->sources);
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

/* Bytes from .. to - 1 of a source become a document. Room was made for it. */
static void add_document(
		lk_documents *documents, const lk_source *from, uint64_t first, uint64_t end)
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

/* The first nine tenths of all bytes train. */
static lk_status split(lk_corpus *corpus, uint64_t total, lk_error *error)
{
	uint64_t left = total / 10 * 9 + total % 10 * 9 / 10;
	lk_status status = LK_OK;

	for (size_t i = 0; i < corpus->sources.count && !status; i++) {
		const lk_source *from = &corpus->sources.source[i];
		uint64_t nbytes = from->nbytes, cut = left < nbytes ? 0 : nbytes;

		if (left && left < nbytes)
			status = lk_source_boundary(&cut, from, left, error);
		left = left < nbytes ? 0 : left - nbytes;
		if (cut > 0)
			add_document(&corpus->training, from, 0, cut);
		if (cut < nbytes)
			add_document(&corpus->validation, from, cut, nbytes);
	}
	return status;
}

/* Give the sources to the parts; those from number `training_sources` on, if any,
 * validate. */
static lk_status divide(lk_corpus *corpus, size_t training_sources, bool all_train,
		lk_error *error)
{
	const lk_source *source = corpus->sources.source;
	size_t count = corpus->sources.count;
	uint64_t total = 0;

	corpus->training.document = calloc(count, sizeof(lk_document));
	corpus->validation.document = calloc(count, sizeof(lk_document));
	if (!corpus->training.document || !corpus->validation.document)
		return no_memory(error);
	for (size_t i = 0; i < count; i++)
		total += source[i].nbytes;
	if (training_sources == count && !all_train)
		return split(corpus, total, error);
	for (size_t i = 0; i < count; i++)
		add_document(i < training_sources ? &corpus->training
						  : &corpus->validation,
				&source[i], 0, source[i].nbytes);
	return LK_OK;
}

lk_status lk_corpus_read_watched(lk_corpus **corpus, const char *const *paths,
		size_t path_count, const char *const *validation_paths,
		size_t validation_count, const lk_text_work *work, lk_error *error)
{
	lk_corpus *made = calloc(1, sizeof *made);
	size_t training_sources;
	lk_status status;

	assert(path_count > 0);
	if (!made)
		return no_memory(error);
	status = lk_sources_add(&made->sources, paths, path_count, false, error);
	training_sources = made->sources.count;
	if (!status)
		status = lk_sources_add(&made->sources, validation_paths,
				validation_count, false, error);
	if (!status)
		status = divide(made, training_sources, false, error);
	if (!status && (!made->training.nbytes || !made->validation.nbytes))
		status = lk_fail(error, LK_RANGE,
				"%s: too short to be split; a corpus needs two "
				"characters at least",
				lk_source_name(paths[0]));
	if (!status)
		status = lk_corpus_hash(&made->training, &made->validation,
				&made->sources, work, error);
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
			validation_count, &(lk_text_work){ .threads = 1 }, error);
}

lk_status lk_corpus_open(lk_corpus **corpus, const char *const *paths, size_t count,
		lk_error *error)
{
	lk_corpus *made = calloc(1, sizeof *made);
	lk_status status;

	if (!made)
		return no_memory(error);
	status = lk_sources_add(&made->sources, paths, count, true, error);
	if (!status)
		status = divide(made, made->sources.count, true, error);
	if (status)
		lk_corpus_free(made);
	else
		*corpus = made;
	return status;
}

lk_status lk_corpus_read_whole(lk_corpus **corpus, const char *path,
		const lk_text_work *work, lk_error *error)
{
	lk_corpus *made = NULL;
	lk_status status = lk_corpus_open(&made, &path, 1, error);

	if (!status)
		status = lk_corpus_hash(&made->training, &made->validation,
				&made->sources, work, error);
	if (status)
		lk_corpus_free(made);
	else
		*corpus = made;
	return status;
}
