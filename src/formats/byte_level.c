#include "formats/byte_level.h"

#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, STAND_INS = 2 * BYTES };

uint32_t lk_byte_stand_in(unsigned byte)
{
	uint32_t next = 256;

	for (unsigned b = 0; b < BYTES; b++) {
		bool printable = (b >= 33 && b <= 126) || (b >= 161 && b != 173);

		if (b == byte)
			return printable ? b : next;
		next += !printable;
	}
	return next;
}

char *lk_byte_level_text(const unsigned char *bytes, size_t nbytes)
{
	char *text = nbytes < SIZE_MAX / 2 ? malloc(2 * nbytes + 1) : NULL;
	unsigned char character[4];
	size_t used = 0;

	for (size_t i = 0; text && i < nbytes; i++) {
		size_t length = lk_utf8_encode(character, lk_byte_stand_in(bytes[i]));

		memcpy(text + used, character, length);
		used += length;
	}
	if (text)
		text[used] = '\0';
	return text;
}

static int byte_of(uint32_t character)
{
	if (character >= STAND_INS)
		return -1;
	if (character < BYTES && lk_byte_stand_in(character) == character)
		return (int)character;
	for (unsigned b = 0; b < BYTES && character >= BYTES; b++)
		if (lk_byte_stand_in(b) == character)
			return (int)b;
	return -1;
}

size_t lk_byte_level_bytes(unsigned char *out, const char *text)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t left = strlen(text), nbytes = 0, length;

	for (; left; from += length, left -= length) {
		int byte = byte_of(lk_utf8_decode(from, left, &length));

		if (byte < 0)
			return SIZE_MAX;
		out[nbytes++] = (unsigned char)byte;
	}
	return nbytes;
}
