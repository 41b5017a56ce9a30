#include "text/corpus.h"

#include "base/array.h"

#include <assert.h>
#include <stdlib.h>

lk_document lk_document_part(const lk_document *document, uint64_t from, size_t nbytes)
{
	lk_document part = *document;

	assert(from <= document->nbytes && nbytes <= document->nbytes - from);
	if (part.text)
		part.text += from;
	part.offset += from;
	part.nbytes = nbytes;
	part.ends = document->ends && from + nbytes == document->nbytes;
	if (nbytes < document->nbytes)
		part.part[0] = '\0';
	return part;
}

typedef struct {
	lk_documents *documents;
	const lk_document *stretch;
	size_t capacity, at;
} splitting;

/* The bytes from where the last document ended up to this place. */
static lk_status add(void *context, uint64_t end, lk_error *error)
{
	splitting *s = context;
	lk_documents *list = s->documents;

	if (!lk_array_reserve(&list->document, &s->capacity, list->count + 1,
			    sizeof *list->document))
		return lk_fail(error, LK_NOMEM, "out of memory for a text's documents");
	lk_document *added = &list->document[list->count++];
	*added = lk_document_part(s->stretch, s->at, (size_t)end - s->at);
	added->ends = true;
	added->rule = NULL;
	list->nbytes += added->nbytes;
	s->at = (size_t)end;
	return LK_OK;
}

lk_status lk_document_split(
		lk_documents *documents, const lk_document *stretch, lk_error *error)
{
	splitting s = { documents, stretch, 0, 0 };
	lk_document_scanner *scanner;
	lk_status status = lk_document_scanner_new(&scanner, stretch->rule, error);

	*documents = (lk_documents){ 0 };
	if (status)
		return status;
	status = lk_document_scanner_scan(
			scanner, stretch->text, stretch->nbytes, add, &s, error);
	if (!status && s.at < stretch->nbytes) {
		status = add(&s, stretch->nbytes, error);
		if (!status)
			documents->document[documents->count - 1].ends = stretch->ends;
	}
	lk_document_scanner_free(scanner);
	if (status) {
		free(documents->document);
		*documents = (lk_documents){ 0 };
	}
	return status;
}
