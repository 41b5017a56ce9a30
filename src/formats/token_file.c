#include "formats/token_header.h"

#include "base/file.h"
#include "text/utf8.h"

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 /* bytes read at a time */ };

bool lk_token_file_is(const char *path)
{
	unsigned char raw[LK_TOKEN_HEADER];
	struct stat info;
	int fd;
	bool is = false;

	/* Looking into a pipe would take from it. */
	if (stat(path, &info) || !S_ISREG(info.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	if (!lk_file_read_at(fd, raw, sizeof raw, 0, path, NULL))
		is = lk_token_header_has_magic(raw);
	close(fd);
	return is;
}

/* Open it, and check that as many ids follow the header as it says. */
static lk_status open_header(
		int *fd, lk_token_header *header, const char *path, lk_error *error)
{
	unsigned char raw[LK_TOKEN_HEADER];
	struct stat info;
	lk_status status;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return lk_fail_errno(error, "%s: cannot be opened", path);
	status = lk_file_read_at(*fd, raw, sizeof raw, 0, path, error);
	if (!status)
		status = lk_token_header_unpack(header, raw, path, error);
	if (!status && fstat(*fd, &info))
		status = lk_fail_errno(error, "%s: cannot be read", path);
	if (!status && (header->count > INT64_MAX / header->width - sizeof raw ||
				       header->count * header->width + sizeof raw !=
						       (uint64_t)info.st_size))
		status = lk_fail(error, LK_FORMAT,
				"%s: truncated or damaged: it holds %llu bytes where "
				"%llu ids were written; make the file anew",
				path, (unsigned long long)info.st_size,
				(unsigned long long)header->count);
	if (status) {
		close(*fd);
		*fd = -1;
	}
	return status;
}

lk_status lk_token_file_describe(
		lk_token_header *header, const char *path, lk_error *error)
{
	int fd;
	lk_status status = open_header(&fd, header, path, error);

	if (!status)
		close(fd);
	return status;
}

/* What a first look at all ids says. */
typedef struct {
	lk_hasher *hasher;
	uint64_t nbytes; /* of text */
	bool known;      /* every id is one of the tokenizer's */
} survey;

static void look_at(survey *s, const unsigned char *raw, size_t count, size_t width,
		const lk_tokenizer *tokenizer)
{
	uint32_t ids[1024], largest = 0;

	lk_hasher_add(s->hasher, raw, count * width);
	for (size_t at = 0; at < count; at += 1024) {
		size_t n = count - at < 1024 ? count - at : 1024;

		lk_tokens_widen(ids, raw + at * width, n, width);
		for (size_t i = 0; i < n; i++)
			largest = ids[i] > largest ? ids[i] : largest;
		if (largest >= tokenizer->vocabulary) {
			s->known = false;
			return;
		}
		for (size_t i = 0; i < n; i++)
			s->nbytes += tokenizer->piece_nbytes[ids[i]];
	}
}

static lk_status survey_ids(survey *s, const lk_tokens_file *file,
		const lk_tokenizer *tokenizer, const lk_text_watch *watch,
		lk_error *error)
{
	unsigned char *raw = malloc(PIECE);
	uint64_t total = (uint64_t)file->count * file->width;
	lk_status status = LK_OK;

	if (!raw)
		return lk_fail(error, LK_NOMEM, "%s: out of memory for reading it",
				file->name);
	for (uint64_t at = 0; at < total && !status;) {
		size_t n = total - at < PIECE ? (size_t)(total - at) : PIECE;

		status = lk_file_read_at(file->fd, raw, n, file->offset + at, file->name,
				error);
		if (!status)
			look_at(s, raw, n / file->width, file->width, tokenizer);
		at += n;
		lk_text_watch_show(watch, "checked", at, total);
	}
	free(raw);
	return status;
}

static lk_status check_ids(const lk_tokens_file *file, const lk_token_header *header,
		const lk_tokenizer *tokenizer, const lk_text_watch *watch,
		lk_error *error)
{
	survey s = { lk_hasher_new(), 0, true };
	char hash[33] = "";
	lk_status status;

	if (!s.hasher)
		return lk_fail(error, LK_NOMEM, "%s: out of memory for reading it",
				file->name);
	status = survey_ids(&s, file, tokenizer, watch, error);
	lk_hasher_text(s.hasher, hash);
	lk_hasher_free(s.hasher);
	if (status)
		return status;
	if (!s.known || s.nbytes != header->nbytes || strcmp(hash, header->checksum))
		return lk_fail(error, LK_FORMAT,
				"%s: damaged: its ids are not those that were written; "
				"make the file anew",
				file->name);
	return LK_OK;
}

/* Open and check everything, or, of a file just made, what costs nothing.
 * file->fd is to be closed by the caller. */
static lk_status open_checked(lk_tokens_file *file, const char *path,
		const lk_tokenizer *tokenizer, bool made, const lk_text_watch *watch,
		lk_error *error)
{
	lk_token_header header;
	char hash[33];
	uint32_t first = 0;
	int fd;
	lk_status status = open_header(&fd, &header, path, error);

	if (status)
		return status;
	*file = (lk_tokens_file){ .name = path,
		.fd = fd,
		.offset = LK_TOKEN_HEADER,
		.width = header.width,
		.count = header.count,
		.nbytes = header.nbytes };
	lk_tokenizer_hash(tokenizer, hash);
	if (strcmp(hash, header.tokenizer))
		status = lk_fail(error, LK_RANGE,
				"%s: was made with another tokenizer, of %lu ids; "
				"this one, of kind %s, has %lu",
				path, (unsigned long)header.vocabulary,
				tokenizer->kind->name,
				(unsigned long)tokenizer->vocabulary);
	if (!status && !made)
		status = check_ids(file, &header, tokenizer, watch, error);
	if (!status)
		status = lk_file_read_at(
				fd, &first, header.width, LK_TOKEN_HEADER, path, error);
	if (!status && le32toh(first) != tokenizer->end)
		status = lk_fail(error, LK_FORMAT,
				"%s: does not begin with the end of text, as every "
				"token file does",
				path);
	if (status)
		close(fd);
	return status;
}

lk_status lk_token_file_open(lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, const lk_text_watch *watch,
		lk_error *error)
{
	lk_tokens_file file;
	lk_status status = open_checked(&file, path, tokenizer, false, watch, error);

	return status ? status : lk_tokens_new_file(tokens, &file, tokenizer, error);
}

lk_status lk_token_file_open_made(lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, lk_error *error)
{
	lk_tokens_file file;
	lk_status status = open_checked(&file, path, tokenizer, true, NULL, error);

	return status ? status : lk_tokens_new_file(tokens, &file, tokenizer, error);
}

/* Where a stream is cut: so many ids come before, of so many bytes. */
typedef struct {
	size_t ids;
	uint64_t nbytes;
} token_cut;

/* As many ids as `left` bytes hold; an end of text takes none, and so stays with
 * the document that it ends. */
static token_cut find_id(const lk_tokens *tokens, uint64_t left)
{
	enum { IDS = 4096 };
	uint32_t ids[IDS];
	size_t count = lk_tokens_count(tokens);
	token_cut c = { 0 };

	for (size_t at = 0; at < count; at += IDS) {
		size_t n = count - at < IDS ? count - at : IDS;

		lk_tokens_read(tokens, at, n, ids);
		for (size_t i = 0; i < n; i++) {
			uint64_t nbytes = lk_tokens_text(tokens, &ids[i], 1);

			if (c.nbytes + nbytes > left) {
				c.ids = at + i;
				return c;
			}
			c.nbytes += nbytes;
		}
	}
	c.ids = count;
	return c;
}

/* Bytes from `c` back to the beginning of a character, or none where what lies
 * there is no character. */
static size_t to_character(
		const lk_tokens *tokens, const lk_tokenizer *tokenizer, token_cut c)
{
	enum { IDS = 8, BACK = 4 /* bytes, in at most as many ids */ };
	size_t count = lk_tokens_count(tokens);
	size_t from = c.ids > BACK ? c.ids - BACK : 0;
	size_t n = count - from < IDS ? count - from : IDS, used = 0, at = 0, nbytes;
	unsigned char text[IDS * BACK];
	uint32_t ids[IDS];

	lk_tokens_read(tokens, from, n, ids);
	for (size_t i = 0; i < n; i++) {
		bool before = from + i < c.ids;
		const unsigned char *piece =
				lk_tokenizer_piece(tokenizer, ids[i], &nbytes);
		size_t keep = nbytes < BACK ? nbytes : BACK;

		/* Of those before, their ends; of those behind, their beginnings. */
		memcpy(text + used, before ? piece + nbytes - keep : piece, keep);
		used += keep;
		at += before ? keep : 0;
	}
	return at - lk_utf8_boundary(text, used, at);
}

/* The corpus's own rule (text/corpus.h), to a token. */
static token_cut find_cut(const lk_tokens *tokens, const lk_tokenizer *tokenizer)
{
	uint64_t total = lk_tokens_nbytes(tokens);
	token_cut c = find_id(tokens, total / 10 * 9 + total % 10 * 9 / 10);
	size_t back = to_character(tokens, tokenizer, c);

	return back ? find_id(tokens, c.nbytes - back) : c;
}

lk_status lk_token_file_open_split(lk_tokens **training, lk_tokens **validation,
		const char *path, const lk_tokenizer *tokenizer,
		const lk_text_watch *watch, lk_error *error)
{
	lk_tokens_file file, head, tail;
	lk_tokens *all = NULL;
	token_cut c;
	lk_status status = open_checked(&file, path, tokenizer, false, watch, error);

	if (status)
		return status;
	head = tail = file;
	head.fd = dup(file.fd);
	tail.fd = dup(file.fd);
	if (head.fd < 0 || tail.fd < 0)
		status = lk_fail_errno(error, "%s: cannot be opened", path);
	if (status)
		close(file.fd);
	else
		status = lk_tokens_new_file(&all, &file, tokenizer, error);
	if (!status) {
		c = find_cut(all, tokenizer);
		status = lk_tokens_check(all, error);
	}
	if (!status && (!c.nbytes || c.nbytes == file.nbytes))
		status = lk_fail(error, LK_RANGE,
				"%s: too short to be split; use a longer text, or --val",
				path);
	lk_tokens_free(all);
	if (status) {
		close(head.fd);
		close(tail.fd);
		return status;
	}
	head.count = c.ids;
	head.nbytes = c.nbytes;
	tail.offset += c.ids * file.width;
	tail.count = file.count - c.ids;
	tail.nbytes = file.nbytes - c.nbytes;
	tail.begins = true;
	status = lk_tokens_new_file(training, &head, tokenizer, error);
	if (status) {
		close(tail.fd);
		return status;
	}
	status = lk_tokens_new_file(validation, &tail, tokenizer, error);
	if (status)
		lk_tokens_free(*training);
	return status;
}
