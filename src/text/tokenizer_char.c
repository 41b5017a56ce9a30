#include "text/tokenizer.h"

#include "text/reader.h"
#include "text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum {
	PAGE = 256,                    /* characters per page of the table */
	CHARACTERS = 0x110000 + 0x100, /* code points, then the invalid bytes */
	PAGES = CHARACTERS / PAGE
};

#define UNKNOWN UINT32_MAX

typedef struct {
	lk_tokenizer base;
	uint32_t nothing[PAGE]; /* the page of characters all unknown */
	uint32_t *page[PAGES];  /* id of each character; nothing or pages[i] */
	uint32_t (*pages)[PAGE];
	unsigned char (*bytes)[4]; /* what each id stands for */
	const unsigned char **piece;
	uint32_t *piece_nbytes;
} char_tokenizer;

/* "U+00E9 (é)", "U+0007", "the byte FF, which is no UTF-8"; what could disturb
 * a terminal is not shown. */
static const char *name_character(char text[64], uint32_t character)
{
	unsigned char bytes[5] = { 0 };

	if (character >= LK_UTF8_INVALID) {
		snprintf(text, 64, "the byte 0x%02X, which is no UTF-8",
				(unsigned)(character - LK_UTF8_INVALID));
		return text;
	}
	lk_utf8_encode(bytes, character);
	switch (utf8proc_category((utf8proc_int32_t)character)) {
	case UTF8PROC_CATEGORY_CN: /* not assigned, control, format, ... */
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		snprintf(text, 64, "the character U+%04X", (unsigned)character);
		break;
	default:
		snprintf(text, 64, "the character U+%04X (%s)", (unsigned)character,
				(const char *)bytes);
	}
	return text;
}

static lk_status char_encode(const lk_tokenizer *base, const unsigned char *text,
		size_t nbytes, uint64_t offset, lk_ids *ids, lk_error *error)
{
	const char_tokenizer *tokenizer = (const char_tokenizer *)base;
	lk_status status = lk_ids_reserve(
			ids, ids->count + lk_utf8_count(text, nbytes), error);
	size_t length;
	char name[64];

	if (status != LK_OK || !nbytes)
		return status;
	uint32_t *out = ids->data + ids->count;
	for (size_t at = 0; at < nbytes; at += length) {
		uint32_t c = lk_utf8_decode(text + at, nbytes - at, &length);
		uint32_t id = tokenizer->page[c / PAGE][c % PAGE];

		if (id == UNKNOWN)
			return lk_fail(error, LK_RANGE,
					"byte %llu: %s is not in this vocabulary "
					"of %u characters; leave it out, or train "
					"on text that has it, or with --tokenizer "
					"byte",
					(unsigned long long)offset + at,
					name_character(name, c),
					(unsigned)base->vocabulary - 1);
		*out++ = id;
	}
	ids->count = (size_t)(out - ids->data);
	return LK_OK;
}

static size_t char_cut(const lk_tokenizer *base, const unsigned char *text,
		size_t nbytes, size_t at)
{
	(void)base;
	return lk_utf8_boundary(text, nbytes, at);
}

static void char_free(lk_tokenizer *base)
{
	char_tokenizer *tokenizer = (char_tokenizer *)base;

	free(tokenizer->pages);
	free(tokenizer->bytes);
	free(tokenizer->piece);
	free(tokenizer->piece_nbytes);
	free(tokenizer);
}

static const lk_tokenizer_kind char_kind = { .name = "char", .encode = char_encode,
	.cut = char_cut, .free = char_free };

/* Whether a decoder can produce it: no surrogate, and no ASCII byte as an
 * invalid one. */
static bool is_character(uint32_t c)
{
	return c < CHARACTERS && !(c >= 0xD800 && c <= 0xDFFF) &&
	       !(c >= LK_UTF8_INVALID && c < LK_UTF8_INVALID + 0x80);
}

/* The pages that the listed characters need, each empty. */
static lk_status make_pages(char_tokenizer *made, const lk_ids *list, lk_error *error)
{
	size_t count = 0;

	for (size_t i = 0; i < PAGE; i++)
		made->nothing[i] = UNKNOWN;
	for (size_t i = 0; i < PAGES; i++)
		made->page[i] = made->nothing;
	for (size_t i = 0; i < list->count; i++) {
		if (!is_character(list->data[i]))
			return lk_fail(error, LK_FORMAT,
					"entry %zu of the vocabulary, 0x%X, is no "
					"character",
					i, (unsigned)list->data[i]);
		made->page[list->data[i] / PAGE] = NULL;
	}
	for (size_t i = 0; i < PAGES; i++)
		count += !made->page[i];
	made->pages = malloc(count * sizeof *made->pages);
	if (count && !made->pages)
		return lk_fail(error, LK_NOMEM, "out of memory for a vocabulary");
	count = 0;
	for (size_t i = 0; i < PAGES; i++)
		if (!made->page[i]) {
			made->page[i] = made->pages[count++];
			memcpy(made->page[i], made->nothing, sizeof made->nothing);
		}
	return LK_OK;
}

lk_status lk_tokenizer_new_char_list(lk_tokenizer **tokenizer, const lk_ids *list,
		uint32_t end, lk_error *error)
{
	char_tokenizer *made = calloc(1, sizeof *made);
	size_t count = list->count + 1;
	lk_status status;

	if (!made)
		return lk_fail(error, LK_NOMEM, "out of memory for a vocabulary");
	made->base.kind = &char_kind;
	status = make_pages(made, list, error);
	if (status != LK_OK)
		goto fail;
	if (end > list->count) {
		status = lk_fail(error, LK_FORMAT,
				"the vocabulary's end of text, %u, is above its %zu "
				"characters",
				(unsigned)end, list->count);
		goto fail;
	}
	made->bytes = calloc(count, sizeof *made->bytes);
	made->piece = calloc(count, sizeof *made->piece);
	made->piece_nbytes = calloc(count, sizeof *made->piece_nbytes);
	if (!made->bytes || !made->piece || !made->piece_nbytes) {
		status = lk_fail(error, LK_NOMEM, "out of memory for a vocabulary");
		goto fail;
	}
	made->piece[end] = made->bytes[end];
	for (size_t i = 0; i < list->count; i++) {
		uint32_t c = list->data[i];
		uint32_t id = (uint32_t)i + (i >= end);
		uint32_t *entry = &made->page[c / PAGE][c % PAGE];
		char name[64];

		if (*entry != UNKNOWN) {
			status = lk_fail(error, LK_FORMAT,
					"%s is in the vocabulary twice, as %u and "
					"as %u",
					name_character(name, c), (unsigned)*entry,
					(unsigned)id);
			goto fail;
		}
		*entry = id;
		made->piece[id] = made->bytes[id];
		made->piece_nbytes[id] = (uint32_t)lk_utf8_encode(made->bytes[id], c);
	}
	made->base.vocabulary = (uint32_t)count;
	made->base.end = end;
	made->base.piece = made->piece;
	made->base.piece_nbytes = made->piece_nbytes;
	*tokenizer = &made->base;
	return LK_OK;

fail:
	char_free(&made->base);
	return status;
}

/* Which characters occur: one bit, here a byte, for each. */
static void mark_characters(
		unsigned char *present, const unsigned char *text, size_t nbytes)
{
	size_t length;

	for (size_t at = 0; at < nbytes; at += length)
		present[lk_utf8_decode(text + at, nbytes - at, &length)] = 1;
}

static lk_status mark_documents(unsigned char *present, const lk_documents *documents,
		lk_error *error)
{
	const lk_stretch *stretch;
	lk_reader *reader = NULL;
	size_t count = 1;
	lk_status status = lk_reader_new(&reader, documents, lk_reader_cut_characters,
			NULL, 0, error);

	while (!status && count) {
		status = lk_reader_next(reader, &stretch, &count, error);
		for (size_t i = 0; i < count; i++)
			mark_characters(present, stretch[i].text, stretch[i].nbytes);
	}
	lk_reader_free(reader);
	return status;
}

/* The tokenizer of the characters marked, in their order, the end last. */
static lk_status new_from_present(
		lk_tokenizer **tokenizer, const unsigned char *present, lk_error *error)
{
	lk_status status = LK_OK;
	lk_ids list = { 0 };

	for (uint32_t c = 0; c < CHARACTERS && status == LK_OK; c++)
		if (present[c])
			status = lk_ids_push(&list, c, error);
	if (status == LK_OK)
		status = lk_tokenizer_new_char_list(
				tokenizer, &list, (uint32_t)list.count, error);
	lk_ids_free(&list);
	return status;
}

lk_status lk_tokenizer_new_char(lk_tokenizer **tokenizer, const unsigned char *text,
		size_t nbytes, lk_error *error)
{
	unsigned char *present = calloc(CHARACTERS, 1);
	lk_status status;

	if (!present)
		return lk_fail(error, LK_NOMEM, "out of memory for a vocabulary");
	mark_characters(present, text, nbytes);
	status = new_from_present(tokenizer, present, error);
	free(present);
	return status;
}

lk_status lk_tokenizer_new_char_corpus(
		lk_tokenizer **tokenizer, const lk_corpus *corpus, lk_error *error)
{
	unsigned char *present = calloc(CHARACTERS, 1);
	lk_status status;

	if (!present)
		return lk_fail(error, LK_NOMEM, "out of memory for a vocabulary");
	status = mark_documents(present, lk_corpus_training(corpus), error);
	if (!status)
		status = mark_documents(present, lk_corpus_validation(corpus), error);
	if (!status)
		status = new_from_present(tokenizer, present, error);
	free(present);
	return status;
}
