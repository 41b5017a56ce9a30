#include "text/character_class.h"

#include "text/utf8.h"

#include <pthread.h>
#include <utf8proc.h>

enum {
	CODE_POINTS = 0x110000,
	/* Nothing is assigned in planes 4 to 13, nor any letter, number or space
	 * above: their classes are those that zeroed memory says. */
	LOOKED_UP = 0x40000
};

unsigned char lk_byte_class[256];

static unsigned char class_of[CODE_POINTS + 256]; /* and of invalid bytes */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int look_up(int32_t c)
{
	if (c == '\r' || c == '\n')
		return LK_CLASS_LINE_END;
	if ((c >= '\t' && c <= '\r') || c == 0x85)
		return LK_CLASS_SPACE;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
		return LK_CLASS_LETTER;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return LK_CLASS_NUMBER;
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return LK_CLASS_SPACE;
	default:
		return LK_CLASS_OTHER;
	}
}

static void make_tables(void)
{
	for (int32_t c = 0; c < LOOKED_UP; c++)
		class_of[c] = (unsigned char)look_up(c);
	for (int b = 0; b < 256; b++)
		lk_byte_class[b] = b < 0x80 ? class_of[b] : LK_CLASS_LONG;
}

void lk_character_class_prepare(void)
{
	pthread_once(&once, make_tables);
}

int lk_character_class_long(const unsigned char *text, size_t nbytes, size_t *length)
{
	return class_of[lk_utf8_decode(text, nbytes, length)];
}

const char *lk_unicode_version(void)
{
	return utf8proc_unicode_version();
}
