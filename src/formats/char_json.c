#include "formats/char_json.h"

#include "text/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 8 /* a character, "<0xFF>", or a byte's stand-in, with its NUL */ };

#define EVERY_CHARACTER "[\\s\\S]"
#define UNKNOWN_TOKEN "<unk>"

static const char *text_of(char text[TEXT], uint32_t code_point)
{
	text[lk_utf8_encode((unsigned char *)text, code_point)] = '\0';
	return text;
}

/* A token of `char` as the file has it. */
static const char *char_text(char text[TEXT], uint32_t code_point)
{
	if (code_point && code_point < LK_UTF8_INVALID)
		return text_of(text, code_point);
	snprintf(text, TEXT, "<0x%02X>", (unsigned)(code_point & 0xFF));
	return text;
}

/* And back: the code point of a token, or UINT32_MAX where it is no character. */
static uint32_t char_code_point(const char *token)
{
	size_t nbytes = strlen(token), length;
	uint32_t code_point;
	unsigned byte;
	char again[TEXT];

	if (nbytes == 6 && sscanf(token, "<0x%2X>", &byte) == 1) {
		code_point = byte ? LK_UTF8_INVALID + byte : 0;
		if ((byte == 0 || byte >= 0x80) &&
				!strcmp(char_text(again, code_point), token))
			return code_point;
	}
	if (!nbytes)
		return UINT32_MAX;
	code_point = lk_utf8_decode((const unsigned char *)token, nbytes, &length);
	return length == nbytes && code_point < LK_UTF8_INVALID ? code_point
								: UINT32_MAX;
}

/* {token: id} of a tokenizer of characters; *foreign: some token is no text. */
static json_t *make_vocabulary(const lk_tokenizer *tokenizer, bool *foreign)
{
	json_t *vocabulary = json_object();
	char text[TEXT];

	*foreign = false;
	for (uint32_t id = 0; id < tokenizer->vocabulary; id++) {
		const char *token = LK_END_OF_TEXT;
		size_t nbytes, length;
		const unsigned char *piece = lk_tokenizer_piece(tokenizer, id, &nbytes);

		if (id != tokenizer->end) {
			uint32_t c = lk_utf8_decode(piece, nbytes, &length);

			*foreign |= !c || c >= LK_UTF8_INVALID;
			token = char_text(text, c);
		}
		if (json_object_set_new(vocabulary, token, json_integer(id))) {
			json_decref(vocabulary);
			return NULL;
		}
	}
	return vocabulary;
}

lk_tokenizer_parts lk_char_json_make(const lk_tokenizer *tokenizer)
{
	bool foreign;
	json_t *vocabulary = make_vocabulary(tokenizer, &foreign);

	return (lk_tokenizer_parts){
		.split = json_pack("{s:s, s:{s:s}, s:s, s:b}", "type", "Split", "pattern",
				"Regex", EVERY_CHARACTER, "behavior", "Isolated", "invert",
				0),
		.decoder = foreign ? json_pack("{s:s, s:[{s:s}, {s:s}]}", "type",
						     "Sequence", "decoders", "type",
						     "ByteFallback", "type", "Fuse")
				   : json_pack("{s:s}", "type", "Fuse"),
		.model = json_pack("{s:s, s:o, s:s}", "type", "WordLevel", "vocab",
				vocabulary, "unk_token", UNKNOWN_TOKEN),
	};
}

/* id -> token, of a vocabulary whose ids are 0, 1, ...; NULL where it has others.
 * The tokens belong to the object. */
static const char **list_vocabulary(lk_json_reader *r, const json_t *vocabulary)
{
	size_t count = json_object_size(vocabulary);
	const char **token = calloc(count + 1, sizeof *token);
	const char *name;
	json_t *value;

	if (!token)
		lk_json_refuse(r, LK_NOMEM, "out of memory");
	if (token && !count)
		lk_json_refuse(r, LK_FORMAT, "the vocabulary is missing or empty");
	json_object_foreach((json_t *)vocabulary, name, value) {
		json_int_t id = json_integer_value(value);

		if (r->status)
			break;
		if (!json_is_integer(value) || id < 0 || (size_t)id >= count ||
				token[id])
			lk_json_refuse(r, LK_FORMAT,
					"the ids of the vocabulary are not 0 to %zu, "
					"each once: see \"%.20s\"", count - 1, name);
		else
			token[id] = name;
	}
	if (r->status) {
		free(token);
		return NULL;
	}
	return token;
}

/* Split into single characters, put together again as they are. */
static void check_char_parts(lk_json_reader *r, const json_t *model)
{
	const json_t *split = lk_json_find(r, "pre_tokenizer");
	const json_t *decoder = lk_json_find(r, "decoder");
	const json_t *list = json_object_get(decoder, "decoders");
	const char *regex = json_string_value(json_object_get(
			json_object_get(split, "pattern"), "Regex"));
	const char *behaviour = json_string_value(json_object_get(split, "behavior"));
	const char *unknown = json_string_value(json_object_get(model, "unk_token"));

	if (!lk_tokenizer_part_is(split, "Split") || !regex ||
			strcmp(regex, EVERY_CHARACTER) || !behaviour ||
			strcmp(behaviour, "Isolated") ||
			json_is_true(json_object_get(split, "invert")))
		lk_tokenizer_part_refuse(r, "pre_tokenizer (Split at " EVERY_CHARACTER
			       ", Isolated, is)", lk_tokenizer_part_type(split));
	if (!lk_tokenizer_part_is(decoder, "Fuse") &&
			!(lk_tokenizer_part_is(decoder, "Sequence") &&
					json_array_size(list) == 2 &&
					lk_tokenizer_part_is(json_array_get(list, 0),
							"ByteFallback") &&
					lk_tokenizer_part_is(json_array_get(list, 1), "Fuse")))
		lk_tokenizer_part_refuse(r, "decoder (Fuse is)",
				lk_tokenizer_part_type(decoder));
	if (unknown && json_object_get(json_object_get(model, "vocab"), unknown))
		lk_tokenizer_part_refuse(
				r, "an unk_token that is in the vocabulary,", unknown);
}

lk_status lk_char_json_read(lk_tokenizer **tokenizer, lk_json_reader *r, uint32_t end)
{
	const json_t *model = lk_json_find(r, "model");
	const json_t *vocabulary = json_object_get(model, "vocab");
	size_t count = json_object_size(vocabulary);
	lk_ids code_points = { 0 };
	const char **token;

	check_char_parts(r, model);
	token = list_vocabulary(r, vocabulary);
	if (!token)
		return r->status;
	if (end >= count || strcmp(token[end], LK_END_OF_TEXT))
		lk_json_refuse(r, LK_FORMAT,
				"id %u is not " LK_END_OF_TEXT " in the vocabulary",
				end);
	for (size_t id = 0; !r->status && id < count; id++) {
		uint32_t c = char_code_point(token[id]);

		if (id == end)
			continue;
		if (c == UINT32_MAX)
			lk_json_refuse(r, LK_UNSUPPORTED,
					"a WordLevel is supported where its tokens are "
					"single characters: \"%.40s\" is not",
					token[id]);
		else
			r->status = lk_ids_push(&code_points, c, r->error);
	}
	free(token);
	if (!r->status) {
		r->status = lk_tokenizer_new_char_list(tokenizer, &code_points, end,
				r->error);
		if (r->status)
			lk_fail_in(r->error, r->status, "%s", r->path);
	}
	lk_ids_free(&code_points);
	return r->status;
}
