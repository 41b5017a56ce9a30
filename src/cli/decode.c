/* likely tokenize --decode: token ids to text. */
#include "cli/decode.h"

#include "base/file.h"
#include "formats/token_file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void write_token(const lk_tokenizer *tokenizer, uint32_t id)
{
	fwrite(tokenizer->piece[id], 1, tokenizer->piece_nbytes[id], stdout);
}

static lk_status decode_token_file(
		const lk_tokenizer *tokenizer, const char *path, lk_error *error)
{
	enum { CHUNK = 4096 };
	uint32_t ids[CHUNK];
	lk_tokens *tokens;
	lk_status status = lk_token_file_open(&tokens, path, tokenizer, NULL, error);
	size_t count = status ? 0 : lk_tokens_count(tokens);

	if (status)
		return status;
	for (size_t at = 0; at < count && !ferror(stdout); at += CHUNK) {
		size_t n = count - at < CHUNK ? count - at : CHUNK;

		lk_tokens_read(tokens, at, n, ids);
		for (size_t i = 0; i < n; i++)
			write_token(tokenizer, ids[i]);
	}
	status = lk_tokens_check(tokens, error);
	lk_tokens_free(tokens);
	return status;
}

/* Ids as text, with any white space between. */
static lk_status decode_text(
		const lk_tokenizer *tokenizer, const char *path, lk_error *error)
{
	const char *name = strcmp(path, "-") ? path : "standard input";
	uint32_t vocabulary = tokenizer->vocabulary;
	lk_bytes text;
	lk_status status = lk_file_read(&text, path, 0, error);

	if (status)
		return status;
	for (size_t at = 0; at < text.nbytes && !status;) {
		const char *from = (const char *)text.data + at;
		uint64_t id = 0;
		size_t n = 0;

		if (isspace((unsigned char)*from)) {
			at++;
			continue;
		}
		for (; from[n] >= '0' && from[n] <= '9' && id < vocabulary; n++)
			id = 10 * id + (uint64_t)(from[n] - '0');
		if (!n || id >= vocabulary ||
				(at + n < text.nbytes && !isspace((unsigned char)from[n])))
			status = lk_fail(error, LK_FORMAT,
					"%s: at byte %zu is no id of this tokenizer, whose "
					"are numbers from 0 to %u", name, at,
					(unsigned)vocabulary - 1);
		else
			write_token(tokenizer, (uint32_t)id);
		at += n;
	}
	lk_bytes_free(&text);
	return status;
}

lk_status lk_decode_files(const lk_tokenizer *tokenizer, const char *const *paths,
		size_t count, lk_error *error)
{
	lk_status status = LK_OK;

	for (size_t i = 0; i < count && !status; i++)
		status = strcmp(paths[i], "-") && lk_token_file_is(paths[i])
					 ? decode_token_file(tokenizer, paths[i], error)
					 : decode_text(tokenizer, paths[i], error);
	return status;
}
