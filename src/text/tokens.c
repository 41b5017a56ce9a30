#include "text/tokens.h"

#include "base/file.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One of narrow, wide and the file holds the stream. */
struct lk_tokens {
	uint16_t *narrow;
	uint32_t *wide;
	size_t capacity; /* of these two */
	lk_tokens_file file;
	char *name;      /* of the file */
	size_t count;
	uint64_t nbytes;
	uint32_t end, vocabulary;
	uint32_t *piece_nbytes; /* [vocabulary]; NULL: all but the end have 1 */
	lk_error *failure;      /* of the first reading that failed */
};

static size_t id_nbytes(const lk_tokens *tokens)
{
	return tokens->narrow ? sizeof(uint16_t) : sizeof(uint32_t);
}

/* Room for exactly capacity ids, which is at least those there. */
static lk_status set_capacity(
		lk_tokens *tokens, bool narrow, size_t capacity, lk_error *error)
{
	size_t size = narrow ? sizeof(uint16_t) : sizeof(uint32_t);
	void *old = narrow ? (void *)tokens->narrow : (void *)tokens->wide;
	void *data = capacity > SIZE_MAX / size ? NULL : realloc(old, capacity * size);

	if (!data)
		return lk_fail(error, LK_NOMEM,
				"out of memory for %zu tokens; use less text",
				capacity);
	if (narrow)
		tokens->narrow = data;
	else
		tokens->wide = data;
	tokens->capacity = capacity;
	return LK_OK;
}

static lk_status append(
		void *context, const uint32_t *ids, size_t count, lk_error *error)
{
	lk_tokens *tokens = context;

	if (count > tokens->capacity - tokens->count) {
		size_t wanted = tokens->count + count;
		lk_status status = set_capacity(tokens, tokens->narrow != NULL,
				wanted + wanted / 2, error);

		if (status != LK_OK)
			return status;
	}
	if (tokens->narrow)
		for (size_t i = 0; i < count; i++)
			tokens->narrow[tokens->count + i] = (uint16_t)ids[i];
	else if (count)
		memcpy(tokens->wide + tokens->count, ids, count * sizeof *ids);
	tokens->count += count;
	return LK_OK;
}

static lk_status new_empty(lk_tokens **tokens, uint32_t vocabulary, uint32_t end,
		const uint32_t *piece_nbytes, lk_error *error)
{
	lk_tokens *made = calloc(1, sizeof *made);
	size_t nbytes = vocabulary * sizeof *piece_nbytes;

	if (made) {
		made->file.fd = -1;
		made->vocabulary = vocabulary;
		made->end = end;
		made->failure = calloc(1, sizeof *made->failure);
		made->piece_nbytes = piece_nbytes ? malloc(nbytes) : NULL;
	}
	if (!made || !made->failure || (piece_nbytes && !made->piece_nbytes)) {
		lk_tokens_free(made);
		return lk_fail(error, LK_NOMEM, "out of memory for tokens");
	}
	if (piece_nbytes)
		memcpy(made->piece_nbytes, piece_nbytes, nbytes);
	*tokens = made;
	return LK_OK;
}

lk_status lk_tokens_new_tokenised(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, const lk_text_work *work,
		lk_error *error)
{
	lk_tokens *made = NULL;
	lk_status status = new_empty(&made, tokenizer->vocabulary, tokenizer->end,
			tokenizer->piece_nbytes, error);

	if (status)
		return status;
	status = set_capacity(made, tokenizer->vocabulary - 1 <= UINT16_MAX, 1024, error);
	if (!status)
		status = lk_tokenise(documents, tokenizer, work, append, made, error);
	if (!status)
		status = set_capacity(made, made->narrow != NULL, made->count, error);
	if (status) {
		lk_tokens_free(made);
		return status;
	}
	for (size_t i = 0; i < documents->count; i++)
		made->nbytes += documents->document[i].nbytes;
	*tokens = made;
	return LK_OK;
}

lk_status lk_tokens_new(lk_tokens **tokens, const lk_documents *documents,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	return lk_tokens_new_tokenised(tokens, documents, tokenizer,
			&(lk_text_work){ .threads = 1 }, error);
}

lk_status lk_tokens_new_sample(lk_tokens **sample, const lk_tokens *tokens, size_t window,
		size_t most, lk_error *error)
{
	enum { LEAST = 2 }; /* windows of a piece: few jumps for a reader */
	size_t kept = most < tokens->count ? most : tokens->count;
	size_t pieces = 1, piece, apart;
	uint32_t *ids;
	lk_tokens *made = NULL;
	lk_status status;

	while (2 * pieces * LEAST * window <= kept)
		pieces *= 2;
	piece = kept / pieces;
	piece -= piece > window ? piece % window : 0;
	apart = tokens->count / pieces;
	ids = malloc(piece * sizeof *ids);
	if (!ids)
		return lk_fail(error, LK_NOMEM, "out of memory for tokens");
	status = new_empty(&made, tokens->vocabulary, tokens->end, tokens->piece_nbytes,
			error);
	if (!status)
		status = set_capacity(made, tokens->vocabulary - 1 <= UINT16_MAX,
				pieces * piece, error);
	for (size_t i = 0; !status && i < pieces; i++) {
		lk_tokens_read(tokens, i * apart, piece, ids);
		status = append(made, ids, piece, error);
		made->nbytes += lk_tokens_text(tokens, ids, piece);
	}
	free(ids);
	if (!status)
		status = lk_tokens_check(tokens, error);
	if (status)
		lk_tokens_free(made);
	else
		*sample = made;
	return status;
}

lk_status lk_tokens_new_ids(lk_tokens **tokens, const uint32_t *ids, size_t count,
		uint32_t end, lk_error *error)
{
	uint32_t largest = end;
	lk_tokens *made = NULL;
	lk_status status = new_empty(&made, 0, end, NULL, error);

	if (status)
		return status;
	for (size_t i = 0; i < count; i++)
		if (ids[i] > largest)
			largest = ids[i];
	status = set_capacity(made, largest <= UINT16_MAX, count ? count : 1, error);
	if (!status)
		status = append(made, ids, count, error);
	if (status) {
		lk_tokens_free(made);
		return status;
	}
	made->nbytes = lk_tokens_text(made, ids, count);
	*tokens = made;
	return LK_OK;
}

lk_status lk_tokens_new_file(lk_tokens **tokens, const lk_tokens_file *file,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_tokens *made = NULL;
	lk_status status = new_empty(&made, tokenizer->vocabulary, tokenizer->end,
			tokenizer->piece_nbytes, error);

	assert(file->width == 2 || file->width == 4);
	if (status) {
		close(file->fd);
		return status;
	}
	made->file = *file;
	made->count = file->count + file->begins;
	made->nbytes = file->nbytes;
	made->name = strdup(file->name);
	made->file.name = made->name;
	if (!made->name) {
		lk_tokens_free(made);
		return lk_fail(error, LK_NOMEM, "out of memory for tokens");
	}
	*tokens = made;
	return LK_OK;
}

void lk_tokens_free(lk_tokens *tokens)
{
	if (!tokens)
		return;
	if (tokens->file.fd >= 0)
		close(tokens->file.fd);
	free(tokens->name);
	free(tokens->narrow);
	free(tokens->wide);
	free(tokens->piece_nbytes);
	free(tokens->failure);
	free(tokens);
}

size_t lk_tokens_count(const lk_tokens *tokens)
{
	return tokens->count;
}

uint64_t lk_tokens_nbytes(const lk_tokens *tokens)
{
	return tokens->nbytes;
}

uint32_t lk_tokens_end(const lk_tokens *tokens)
{
	return tokens->end;
}

size_t lk_tokens_memory(const lk_tokens *tokens)
{
	return sizeof *tokens + tokens->capacity * id_nbytes(tokens) +
			tokens->vocabulary * sizeof *tokens->piece_nbytes;
}

uint64_t lk_tokens_text(const lk_tokens *tokens, const uint32_t *ids, size_t count)
{
	uint64_t nbytes = 0;

	for (size_t i = 0; i < count; i++)
		nbytes += tokens->piece_nbytes ? tokens->piece_nbytes[ids[i]]
					       : ids[i] != tokens->end;
	return nbytes;
}

/* Threads may read at the same time: the first failure is kept. */
static void keep_failure(const lk_tokens *tokens, const lk_error *error)
{
	#pragma omp critical(lk_tokens_failure)
	if (!tokens->failure->status)
		*tokens->failure = *error;
}

void lk_tokens_widen(
		uint32_t *out, const unsigned char *raw, size_t count, size_t width)
{
	uint16_t narrow;
	uint32_t wide;

	if (width == sizeof narrow)
		for (size_t i = 0; i < count; i++) {
			memcpy(&narrow, raw + i * sizeof narrow, sizeof narrow);
			out[i] = le16toh(narrow);
		}
	else
		for (size_t i = 0; i < count; i++) {
			memcpy(&wide, raw + i * sizeof wide, sizeof wide);
			out[i] = le32toh(wide);
		}
}

static void read_file(
		const lk_tokens *tokens, size_t first, size_t count, uint32_t *out)
{
	const lk_tokens_file *file = &tokens->file;
	unsigned char *raw = (unsigned char *)(out + count) - count * file->width;
	lk_error error;
	lk_status status = lk_file_read_at(file->fd, raw, count * file->width,
			file->offset + first * file->width, file->name, &error);
	bool sound = !status;

	if (!status) {
		lk_tokens_widen(out, raw, count, file->width);
		/* It was looked through when it was opened; but files change. */
		for (size_t i = 0; i < count; i++)
			sound &= out[i] < tokens->vocabulary;
	}
	if (sound)
		return;
	if (!status)
		lk_fail(&error, LK_FORMAT,
				"%s: has changed while it was read: it holds ids that "
				"the tokenizer lacks",
				file->name);
	keep_failure(tokens, &error);
	for (size_t i = 0; i < count; i++)
		out[i] = tokens->end;
}

void lk_tokens_read(const lk_tokens *tokens, size_t first, size_t count, uint32_t *out)
{
	assert(first <= tokens->count && count <= tokens->count - first);
	if (!count)
		return;
	if (tokens->narrow) {
		for (size_t i = 0; i < count; i++)
			out[i] = tokens->narrow[first + i];
	} else if (tokens->wide) {
		memcpy(out, tokens->wide + first, count * sizeof *out);
	} else {
		size_t begins = tokens->file.begins;

		if (begins && !first)
			*out = tokens->end;
		if (begins && first) {
			first--;
			begins = 0;
		}
		if (count > begins)
			read_file(tokens, first, count - begins, out + begins);
	}
}

lk_status lk_tokens_check(const lk_tokens *tokens, lk_error *error)
{
	const lk_error *failure = tokens->failure;

	return failure->status ? lk_fail(error, failure->status, "%s", failure->text)
			       : LK_OK;
}
