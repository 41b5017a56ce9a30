/* formats/token_header.h
 * The first bytes of a token file (formats/token_file.h), for what reads, writes
 * and keeps them alone. */
#ifndef LK_FORMATS_TOKEN_HEADER_H
#define LK_FORMATS_TOKEN_HEADER_H

#include "formats/token_file.h"

enum { LK_TOKEN_HEADER = 160 /* bytes */ };

void lk_token_header_pack(unsigned char raw[LK_TOKEN_HEADER],
		const lk_token_header *header);

/* Fails, naming path, where these bytes are none that the above writes. */
lk_status lk_token_header_unpack(lk_token_header *header,
		const unsigned char raw[LK_TOKEN_HEADER], const char *path,
		lk_error *error);

bool lk_token_header_has_magic(const unsigned char raw[LK_TOKEN_HEADER]);

/* Open a file that this process has just written: its ids are not read again. */
lk_status lk_token_file_open_made(lk_tokens **tokens, const char *path,
		const lk_tokenizer *tokenizer, lk_error *error);

/* Bytes of an id for a vocabulary of so many. */
size_t lk_token_width(uint32_t vocabulary);

#endif
