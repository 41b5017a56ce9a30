#include "formats/token_header.h"

#include "base/hash.h"

#include <string.h>

enum { VERSION = 1 };

/* Where everything lies. */
enum {
	AT_VERSION = 8,
	AT_WIDTH = 12,
	AT_COUNT = 16,
	AT_NBYTES = 24,
	AT_VOCABULARY = 32,
	AT_END = 36,
	AT_TOKENIZER = 40,
	AT_CHECKSUM = 72,
	AT_TEXT = 104,
	AT_HASH = 136,
	DIGITS = 32,
};

static const char magic[AT_VERSION] = { 'L', 'K', 'T', 'O', 'K', 'E', 'N', 'S' };

static void put(unsigned char *raw, uint64_t number, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		raw[i] = (unsigned char)(number >> 8 * i);
}

static uint64_t get(const unsigned char *raw, size_t nbytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < nbytes; i++)
		number |= (uint64_t)raw[i] << 8 * i;
	return number;
}

size_t lk_token_width(uint32_t vocabulary)
{
	return vocabulary <= UINT32_C(1) << 16 ? 2 : 4;
}

void lk_token_header_pack(
		unsigned char raw[LK_TOKEN_HEADER], const lk_token_header *h)
{
	memset(raw, 0, LK_TOKEN_HEADER);
	memcpy(raw, magic, sizeof magic);
	put(raw + AT_VERSION, VERSION, 4);
	put(raw + AT_WIDTH, h->width, 4);
	put(raw + AT_COUNT, h->count, 8);
	put(raw + AT_NBYTES, h->nbytes, 8);
	put(raw + AT_VOCABULARY, h->vocabulary, 4);
	put(raw + AT_END, h->end, 4);
	memcpy(raw + AT_TOKENIZER, h->tokenizer, DIGITS);
	memcpy(raw + AT_CHECKSUM, h->checksum, DIGITS);
	memcpy(raw + AT_TEXT, h->text, strlen(h->text));
	put(raw + AT_HASH, lk_hash64(raw, AT_HASH), 8);
}

/* 32 hexadecimal digits, or as many zero bytes where there may be none. */
static bool get_digits(char text[33], const unsigned char *raw, bool may_lack)
{
	static const unsigned char none[DIGITS];

	memcpy(text, raw, DIGITS);
	text[DIGITS] = '\0';
	return strspn(text, "0123456789abcdef") == DIGITS ||
			(may_lack && !memcmp(raw, none, DIGITS));
}

bool lk_token_header_has_magic(const unsigned char raw[LK_TOKEN_HEADER])
{
	return !memcmp(raw, magic, sizeof magic);
}

lk_status lk_token_header_unpack(lk_token_header *h,
		const unsigned char raw[LK_TOKEN_HEADER], const char *path,
		lk_error *error)
{
	uint64_t version = get(raw + AT_VERSION, 4);

	if (!lk_token_header_has_magic(raw))
		return lk_fail(error, LK_FORMAT, "%s: is no token file", path);
	if (version != VERSION)
		return lk_fail(error, LK_UNSUPPORTED,
				"%s: a token file of version %llu; this program reads "
				"version %d",
				path, (unsigned long long)version, VERSION);
	*h = (lk_token_header){ .width = (size_t)get(raw + AT_WIDTH, 4),
		.count = get(raw + AT_COUNT, 8),
		.nbytes = get(raw + AT_NBYTES, 8),
		.vocabulary = (uint32_t)get(raw + AT_VOCABULARY, 4),
		.end = (uint32_t)get(raw + AT_END, 4) };
	if (get(raw + AT_HASH, 8) != lk_hash64(raw, AT_HASH) ||
			!get_digits(h->tokenizer, raw + AT_TOKENIZER, false) ||
			!get_digits(h->checksum, raw + AT_CHECKSUM, false) ||
			!get_digits(h->text, raw + AT_TEXT, true) ||
			h->end >= h->vocabulary || !h->count ||
			h->width != lk_token_width(h->vocabulary))
		return lk_fail(error, LK_FORMAT,
				"%s: damaged: the header of this token file "
				"contradicts itself; make the file anew",
				path);
	return LK_OK;
}
