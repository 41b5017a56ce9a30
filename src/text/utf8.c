#include "text/utf8.h"

#include <assert.h>

/* How many bytes the character beginning with this byte has, 0 where none
 * does; *least and *most become the range of its second byte, which alone
 * tells overlong forms, surrogates and what is beyond U+10FFFF [RFC 3629,
 * section 4]. */
static size_t lead_length(unsigned char lead, unsigned char *least, unsigned char *most)
{
	*least = 0x80;
	*most = 0xBF;
	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	if (lead == 0xE0)
		*least = 0xA0;
	else if (lead == 0xED)
		*most = 0x9F;
	else if (lead == 0xF0)
		*least = 0x90;
	else if (lead == 0xF4)
		*most = 0x8F;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* How many of the bytes at text (nbytes >= 1) belong together as a character
 * or as the beginning of one; *length becomes that of the whole character, 0
 * where none begins here. */
static size_t valid_prefix(const unsigned char *text, size_t nbytes, size_t *length)
{
	unsigned char least, most;
	size_t valid = 1;

	*length = lead_length(text[0], &least, &most);
	while (valid < *length && valid < nbytes && text[valid] >= least &&
			text[valid] <= most) {
		least = 0x80;
		most = 0xBF;
		valid++;
	}
	return valid;
}

uint32_t lk_utf8_decode(const unsigned char *text, size_t nbytes, size_t *length)
{
	size_t whole;

	assert(nbytes > 0);
	if (text[0] < 0x80) {
		*length = 1;
		return text[0];
	}
	if (valid_prefix(text, nbytes, &whole) != whole) {
		*length = 1;
		return LK_UTF8_INVALID + text[0];
	}
	uint32_t code_point = text[0] & (0x7Fu >> whole);
	for (size_t i = 1; i < whole; i++)
		code_point = code_point << 6 | (text[i] & 0x3Fu);
	*length = whole;
	return code_point;
}

size_t lk_utf8_encode(unsigned char out[4], uint32_t code_point)
{
	if (code_point >= LK_UTF8_INVALID) {
		out[0] = (unsigned char)(code_point - LK_UTF8_INVALID);
		return 1;
	}
	if (code_point < 0x80) {
		out[0] = (unsigned char)code_point;
		return 1;
	}
	size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		out[i] = (unsigned char)(0x80 | (code_point & 0x3F));
		code_point >>= 6;
	}
	out[0] = (unsigned char)((0xF00u >> length & 0xF0) | code_point);
	return length;
}

size_t lk_utf8_incomplete_tail(const unsigned char *text, size_t nbytes)
{
	for (size_t tail = 1; tail <= 3 && tail <= nbytes; tail++) {
		const unsigned char *start = text + nbytes - tail;
		size_t whole;

		if ((*start & 0xC0) == 0x80)
			continue; /* no character begins here */
		return valid_prefix(start, tail, &whole) == tail && whole > tail ? tail
										 : 0;
	}
	return 0;
}

size_t lk_utf8_boundary(const unsigned char *text, size_t nbytes, size_t at)
{
	assert(at <= nbytes);
	for (size_t back = 1; back <= 3 && back <= at && at < nbytes; back++) {
		size_t length;

		if ((text[at - back] & 0xC0) == 0x80)
			continue;
		lk_utf8_decode(text + at - back, nbytes - (at - back), &length);
		return length > back ? at - back : at;
	}
	return at;
}

size_t lk_utf8_count(const unsigned char *text, size_t nbytes)
{
	size_t count = 0, length;

	for (size_t at = 0; at < nbytes; at += length, count++)
		lk_utf8_decode(text + at, nbytes - at, &length);
	return count;
}
