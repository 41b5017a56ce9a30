#include "cli/eval_logits.h"

#include "evaluate/logits.h"
#include "formats/safetensors_writer.h"
#include "report/format.h"

#include <stdio.h>

enum { LOGITS, INPUT, TARGET, TENSORS };

typedef struct {
	lk_model *model;
	lk_tokens *const *streams;
	size_t stride, vocabulary;
	int threads;
	size_t stream; /* whose rows come next in each of the passes */
	size_t done;   /* of them */
	lk_logits *reader;
} source;

static size_t rows_of(const lk_tokens *tokens)
{
	return lk_tokens_count(tokens) - 1;
}

/* Rows of ids: those of the stream that `first` falls into, and so on. */
static void read_ids(
		const source *s, size_t shift, size_t first, size_t rows, int64_t *out)
{
	enum { PIECE = 256 };
	uint32_t id[PIECE];
	size_t stream = 0;

	while (first >= rows_of(s->streams[stream]))
		first -= rows_of(s->streams[stream++]);
	while (rows) {
		size_t left = rows_of(s->streams[stream]) - first;
		size_t n = rows < left ? rows : left;

		n = n < PIECE ? n : PIECE;
		lk_tokens_read(s->streams[stream], first + shift, n, id);
		for (size_t i = 0; i < n; i++)
			*out++ = id[i];
		rows -= n;
		first += n;
		if (first == rows_of(s->streams[stream])) {
			stream++;
			first = 0;
		}
	}
}

/* Rows of logits are asked for once, in order. */
static lk_status read_logits(source *s, size_t rows, float *out, lk_error *error)
{
	while (rows) {
		if (!s->reader) {
			lk_status status = lk_logits_new(&s->reader, s->model,
					s->streams[s->stream], s->stride, s->threads,
					error);

			if (status)
				return status;
			s->done = 0;
		}
		size_t left = lk_logits_rows(s->reader) - s->done;
		size_t n = rows < left ? rows : left;
		lk_logits_read(s->reader, n, out);
		out += n * s->vocabulary;
		rows -= n;
		s->done += n;
		if (n == left) {
			lk_logits_free(s->reader);
			s->reader = NULL;
			s->stream++;
		}
	}
	return LK_OK;
}

static lk_status give(void *context, size_t tensor, size_t first, size_t rows,
		void *out, lk_error *error)
{
	source *s = context;

	if (tensor == LOGITS)
		return read_logits(s, rows, out, error);
	read_ids(s, tensor == TARGET, first, rows, out);
	return LK_OK;
}

static json_t *metadata(const lk_loaded *loaded, size_t stride)
{
	char context_text[24], stride_text[24];

	snprintf(context_text, sizeof context_text, "%zu",
			lk_model_get_config(loaded->model)->context);
	snprintf(stride_text, sizeof stride_text, "%zu", stride);
	return json_pack("{s:s, s:s, s:s}", "context", context_text, "stride",
			stride_text, "model", loaded->directory);
}

static size_t rows_in_all(lk_tokens *const *streams, size_t count)
{
	size_t rows = 0;

	for (size_t i = 0; i < count; i++)
		rows += rows_of(streams[i]);
	return rows;
}

lk_status lk_eval_check_logits(const char *path, const lk_loaded *loaded,
		lk_tokens *const *streams, size_t count, lk_error *error)
{
	size_t V = lk_model_get_config(loaded->model)->vocabulary;
	size_t rows = rows_in_all(streams, count);
	size_t most = LK_EVAL_LOGITS_MOST / sizeof(float) / V;
	char nbytes[LK_FORMAT_MOST];

	if (rows <= most)
		return LK_OK;
	return lk_fail(error, LK_RANGE,
			"%s: %zu tokens over %zu ids are %s of logits; give at most %zu "
			"tokens of text",
			path, rows, V,
			lk_format_bytes(nbytes, sizeof nbytes,
					(double)rows * (double)V * sizeof(float)),
			most);
}

lk_status lk_eval_write_logits(const char *path, const lk_loaded *loaded,
		lk_tokens *const *streams, size_t count, size_t stride, int threads,
		lk_error *error)
{
	size_t V = lk_model_get_config(loaded->model)->vocabulary;
	size_t rows = rows_in_all(streams, count);
	source s = { .model = loaded->model,
		.streams = streams,
		.stride = stride,
		.vocabulary = V,
		.threads = threads };
	lk_tensor tensors[TENSORS] = {
		[LOGITS] = { "logits", LK_F32, 2, { rows, V }, NULL },
		[INPUT] = { "input_ids", LK_I64, 1, { rows }, NULL },
		[TARGET] = { "targets", LK_I64, 1, { rows }, NULL },
	};
	json_t *notes = metadata(loaded, stride);
	lk_status status;

	if (!notes)
		return lk_fail(error, LK_NOMEM, "%s: out of memory", path);
	status = lk_safetensors_write(
			path, tensors, TENSORS, notes, give, &s, NULL, error);
	lk_logits_free(s.reader);
	json_decref(notes);
	return status;
}
