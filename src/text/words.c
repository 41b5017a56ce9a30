#include "text/words.h"

#include "base/names.h"
#include "text/character_class.h"
#include "text/utf8.h"

#include <assert.h>
#include <stdbool.h>

static const char *const names[] = {
#define X(name, text) text,
	LK_SPLITS(X)
#undef X
};

const char *lk_split_name(lk_split split)
{
	return names[split];
}

lk_status lk_split_parse(lk_split *split, const char *text, lk_error *error)
{
	int found = lk_name_find(text, names, LK_SPLIT_COUNT);

	if (found < 0)
		return lk_fail(error, LK_RANGE,
				"\"%.40s\" is no split; gpt2, gpt4 and none are", text);
	*split = (lk_split)found;
	return LK_OK;
}

/* What is left of a text. */
typedef struct {
	const unsigned char *at, *end;
} rest;

/* Class of the character at `at`; -1 behind the end. */
static inline int class_at(const rest *text, const unsigned char *at, size_t *length)
{
	*length = 0;
	return at < text->end
			? lk_character_class(at, (size_t)(text->end - at), length)
			: -1;
}

/* Behind the characters of this class that begin at `at`. */
static inline const unsigned char *skip(
		const rest *text, const unsigned char *at, int class)
{
	size_t length;

	for (;;) {
		while (at < text->end && lk_byte_class[*at] == class)
			at++;
		if (at == text->end || lk_byte_class[*at] != LK_CLASS_LONG ||
				lk_character_class_long(at, (size_t)(text->end - at),
						&length) != class)
			return at;
		at += length;
	}
}

static bool is_space(int class)
{
	return class == LK_CLASS_SPACE || class == LK_CLASS_LINE_END;
}

/* Behind 's, 't, 're, 've, 'm, 'll, 'd, or NULL where `at`, an apostrophe, begins
 * none. */
static const unsigned char *skip_contraction(
		const rest *text, const unsigned char *at, bool ignore_case)
{
	size_t left = (size_t)(text->end - at);
	unsigned fold = ignore_case ? 0x20 : 0;
	int first = left > 1 ? at[1] | (at[1] < 0x80 ? fold : 0) : 0;
	int second = left > 2 ? at[2] | (at[2] < 0x80 ? fold : 0) : 0;

	switch (first) {
	case 's':
	case 't':
	case 'm':
	case 'd':
		return at + 2;
	case 'r':
	case 'v':
		return second == 'e' ? at + 3 : NULL;
	case 'l':
		return second == 'l' ? at + 3 : NULL;
	case 0xC5: /* U+017F, the long s */
		return ignore_case && second == 0xBF ? at + 3 : NULL;
	default:
		return NULL;
	}
}

/* \s+(?!\S)|\s+: white space up to the last character of it, which goes with what
 * follows, unless nothing does, or there is no other. */
static const unsigned char *skip_space(const rest *text, const unsigned char *at)
{
	const unsigned char *last = at;
	size_t length;

	for (const unsigned char *p = at; is_space(class_at(text, p, &length)); p += length)
		last = p;
	class_at(text, last, &length);
	return last == at || last + length == text->end ? last + length : last;
}

static const unsigned char *next_gpt2(const rest *text)
{
	const unsigned char *at = text->at, *behind;
	size_t length;
	int class;

	if (*at == '\'') {
		behind = skip_contraction(text, at, false);
		if (behind)
			return behind;
	}
	class = class_at(text, at + (*at == ' '), &length);
	if (class < 0 || is_space(class))
		return skip_space(text, at);
	return skip(text, at + (*at == ' ') + length, class);
}

/* \s*[\r\n]+: behind the last line end in this white space; NULL: it has none. */
static const unsigned char *skip_lines(const rest *text, const unsigned char *at)
{
	const unsigned char *behind = NULL;
	size_t length;
	int class;

	for (; is_space(class = class_at(text, at, &length)); at += length)
		if (class == LK_CLASS_LINE_END)
			behind = at + length;
	return behind;
}

static const unsigned char *skip_digits(const rest *text, const unsigned char *at)
{
	size_t length;

	for (int i = 0; i < 3 && class_at(text, at, &length) == LK_CLASS_NUMBER; i++)
		at += length;
	return at;
}

static const unsigned char *next_gpt4(const rest *text)
{
	const unsigned char *at = text->at, *behind = NULL;
	size_t length, second;
	int class, next;

	if (*at == '\'')
		behind = skip_contraction(text, at, true);
	if (behind)
		return behind;
	class = class_at(text, at, &length);
	if (class == LK_CLASS_NUMBER)
		return skip_digits(text, at);
	if (class == LK_CLASS_LETTER)
		return skip(text, at + length, class);
	next = class_at(text, at + length, &second);
	if (next == LK_CLASS_LETTER && class != LK_CLASS_LINE_END)
		return skip(text, at + length + second, next);
	if (class == LK_CLASS_OTHER || (*at == ' ' && next == LK_CLASS_OTHER))
		return skip(text, skip(text, at + length, LK_CLASS_OTHER),
				LK_CLASS_LINE_END);
	behind = skip_lines(text, at);
	return behind ? behind : skip_space(text, at);
}

size_t lk_word_next(lk_split split, const unsigned char *text, size_t nbytes)
{
	rest left = { text, text + nbytes };

	assert(nbytes > 0);
	switch (split) {
	case LK_SPLIT_GPT2:
		return (size_t)(next_gpt2(&left) - text);
	case LK_SPLIT_GPT4:
		return (size_t)(next_gpt4(&left) - text);
	default:
		return nbytes;
	}
}

/* White space behind anything else begins a word, in either pattern, with one
 * exception: line ends behind what is neither letter nor number belong to it in
 * gpt4's. No pattern looks farther than that. */
size_t lk_word_cut(lk_split split, const unsigned char *text, size_t nbytes, size_t at)
{
	size_t length, before;
	int next;

	assert(at <= nbytes);
	if (split == LK_SPLIT_NONE || at == nbytes)
		return at == nbytes ? at : 0;
	at = lk_utf8_boundary(text, nbytes, at);
	next = at < nbytes ? lk_character_class(text + at, nbytes - at, &length) : -1;
	for (; at > 0; at = before) {
		before = lk_utf8_boundary(text, nbytes, at - 1);
		int class = lk_character_class(text + before, nbytes - before, &length);

		if (is_space(next) && !is_space(class) &&
				!(split == LK_SPLIT_GPT4 && class == LK_CLASS_OTHER &&
						next == LK_CLASS_LINE_END))
			break;
		next = class;
	}
	return at;
}
