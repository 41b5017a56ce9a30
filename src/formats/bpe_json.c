#include "formats/bpe_json.h"

#include "formats/bpe_vocabulary.h"
#include "formats/byte_level.h"

#include <stdlib.h>
#include <string.h>

/* What the pre-tokenizer Split has for each split; GPT-2's is ByteLevel's own. */
static const char *const patterns[LK_SPLIT_COUNT] = {
	[LK_SPLIT_GPT2] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+"
			  "| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
	[LK_SPLIT_GPT4] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"
			  "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+"
			  "|\\s+(?!\\S)|\\s+",
};

static json_t *byte_level(bool prefix, bool trim, bool regex)
{
	return json_pack("{s:s, s:b, s:b, s:b}", "type", "ByteLevel",
			"add_prefix_space", prefix, "trim_offsets", trim, "use_regex",
			regex);
}

static json_t *make_split(lk_split split)
{
	if (split != LK_SPLIT_GPT4)
		return byte_level(false, true, split == LK_SPLIT_GPT2);
	return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s, s:b}, o]}", "type", "Sequence",
			"pretokenizers", "type", "Split", "pattern", "Regex",
			patterns[split], "behavior", "Isolated", "invert", 0,
			byte_level(false, true, false));
}

/* {token: id}, in the order of ids. */
static json_t *make_vocabulary(const lk_tokenizer *tokenizer)
{
	json_t *vocabulary = json_object();

	for (uint32_t id = 0; id < tokenizer->vocabulary; id++) {
		char *text = id == tokenizer->end
					     ? strdup(LK_END_OF_TEXT)
					     : lk_byte_level_text(tokenizer->piece[id],
							       tokenizer->piece_nbytes[id]);
		int failed = !text || json_object_set_new(vocabulary, text,
						      json_integer(id));

		free(text);
		if (failed) {
			json_decref(vocabulary);
			return NULL;
		}
	}
	return vocabulary;
}

/* "left right", the older of two spellings, which every version reads. */
static json_t *make_merge(const lk_tokenizer *tokenizer, lk_bpe_merge merge)
{
	char *left = lk_byte_level_text(tokenizer->piece[merge.left],
			tokenizer->piece_nbytes[merge.left]);
	char *right = lk_byte_level_text(tokenizer->piece[merge.right],
			tokenizer->piece_nbytes[merge.right]);
	json_t *text = left && right ? json_sprintf("%s %s", left, right) : NULL;

	free(left);
	free(right);
	return text;
}

static json_t *make_merges(const lk_tokenizer *tokenizer, const lk_bpe_parts *parts)
{
	json_t *merges = json_array();

	for (size_t i = 0; parts && i < parts->merges; i++)
		if (json_array_append_new(merges,
				    make_merge(tokenizer, parts->merge[i]))) {
			json_decref(merges);
			return NULL;
		}
	return merges;
}

lk_tokenizer_parts lk_bpe_json_make(const lk_tokenizer *tokenizer)
{
	const lk_bpe_parts *parts = lk_tokenizer_bpe_parts(tokenizer);

	return (lk_tokenizer_parts){
		.split = make_split(parts ? parts->split : LK_SPLIT_NONE),
		.post_processor = byte_level(true, false, true),
		.decoder = byte_level(true, true, true),
		.model = json_pack("{s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:b, s:o, s:o}",
				"type", "BPE", "dropout", "unk_token",
				"continuing_subword_prefix", "end_of_word_suffix",
				"fuse_unk", 0, "byte_fallback", 0, "ignore_merges", 0,
				"vocab", make_vocabulary(tokenizer), "merges",
				make_merges(tokenizer, parts)),
	};
}

/* From here on: reading. */

/* ByteLevel; *regex: whether it splits. */
static void read_byte_level(lk_json_reader *r, const json_t *part, bool *regex)
{
	const json_t *use = json_object_get(part, "use_regex");

	if (!lk_tokenizer_part_is(part, "ByteLevel"))
		lk_tokenizer_part_refuse(r, "pre_tokenizer (ByteLevel, or Split and "
					    "ByteLevel, is)",
				lk_tokenizer_part_type(part));
	else if (json_is_true(json_object_get(part, "add_prefix_space")))
		lk_tokenizer_part_refuse(r, "pre_tokenizer", "ByteLevel with "
							     "add_prefix_space");
	*regex = !json_is_false(use);
}

/* A Split by a pattern that is known. */
static lk_split read_pattern(lk_json_reader *r, const json_t *part)
{
	const char *regex = json_string_value(json_object_get(
			json_object_get(part, "pattern"), "Regex"));
	const char *behaviour = json_string_value(json_object_get(part, "behavior"));
	int found = 0;

	if (!lk_tokenizer_part_is(part, "Split") || !behaviour ||
			strcmp(behaviour, "Isolated") ||
			json_is_true(json_object_get(part, "invert")))
		lk_tokenizer_part_refuse(r, "pre_tokenizer (Split, Isolated, is)",
				lk_tokenizer_part_type(part));
	while (found < LK_SPLIT_COUNT &&
			!(regex && patterns[found] && !strcmp(regex, patterns[found])))
		found++;
	if (found == LK_SPLIT_COUNT)
		lk_tokenizer_part_refuse(r, "pre_tokenizer (Split by GPT-2's or GPT-4's "
					    "pattern is): pattern", regex);
	return (lk_split)(found % LK_SPLIT_COUNT);
}

static lk_split read_split(lk_json_reader *r)
{
	const json_t *part = lk_json_find(r, "pre_tokenizer");
	const json_t *list = json_object_get(part, "pretokenizers");
	lk_split split;
	bool regex = false;

	if (!lk_tokenizer_part_is(part, "Sequence") || json_array_size(list) != 2) {
		read_byte_level(r, part, &regex);
		return regex ? LK_SPLIT_GPT2 : LK_SPLIT_NONE;
	}
	split = read_pattern(r, json_array_get(list, 0));
	read_byte_level(r, json_array_get(list, 1), &regex);
	if (regex && split != LK_SPLIT_GPT2)
		lk_tokenizer_part_refuse(r, "pre_tokenizer", "Split and ByteLevel with "
							     "use_regex");
	return split;
}

/* What would change ids and is not supported. */
static void check_model(lk_json_reader *r, const json_t *model)
{
	static const char *const affixes[] = { "continuing_subword_prefix",
		"end_of_word_suffix" };
	const json_t *decoder = lk_json_find(r, "decoder");

	for (size_t i = 0; i < sizeof affixes / sizeof *affixes; i++) {
		const char *text = json_string_value(json_object_get(model, affixes[i]));

		if (text && *text)
			lk_tokenizer_part_refuse(r, affixes[i], text);
	}
	if (json_number_value(json_object_get(model, "dropout")) != 0)
		lk_tokenizer_part_refuse(r, "BPE with", "dropout");
	if (json_is_true(json_object_get(model, "ignore_merges")))
		lk_tokenizer_part_refuse(r, "BPE with", "ignore_merges");
	if (!lk_tokenizer_part_is(decoder, "ByteLevel"))
		lk_tokenizer_part_refuse(r, "decoder (ByteLevel is)",
				lk_tokenizer_part_type(decoder));
	if (!json_object_size(json_object_get(model, "vocab")))
		lk_json_refuse(r, LK_FORMAT, "the vocabulary is missing or empty");
}

/* ["left", "right"] or "left right". */
static void read_merge(lk_bpe_vocabulary *vocabulary, lk_json_reader *r, size_t number,
		const json_t *merge)
{
	const char *left = json_string_value(json_array_get(merge, 0));
	const char *right = json_string_value(json_array_get(merge, 1));
	const char *both = json_string_value(merge), *space = both ? strchr(both, ' ') : NULL;
	char *copy = NULL;

	if (space && (copy = strndup(both, (size_t)(space - both)))) {
		left = copy;
		right = space + 1;
	}
	if (!left || !right || (json_is_array(merge) && json_array_size(merge) != 2) ||
			(both && strchr(right, ' ')))
		lk_json_refuse(r, LK_FORMAT, "merge %zu is not two tokens", number);
	else
		lk_bpe_vocabulary_merge(vocabulary, r, left, right);
	free(copy);
}

/* Without merges, the tokenizer of bytes, in GPT-2's order. */
static lk_status read_bytes(lk_tokenizer **tokenizer, lk_json_reader *r,
		const json_t *vocabulary, uint32_t end)
{
	bool inside = json_object_get(vocabulary, LK_END_OF_TEXT) != NULL;
	lk_tokenizer *byte;

	if (r->status || (r->status = lk_tokenizer_new_byte(&byte, r->error)))
		return r->status;
	if (end != byte->end || json_object_size(vocabulary) != byte->end + (size_t)inside)
		lk_json_refuse(r, LK_UNSUPPORTED,
				"a BPE without merges is supported where it is the 256 "
				"bytes and " LK_END_OF_TEXT " with id 256");
	for (uint32_t id = 0; id < byte->end && !r->status; id++) {
		char *token = lk_byte_level_text(byte->piece[id], 1);
		const json_t *value = json_object_get(vocabulary, token ? token : "");

		if (!json_is_integer(value) || json_integer_value(value) != id)
			lk_json_refuse(r, LK_UNSUPPORTED,
					"the bytes are not in GPT-2's order: \"%s\" "
					"has another id than %u", token ? token : "?", id);
		free(token);
	}
	if (r->status)
		lk_tokenizer_free(byte);
	else
		*tokenizer = byte;
	return r->status;
}

lk_status lk_bpe_json_read(lk_tokenizer **tokenizer, lk_json_reader *r, uint32_t end)
{
	const json_t *model = lk_json_find(r, "model"), *merge;
	const json_t *merges = json_object_get(model, "merges");
	lk_bpe_vocabulary vocabulary = { .ids = json_object_get(model, "vocab"),
		.end = end };
	lk_split split = read_split(r);
	size_t i;

	check_model(r, model);
	if (!json_array_size(merges))
		return read_bytes(tokenizer, r, vocabulary.ids, end);
	json_array_foreach(merges, i, merge) {
		if (r->status)
			break;
		read_merge(&vocabulary, r, i, merge);
	}
	if (!r->status)
		lk_bpe_vocabulary_make(tokenizer, &vocabulary, split, r);
	lk_bpe_vocabulary_free(&vocabulary);
	return r->status;
}
