#include "text/extract.h"

#include "base/array.h"

#include <stdlib.h>

enum { STRETCH = 1 << 14 }; /* bytes, where the text is longer than the extract */

typedef struct {
	lk_documents *list;
	size_t capacity;
} extracting;

/* Bytes from .. from + nbytes of one document. */
static lk_status add_part(extracting *e, const lk_document *document, uint64_t from,
		uint64_t nbytes, lk_error *error)
{
	lk_documents *list = e->list;

	if (!lk_array_reserve(&list->document, &e->capacity, list->count + 1,
			    sizeof *list->document))
		return lk_fail(error, LK_NOMEM, "out of memory for an extract of the text");
	list->document[list->count++] = lk_document_part(document, from, (size_t)nbytes);
	list->nbytes += nbytes;
	return LK_OK;
}

/* Bytes from .. from + nbytes of all documents, one behind the other. */
static lk_status add_stretch(extracting *e, const lk_documents *documents, uint64_t from,
		uint64_t nbytes, lk_error *error)
{
	uint64_t begin = 0, end = from + nbytes;
	lk_status status = LK_OK;

	for (size_t i = 0; !status && begin < end && i < documents->count; i++) {
		const lk_document *d = &documents->document[i];
		uint64_t first = from > begin ? from - begin : 0;
		uint64_t last = end - begin < d->nbytes ? end - begin : d->nbytes;

		if (first < last)
			status = add_part(e, d, first, last - first, error);
		begin += d->nbytes;
	}
	return status;
}

lk_status lk_documents_extract(lk_documents *extract, const lk_documents *documents,
		uint64_t most, lk_error *error)
{
	uint64_t total = documents->nbytes, stretch = most < STRETCH ? most : STRETCH;
	uint64_t count = most / stretch;
	extracting e = { extract, 0 };
	lk_status status = LK_OK;

	*extract = (lk_documents){ 0 };
	if (total <= most) {
		stretch = total;
		count = 1;
	}
	for (uint64_t i = 0; !status && i < count; i++) {
		double from = (double)total / (double)count * (double)i;

		status = add_stretch(&e, documents, (uint64_t)from, stretch, error);
	}
	if (status) {
		free(extract->document);
		*extract = (lk_documents){ 0 };
	}
	return status;
}
