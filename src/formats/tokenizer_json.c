#include "formats/tokenizer_json.h"

#include "base/file.h"
#include "formats/bpe_json.h"
#include "formats/char_json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NBYTES = 256 << 20 /* of a tokenizer.json */ };

/* The whole of tokenizer.json; NULL when out of memory. */
static json_t *make_tokenizer(const lk_tokenizer *tokenizer)
{
	bool is_char = !strcmp(tokenizer->kind->name, "char");
	lk_tokenizer_parts parts = is_char ? lk_char_json_make(tokenizer)
					   : lk_bpe_json_make(tokenizer);

	return json_pack("{s:s, s:n, s:n, s:[{s:I, s:s, s:b, s:b, s:b, s:b, s:b}], s:n,"
			 "s:o, s:o?, s:o, s:o}",
			"version", "1.0", "truncation", "padding",
			"added_tokens", "id", (json_int_t)tokenizer->end, "content",
			LK_END_OF_TEXT, "single_word", 0, "lstrip", 0, "rstrip", 0,
			"normalized", 0, "special", 1,
			"normalizer",
			"pre_tokenizer", parts.split, "post_processor",
			parts.post_processor, "decoder", parts.decoder, "model",
			parts.model);
}

static lk_status replace_in(const char *directory, const char *name, json_t *value,
		lk_error *error)
{
	char *path = lk_path_join(directory, name);
	lk_status status = path && value
			? lk_json_replace(path, value, error)
			: lk_fail(error, LK_NOMEM, "%s/%s: out of memory", directory,
					name);

	free(path);
	json_decref(value);
	return status;
}

lk_status lk_tokenizer_json_write(const char *directory,
		const lk_tokenizer *tokenizer, size_t context, lk_error *error)
{
	const char *kind = tokenizer->kind->name;
	lk_status status;

	if (strcmp(kind, "byte") && strcmp(kind, "char") && strcmp(kind, "bpe"))
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: a tokenizer of kind %s cannot be saved", directory,
				kind);
	status = replace_in(directory, "tokenizer.json", make_tokenizer(tokenizer),
			error);
	if (status)
		return status;
	return replace_in(directory, "tokenizer_config.json",
			json_pack("{s:s, s:s, s:s, s:b, s:o*}", "tokenizer_class",
					"PreTrainedTokenizerFast", "bos_token",
					LK_END_OF_TEXT, "eos_token", LK_END_OF_TEXT,
					"clean_up_tokenization_spaces", 0,
					"model_max_length",
					context ? json_integer((json_int_t)context) : NULL),
			error);
}

/* The end of text must be the one added token; its id. */
static uint32_t read_end(lk_json_reader *r)
{
	const json_t *tokens = lk_json_find(r, "added_tokens"), *token;
	uint32_t end = UINT32_MAX;
	size_t i;

	json_array_foreach(tokens, i, token) {
		lk_json_reader inner = { token, r->path, r->error, r->status };
		const char *content = lk_json_text(&inner, "content");
		size_t id = lk_json_size(&inner, "id", 0, UINT32_MAX - 1);

		r->status = inner.status;
		if (content && strcmp(content, LK_END_OF_TEXT))
			lk_tokenizer_part_refuse(r, "added token", content);
		else
			end = (uint32_t)id;
	}
	if (end == UINT32_MAX)
		lk_json_refuse(r, LK_UNSUPPORTED,
				"a tokenizer without the added token " LK_END_OF_TEXT
				" is not supported");
	return end;
}

/* What adds nothing to the text: none, offsets trimmed, or the template
 * [sequence]. */
static void check_post_processor(lk_json_reader *r)
{
	const json_t *part = lk_json_find(r, "post_processor");
	const json_t *single = json_object_get(part, "single");

	if (!part || lk_tokenizer_part_is(part, "ByteLevel"))
		return;
	if (!lk_tokenizer_part_is(part, "TemplateProcessing") ||
			json_array_size(single) != 1 ||
			!json_object_get(json_array_get(single, 0), "Sequence"))
		lk_tokenizer_part_refuse(r, "post_processor", lk_tokenizer_part_type(part));
}

lk_status lk_tokenizer_json_read(lk_tokenizer **tokenizer, const char *path,
		lk_error *error)
{
	json_t *object;
	lk_json_reader r = { NULL, path, error, LK_OK };
	const json_t *model, *normalizer;

	r.status = lk_json_load(&object, path, MOST_NBYTES, error);
	if (r.status)
		return r.status;
	r.object = object;
	model = lk_json_find(&r, "model");
	normalizer = lk_json_find(&r, "normalizer");
	if (!json_is_object(model))
		lk_json_refuse(&r, LK_FORMAT, "\"model\" is missing");
	if (normalizer)
		lk_tokenizer_part_refuse(&r, "normalizer",
				lk_tokenizer_part_type(normalizer));
	check_post_processor(&r);
	if (!r.status && lk_tokenizer_part_is(model, "BPE"))
		lk_bpe_json_read(tokenizer, &r, read_end(&r));
	else if (!r.status && lk_tokenizer_part_is(model, "WordLevel"))
		lk_char_json_read(tokenizer, &r, read_end(&r));
	else
		lk_tokenizer_part_refuse(&r, "model (BPE and WordLevel are)",
				lk_tokenizer_part_type(model));
	json_decref(object);
	return r.status;
}
