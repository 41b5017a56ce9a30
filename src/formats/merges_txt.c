#include "formats/merges_txt.h"

#include "base/file.h"
#include "formats/bpe_vocabulary.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NBYTES = 256 << 20 /* of either file */ };

#define VERSION "#version"

/* "left right", which is cut in two in place. */
static void read_line(lk_bpe_vocabulary *vocabulary, lk_json_reader *r, char *line,
		size_t number)
{
	char *space = strchr(line, ' ');

	if (!space || space == line || !space[1] || strchr(space + 1, ' ')) {
		lk_json_refuse(r, LK_FORMAT,
				"line %zu is not two tokens with a space between", number);
		return;
	}
	*space = '\0';
	lk_bpe_vocabulary_merge(vocabulary, r, line, space + 1);
}

static void read_lines(lk_bpe_vocabulary *vocabulary, lk_json_reader *r, lk_bytes *file)
{
	char *line = (char *)file->data, *end = line + file->nbytes, *next;

	if (memchr(line, '\0', file->nbytes))
		lk_json_refuse(r, LK_FORMAT, "holds a NUL byte: it is no text");
	for (size_t number = 1; line < end && !r->status; line = next, number++) {
		char *stop = memchr(line, '\n', (size_t)(end - line));

		next = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		if (stop > line && stop[-1] == '\r')
			stop--;
		*stop = '\0'; /* one byte behind the file is there to be written */
		if (number > 1 || strncmp(line, VERSION, strlen(VERSION)))
			read_line(vocabulary, r, line, number);
	}
}

lk_status lk_merges_txt_read_files(lk_tokenizer **tokenizer, const char *vocab_path,
		const char *merges_path, lk_error *error)
{
	lk_bpe_vocabulary vocabulary = { 0 };
	json_t *ids = NULL;
	lk_bytes file = { 0 };
	const json_t *end;
	lk_json_reader r = { NULL, merges_path, error, LK_OK };

	r.status = lk_json_load(&ids, vocab_path, MOST_NBYTES, error);
	if (!r.status)
		r.status = lk_file_read(&file, merges_path, MOST_NBYTES, error);
	vocabulary.ids = ids;
	if (!r.status)
		read_lines(&vocabulary, &r, &file);
	if (!r.status && !vocabulary.merges)
		lk_json_refuse(&r, LK_FORMAT, "holds no merges");
	r.path = vocab_path;
	end = json_object_get(ids, LK_END_OF_TEXT);
	if (!r.status && !json_is_integer(end))
		lk_json_refuse(&r, LK_UNSUPPORTED, "a vocabulary without the token "
				LK_END_OF_TEXT " is not supported");
	if (!r.status) {
		json_int_t id = json_integer_value(end);

		vocabulary.end = id < 0 || id > UINT32_MAX ? UINT32_MAX : (uint32_t)id;
		lk_bpe_vocabulary_make(tokenizer, &vocabulary, LK_SPLIT_GPT2, &r);
	}
	lk_bpe_vocabulary_free(&vocabulary);
	lk_bytes_free(&file);
	json_decref(ids);
	return r.status;
}

lk_status lk_merges_txt_read(
		lk_tokenizer **tokenizer, const char *directory, lk_error *error)
{
	char *vocab = lk_path_join(directory, "vocab.json");
	char *merges = lk_path_join(directory, "merges.txt");
	lk_status status = vocab && merges
			? lk_merges_txt_read_files(tokenizer, vocab, merges, error)
			: lk_fail(error, LK_NOMEM, "%s: out of memory", directory);

	free(vocab);
	free(merges);
	return status;
}
