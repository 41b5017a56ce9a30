#include "formats/bpe_vocabulary.h"

#include "base/array.h"
#include "formats/byte_level.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lk_bpe_vocabulary_free(lk_bpe_vocabulary *vocabulary)
{
	free(vocabulary->merge);
}

static uint32_t find(const lk_bpe_vocabulary *vocabulary, lk_json_reader *reader,
		const char *token, size_t merge)
{
	const json_t *id = json_object_get(vocabulary->ids, token);

	if (!json_is_integer(id))
		lk_json_refuse(reader, LK_FORMAT,
				"merge %zu needs the token \"%.60s\", which is not in the "
				"vocabulary", merge, token);
	else if (json_integer_value(id) >= 0 && json_integer_value(id) < UINT32_MAX)
		return (uint32_t)json_integer_value(id);
	return 0; /* ids out of range are refused with the vocabulary */
}

void lk_bpe_vocabulary_merge(lk_bpe_vocabulary *vocabulary, lk_json_reader *reader,
		const char *left, const char *right)
{
	size_t nbytes = strlen(left) + strlen(right) + 1;
	char *made = malloc(nbytes);

	if (!made || !lk_array_reserve(&vocabulary->merge, &vocabulary->capacity,
				      vocabulary->merges + 1, sizeof *vocabulary->merge)) {
		lk_json_refuse(reader, LK_NOMEM, "out of memory for its merges");
	} else {
		size_t number = vocabulary->merges++;

		snprintf(made, nbytes, "%s%s", left, right);
		vocabulary->merge[number] = (lk_bpe_merge){
			find(vocabulary, reader, left, number),
			find(vocabulary, reader, right, number),
			find(vocabulary, reader, made, number),
		};
	}
	free(made);
}

/* One token into its place; *bytes moves on. */
static void place(const lk_bpe_vocabulary *vocabulary, lk_json_reader *reader,
		lk_bpe_piece *piece, size_t count, const char *token,
		const json_t *value, unsigned char **bytes)
{
	json_int_t id = json_integer_value(value);
	size_t nbytes;

	if (!json_is_integer(value) || id < 0 || (size_t)id >= count ||
			piece[id].bytes) {
		lk_json_refuse(reader, LK_FORMAT,
				"the ids of the vocabulary are not 0 to %zu, each once: "
				"see \"%.40s\"", count - 1, token);
		return;
	}
	if ((uint32_t)id == vocabulary->end) {
		if (strcmp(token, LK_END_OF_TEXT))
			lk_json_refuse(reader, LK_FORMAT, "id %u is \"%.40s\" in the "
					"vocabulary, and not " LK_END_OF_TEXT,
					vocabulary->end, token);
		piece[id].bytes = *bytes;
		return;
	}
	nbytes = lk_byte_level_bytes(*bytes, token);
	if (nbytes == SIZE_MAX || !nbytes) {
		lk_json_refuse(reader, LK_UNSUPPORTED,
				"the token \"%.40s\" is not spelt as byte-level BPE "
				"spells bytes; another kind of BPE is not supported",
				token);
		return;
	}
	piece[id] = (lk_bpe_piece){ *bytes, (uint32_t)nbytes };
	*bytes += nbytes;
}

lk_status lk_bpe_vocabulary_make(lk_tokenizer **tokenizer,
		const lk_bpe_vocabulary *vocabulary, lk_split split,
		lk_json_reader *reader)
{
	size_t count = json_object_size(vocabulary->ids), nbytes = 1;
	bool inside = json_object_get(vocabulary->ids, LK_END_OF_TEXT) != NULL;
	lk_bpe_piece *piece;
	unsigned char *bytes, *at;
	lk_bpe_parts parts;
	const char *token;
	json_t *value;

	count += !inside;
	json_object_foreach((json_t *)vocabulary->ids, token, value)
		nbytes += strlen(token);
	piece = calloc(count + 1, sizeof *piece);
	at = bytes = malloc(nbytes);
	if (!piece || !bytes)
		lk_json_refuse(reader, LK_NOMEM, "out of memory for its vocabulary");
	json_object_foreach((json_t *)vocabulary->ids, token, value) {
		if (reader->status)
			break;
		place(vocabulary, reader, piece, count, token, value, &at);
	}
	if (!reader->status && (vocabulary->end >= count ||
				       (inside && !piece[vocabulary->end].bytes)))
		lk_json_refuse(reader, LK_FORMAT,
				"the id of " LK_END_OF_TEXT ", %u, is none of the "
				"vocabulary's 0 to %zu", vocabulary->end, count - 1);
	parts = (lk_bpe_parts){ split, vocabulary->merge, vocabulary->merges, piece,
		(uint32_t)count, vocabulary->end };
	if (!reader->status) {
		reader->status = lk_tokenizer_new_bpe(tokenizer, &parts, reader->error);
		if (reader->status)
			lk_fail_in(reader->error, reader->status, "%s", reader->path);
	}
	free(piece);
	free(bytes);
	return reader->status;
}
