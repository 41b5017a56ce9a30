/* text/character_class.h
 * What a split pattern asks of a character: is it a letter (\p{L}), a number
 * (\p{N}), white space (\s: Unicode's White_Space), or something else?
 *
 * From utf8proc's table of general categories; lk_unicode_version says which
 * Unicode that is. A byte that is no UTF-8, a surrogate and a code point not
 * assigned are "something else". */
#ifndef LK_TEXT_CHARACTER_CLASS_H
#define LK_TEXT_CHARACTER_CLASS_H

#include <stddef.h>
#include <stdint.h>

enum {
	LK_CLASS_OTHER,
	LK_CLASS_LETTER,
	LK_CLASS_NUMBER,
	LK_CLASS_SPACE,
	LK_CLASS_LINE_END, /* CR and LF: white space, too */
	LK_CLASS_LONG, /* in lk_byte_class alone: the byte is no ASCII */
};

/* Class of each byte that is ASCII, LK_CLASS_LONG for others. Made by
 * lk_character_class_prepare. */
extern unsigned char lk_byte_class[256];

/* Make the tables; once, before the functions here are used. Any thread may call,
 * any number of times. */
void lk_character_class_prepare(void);

/* Class of a character that is more than one byte, or invalid. */
int lk_character_class_long(const unsigned char *text, size_t nbytes, size_t *length);

/* Class of the character at text (nbytes >= 1 left), whose bytes *length
 * becomes. */
static inline int lk_character_class(
		const unsigned char *text, size_t nbytes, size_t *length)
{
	int found = lk_byte_class[text[0]];

	*length = 1;
	return found == LK_CLASS_LONG ? lk_character_class_long(text, nbytes, length)
				      : found;
}

/* "15.0.0". */
const char *lk_unicode_version(void);

#endif
