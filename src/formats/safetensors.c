#include "formats/safetensors.h"

#include "base/file.h"
#include "formats/halves.h"
#include "formats/json.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		"files are read into memory as they are");

enum { PREFIX = 8, CHUNK = 64 << 10 /* bytes converted at a time */ };

struct lk_safetensors {
	char *path;
	int fd;
	uint64_t data; /* where offsets count from */
	size_t count;
	lk_tensor *tensor;
	uint64_t *begin; /* of each tensor, from data */
	json_t *metadata;
};

/* A tensor in the order of the data, to look for holes. */
typedef struct {
	uint64_t begin, end;
	const lk_tensor *tensor;
} span;

static lk_status bad_tensor(const lk_safetensors *file, lk_status status,
		const char *name, const char *what, lk_error *error)
{
	return lk_fail(error, status, "%s: tensor %.120s %s", file->path, name, what);
}

static lk_status parse_dtype(lk_tensor *tensor, const lk_safetensors *file,
		const char *name, const json_t *entry, lk_error *error)
{
	const char *text = json_string_value(json_object_get(entry, "dtype"));

	if (!text)
		return bad_tensor(file, LK_FORMAT, name, "has no \"dtype\"", error);
	for (int i = 0; i < LK_DTYPE_COUNT; i++) {
		if (!strcmp(text, lk_dtype_name((lk_dtype)i))) {
			tensor->dtype = (lk_dtype)i;
			return LK_OK;
		}
	}
	return lk_fail(error, LK_UNSUPPORTED,
			"%s: tensor %.120s has dtype %.20s, which is not supported",
			file->path, name, text);
}

static lk_status parse_shape(lk_tensor *tensor, const lk_safetensors *file,
		const char *name, const json_t *entry, lk_error *error)
{
	const json_t *shape = json_object_get(entry, "shape");

	if (!json_is_array(shape))
		return bad_tensor(file, LK_FORMAT, name, "has no \"shape\"", error);
	if (json_array_size(shape) > LK_TENSOR_RANK)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: tensor %.120s has %zu dimensions; at most %d are "
				"supported", file->path, name,
				json_array_size(shape), LK_TENSOR_RANK);
	tensor->rank = json_array_size(shape);
	for (size_t i = 0; i < tensor->rank; i++) {
		const json_t *size = json_array_get(shape, i);

		if (!json_is_integer(size) || json_integer_value(size) < 0)
			return bad_tensor(file, LK_FORMAT, name,
					"has a shape that is no list of sizes", error);
		tensor->shape[i] = (size_t)json_integer_value(size);
	}
	return LK_OK;
}

static lk_status parse_offsets(span *place, const lk_tensor *tensor,
		const lk_safetensors *file, const char *name,
		const json_t *entry, lk_error *error)
{
	const json_t *offsets = json_object_get(entry, "data_offsets");
	const json_t *begin = json_array_get(offsets, 0);
	const json_t *end = json_array_get(offsets, 1);
	size_t nbytes = lk_tensor_nbytes(tensor);

	if (json_array_size(offsets) != 2 || !json_is_integer(begin) ||
			!json_is_integer(end) || json_integer_value(begin) < 0 ||
			json_integer_value(end) < json_integer_value(begin))
		return bad_tensor(file, LK_FORMAT, name,
				"has no \"data_offsets\" [begin, end]", error);
	*place = (span){ (uint64_t)json_integer_value(begin),
		(uint64_t)json_integer_value(end), tensor };
	if (nbytes == SIZE_MAX || place->end - place->begin != nbytes)
		return bad_tensor(file, LK_FORMAT, name,
				"has another length than its dtype and shape say",
				error);
	return LK_OK;
}

static lk_status parse_tensor(lk_safetensors *file, span *place, const char *name,
		const json_t *entry, lk_error *error)
{
	lk_tensor *tensor = &file->tensor[file->count];
	lk_status status;

	if (strlen(name) >= LK_TENSOR_NAME)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: the name of tensor %.40s... has over %d bytes",
				file->path, name, LK_TENSOR_NAME - 1);
	if (!json_is_object(entry))
		return bad_tensor(file, LK_FORMAT, name, "is no object", error);
	strcpy(tensor->name, name);
	status = parse_dtype(tensor, file, name, entry, error);
	if (!status)
		status = parse_shape(tensor, file, name, entry, error);
	if (!status)
		status = parse_offsets(place, tensor, file, name, entry, error);
	if (!status && json_object_size(entry) != 3)
		status = bad_tensor(file, LK_FORMAT, name,
				"has more than dtype, shape and data_offsets", error);
	file->count++;
	return status;
}

static lk_status parse_metadata(lk_safetensors *file, const json_t *metadata,
		lk_error *error)
{
	const char *name;
	json_t *value;

	if (!json_is_object(metadata))
		return lk_fail(error, LK_FORMAT, "%s: __metadata__ is no object",
				file->path);
	json_object_foreach((json_t *)metadata, name, value)
		if (!json_is_string(value))
			return lk_fail(error, LK_FORMAT,
					"%s: __metadata__ has something that is no "
					"text under \"%.100s\"", file->path, name);
	file->metadata = json_incref((json_t *)metadata);
	return LK_OK;
}

static int compare_spans(const void *left, const void *right)
{
	const span *a = left, *b = right;

	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	if (a->end != b->end) /* empty tensors come before what begins there */
		return a->end < b->end ? -1 : 1;
	return strcmp(a->tensor->name, b->tensor->name);
}

/* Every byte of the data belongs to exactly one tensor. */
static lk_status check_spans(const lk_safetensors *file, span *places,
		uint64_t nbytes, lk_error *error)
{
	uint64_t at = 0;

	qsort(places, file->count, sizeof *places, compare_spans);
	for (size_t i = 0; i < file->count; i++) {
		if (places[i].begin != at)
			return lk_fail(error, LK_FORMAT,
					"%s: tensor %s begins at %llu, but what comes "
					"before it ends at %llu", file->path,
					places[i].tensor->name,
					(unsigned long long)places[i].begin,
					(unsigned long long)at);
		at = places[i].end;
	}
	if (at > nbytes)
		return lk_fail(error, LK_FORMAT,
				"%s: truncated: its tensors have %llu bytes, of which "
				"%llu are there", file->path, (unsigned long long)at,
				(unsigned long long)nbytes);
	if (at < nbytes)
		return lk_fail(error, LK_FORMAT,
				"%s: %llu bytes follow the last tensor", file->path,
				(unsigned long long)(nbytes - at));
	return LK_OK;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const span *)left)->tensor->name,
			((const span *)right)->tensor->name);
}

/* Sort tensors, and where they begin, by name. */
static lk_status sort_by_name(lk_safetensors *file, span *places, lk_error *error)
{
	lk_tensor *sorted = malloc((file->count + 1) * sizeof *sorted);

	if (!sorted)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", file->path);
	qsort(places, file->count, sizeof *places, compare_names);
	for (size_t i = 0; i < file->count; i++) {
		sorted[i] = *places[i].tensor;
		file->begin[i] = places[i].begin;
	}
	free(file->tensor);
	file->tensor = sorted;
	return LK_OK;
}

static lk_status parse_header(lk_safetensors *file, const json_t *header,
		uint64_t data_nbytes, lk_error *error)
{
	size_t most = json_object_size(header);
	span *places = malloc((most + 1) * sizeof *places);
	const char *name;
	json_t *entry;
	lk_status status = LK_OK;

	file->tensor = calloc(most + 1, sizeof *file->tensor);
	file->begin = calloc(most + 1, sizeof *file->begin);
	if (!places || !file->tensor || !file->begin) {
		free(places);
		return lk_fail(error, LK_NOMEM, "%s: out of memory", file->path);
	}
	json_object_foreach((json_t *)header, name, entry) {
		if (!strcmp(name, "__metadata__"))
			status = parse_metadata(file, entry, error);
		else
			status = parse_tensor(file, &places[file->count], name,
					entry, error);
		if (status)
			break;
	}
	if (!status)
		status = check_spans(file, places, data_nbytes, error);
	if (!status)
		status = sort_by_name(file, places, error);
	free(places);
	return status;
}

/* The header of an open file of so many bytes. */
static lk_status read_header(lk_safetensors *file, uint64_t nbytes, lk_error *error)
{
	uint64_t length = 0;
	json_t *header;
	char *text;
	lk_status status;

	if (nbytes < PREFIX)
		return lk_fail(error, LK_FORMAT,
				"%s: %llu bytes are too few for a safetensors file",
				file->path, (unsigned long long)nbytes);
	status = lk_file_read_at(file->fd, &length, PREFIX, 0, file->path, error);
	if (status)
		return status;
	if (length > LK_SAFETENSORS_HEADER)
		return lk_fail(error, LK_FORMAT,
				"%s: is no safetensors file: its header would have "
				"%llu bytes, and %u are the most", file->path,
				(unsigned long long)length, LK_SAFETENSORS_HEADER);
	if (length > nbytes - PREFIX)
		return lk_fail(error, LK_FORMAT,
				"%s: truncated, or no safetensors file: its header "
				"has %llu bytes, of which %llu are there", file->path,
				(unsigned long long)length,
				(unsigned long long)(nbytes - PREFIX));
	text = malloc(length + 1);
	if (!text)
		return lk_fail(error, LK_NOMEM, "%s: out of memory for its header",
				file->path);
	status = lk_file_read_at(file->fd, text, length, PREFIX, file->path, error);
	if (!status && (!length || text[0] != '{'))
		status = lk_fail(error, LK_FORMAT,
				"%s: is no safetensors file: its header does not "
				"begin with {", file->path);
	if (!status)
		status = lk_json_parse(&header, text, length, file->path, error);
	free(text);
	if (status)
		return status;
	file->data = PREFIX + length;
	status = parse_header(file, header, nbytes - file->data, error);
	json_decref(header);
	return status;
}

lk_status lk_safetensors_open(lk_safetensors **out, const char *path,
		lk_error *error)
{
	lk_safetensors *file = calloc(1, sizeof *file);
	struct stat info;
	lk_status status;

	if (!file || !(file->path = strdup(path))) {
		free(file);
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	}
	/* O_NONBLOCK: a pipe is refused below instead of waited for */
	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (file->fd < 0)
		status = lk_fail_errno(error, "%s: cannot be opened", path);
	else if (fstat(file->fd, &info))
		status = lk_fail_errno(error, "%s: cannot be read", path);
	else if (!S_ISREG(info.st_mode))
		status = lk_fail(error, LK_IO, "%s: is no regular file", path);
	else
		status = read_header(file, (uint64_t)info.st_size, error);
	if (!status && !file->metadata && !(file->metadata = json_object()))
		status = lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	if (status) {
		lk_safetensors_close(file);
		return status;
	}
	*out = file;
	return LK_OK;
}

void lk_safetensors_close(lk_safetensors *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	json_decref(file->metadata);
	free(file->tensor);
	free(file->begin);
	free(file->path);
	free(file);
}

const char *lk_safetensors_path(const lk_safetensors *file)
{
	return file->path;
}

const lk_tensor *lk_safetensors_tensors(const lk_safetensors *file, size_t *count)
{
	*count = file->count;
	return file->tensor;
}

static int compare_name_with_tensor(const void *name, const void *tensor)
{
	return strcmp(name, ((const lk_tensor *)tensor)->name);
}

size_t lk_safetensors_find(const lk_safetensors *file, const char *name)
{
	const lk_tensor *found = bsearch(name, file->tensor, file->count,
			sizeof *file->tensor, compare_name_with_tensor);

	return found ? (size_t)(found - file->tensor) : SIZE_MAX;
}

const char *lk_safetensors_metadata(const lk_safetensors *file, const char *name)
{
	return json_string_value(json_object_get(file->metadata, name));
}

const json_t *lk_safetensors_all_metadata(const lk_safetensors *file)
{
	return file->metadata;
}

lk_status lk_safetensors_read(const lk_safetensors *file, size_t number,
		size_t first, size_t count, lk_dtype as, void *out,
		lk_error *error)
{
	const lk_tensor *tensor = &file->tensor[number];
	size_t size = lk_dtype_nbytes(tensor->dtype);
	uint64_t at = file->data + file->begin[number] + (uint64_t)first * size;
	unsigned char chunk[CHUNK], *to = out;

	assert(number < file->count && first <= lk_tensor_count(tensor) &&
			count <= lk_tensor_count(tensor) - first);
	if (as == tensor->dtype)
		return lk_file_read_at(file->fd, out, count * size, at, file->path,
				error);
	assert(as == LK_F32 || as == LK_F64);
	if (!lk_dtype_is_real(tensor->dtype))
		return lk_fail(error, LK_FORMAT,
				"%s: tensor %s has dtype %s; F32, F16, BF16 or F64 is "
				"expected", file->path, tensor->name,
				lk_dtype_name(tensor->dtype));
	while (count) {
		size_t n = count < CHUNK / size ? count : CHUNK / size;
		lk_status status = lk_file_read_at(file->fd, chunk, n * size, at,
				file->path, error);

		if (status)
			return status;
		lk_convert_reals(to, as, chunk, tensor->dtype, n);
		to += n * lk_dtype_nbytes(as);
		at += n * size;
		count -= n;
	}
	return LK_OK;
}
