#include "formats/safetensors_writer.h"

#include "base/file.h"
#include "formats/json.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, ALIGN = 8, TRIES = 1000 };

/* A file on its way. */
typedef struct {
	const char *path; /* what it will be called */
	char *temporary;  /* what it is called */
	int fd;
	lk_hasher *hasher;
} output;

static lk_status no_memory(const char *path, lk_error *error)
{
	return lk_fail(error, LK_NOMEM, "%s: out of memory while writing it", path);
}

static int compare_tensors(const void *left, const void *right)
{
	const lk_tensor *a = *(const lk_tensor *const *)left;
	const lk_tensor *b = *(const lk_tensor *const *)right;
	size_t m = lk_dtype_nbytes(a->dtype), n = lk_dtype_nbytes(b->dtype);

	return m != n ? (m > n ? -1 : 1) : strcmp(a->name, b->name);
}

/* {"dtype": ..., "shape": [...], "data_offsets": [begin, end]} */
static json_t *describe(const lk_tensor *tensor, uint64_t begin)
{
	json_t *shape = json_array();
	uint64_t end = begin + lk_tensor_nbytes(tensor);

	for (size_t i = 0; i < tensor->rank; i++)
		if (json_array_append_new(shape,
				    json_integer((json_int_t)tensor->shape[i]))) {
			json_decref(shape);
			return NULL;
		}
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", lk_dtype_name(tensor->dtype),
			"shape", shape, "data_offsets", (json_int_t)begin,
			(json_int_t)end);
}

/* The header's text, padded with spaces; NULL when out of memory. */
static char *make_header(const lk_tensor *const *order, size_t count,
		const json_t *metadata)
{
	json_t *header = json_object(), *texts = json_object();
	uint64_t at = 0;
	char *text = NULL, *padded = NULL;
	size_t length;

	if (json_object_set_new(texts, "format", json_string("pt")) ||
			(metadata && json_object_update(texts, (json_t *)metadata)) ||
			json_object_set(header, "__metadata__", texts))
		goto done;
	for (size_t i = 0; i < count; i++) {
		assert(lk_tensor_nbytes(order[i]) != SIZE_MAX);
		assert(!json_object_get(header, order[i]->name));
		if (json_object_set_new(header, order[i]->name, describe(order[i], at)))
			goto done;
		at += lk_tensor_nbytes(order[i]);
	}
	text = json_dumps(header, JSON_COMPACT);
	length = text ? strlen(text) : 0;
	padded = text ? realloc(text, length + ALIGN) : NULL;
	if (!padded) {
		free(text);
		goto done;
	}
	while (length % ALIGN)
		padded[length++] = ' ';
	padded[length] = '\0';
done:
	json_decref(header);
	json_decref(texts);
	return padded;
}

static lk_status begin_output(output *o, lk_error *error)
{
	size_t size = strlen(o->path) + 48;
	struct stat info;

	if (!stat(o->path, &info) && !S_ISREG(info.st_mode))
		return lk_fail(error, LK_IO, "%s: is no regular file", o->path);
	o->temporary = malloc(size);
	o->hasher = lk_hasher_new();
	if (!o->temporary || !o->hasher)
		return no_memory(o->path, error);
	for (int try = 0; try < TRIES; try++) {
		snprintf(o->temporary, size, "%s.%ld-%d.tmp", o->path, (long)getpid(),
				try);
		o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				0666);
		if (o->fd >= 0)
			return LK_OK;
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	free(o->temporary);
	o->temporary = NULL;
	return lk_fail_errno(error, "%s: cannot be created", o->path);
}

static lk_status put(output *o, const void *data, size_t nbytes, lk_error *error)
{
	lk_hasher_add(o->hasher, data, nbytes);
	return lk_file_write_all(o->fd, data, nbytes, o->path, error);
}

static lk_status put_header(output *o, const char *text, lk_error *error)
{
	uint64_t length = strlen(text);
	lk_status status = put(o, &length, sizeof length, error);

	return status ? status : put(o, text, length, error);
}

/* One tensor, number `number` to the source, in chunks of whole rows. */
static lk_status put_tensor(output *o, const lk_tensor *tensor, size_t number,
		lk_safetensors_source *source, void *context, void *chunk,
		size_t chunk_nbytes, lk_error *error)
{
	size_t rows = tensor->rank ? tensor->shape[0] : 1;
	size_t nbytes = lk_tensor_nbytes(tensor), row = rows ? nbytes / rows : 0;

	if (!nbytes)
		return LK_OK;
	if (!source)
		return put(o, tensor->data, nbytes, error);
	for (size_t first = 0; first < rows;) {
		size_t fit = chunk_nbytes / row;
		size_t n = rows - first < fit ? rows - first : fit;
		lk_status status = source(context, number, first, n, chunk, error);

		if (!status)
			status = put(o, chunk, n * row, error);
		if (status)
			return status;
		first += n;
	}
	return LK_OK;
}

/* Room for CHUNK bytes or the longest row. */
static size_t chunk_for(const lk_tensor *tensors, size_t count)
{
	size_t most = CHUNK;

	for (size_t i = 0; i < count; i++) {
		size_t nbytes = lk_tensor_nbytes(&tensors[i]);

		if (tensors[i].rank && tensors[i].shape[0])
			nbytes /= tensors[i].shape[0];
		most = nbytes > most ? nbytes : most;
	}
	return most;
}

/* Bring the file to disk and give it its name, or remove it. */
static lk_status end_output(output *o, lk_status status, lk_error *error)
{
	char *parent = NULL, *slash;

	if (!status && fsync(o->fd) && errno != EINVAL && errno != ENOTSUP)
		status = lk_fail_errno(error, "%s: cannot be written", o->path);
	if (o->fd >= 0 && close(o->fd) && !status && errno != EINTR)
		status = lk_fail_errno(error, "%s: cannot be written", o->path);
	if (!status && rename(o->temporary, o->path))
		status = lk_fail_errno(error, "%s: cannot be replaced", o->path);
	if (status) {
		if (o->temporary)
			unlink(o->temporary);
		return status;
	}
	parent = strdup(o->path);
	if (!parent)
		return no_memory(o->path, error);
	slash = strrchr(parent, '/');
	if (slash)
		slash[slash == parent] = '\0';
	status = lk_directory_sync(slash ? parent : ".", error);
	free(parent);
	return status;
}

lk_status lk_safetensors_write(const char *path, const lk_tensor *tensors,
		size_t count, const json_t *metadata,
		lk_safetensors_source *source, void *context, char hash[33],
		lk_error *error)
{
	output o = { .path = path, .fd = -1 };
	size_t chunk_nbytes = source ? chunk_for(tensors, count) : 1;
	const lk_tensor **order = malloc((count + 1) * sizeof *order);
	void *chunk = malloc(chunk_nbytes);
	char *header = NULL;
	lk_status status;

	for (size_t i = 0; order && i < count; i++)
		order[i] = &tensors[i];
	if (order) {
		qsort(order, count, sizeof *order, compare_tensors);
		header = make_header(order, count, metadata);
	}
	if (!header || !chunk)
		status = no_memory(path, error);
	else
		status = begin_output(&o, error);
	if (!status)
		status = put_header(&o, header, error);
	for (size_t i = 0; !status && i < count; i++)
		status = put_tensor(&o, order[i], (size_t)(order[i] - tensors), source,
				context, chunk, chunk_nbytes, error);
	if (!status && hash)
		lk_hasher_text(o.hasher, hash);
	status = end_output(&o, status, error);
	lk_hasher_free(o.hasher);
	free(o.temporary);
	free(header);
	free(chunk);
	free(order);
	return status;
}
