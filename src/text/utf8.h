/* text/utf8.h
 * UTF-8 [RFC 3629] over bytes that may be anything: no overlong forms, no
 * surrogates, nothing above U+10FFFF. */
#ifndef LK_TEXT_UTF8_H
#define LK_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A byte b that begins no valid character is its own: LK_UTF8_INVALID + b. */
#define LK_UTF8_INVALID 0x110000u

/* The character at text (nbytes >= 1 left): its code point, or LK_UTF8_INVALID
 * plus the byte; *length becomes its bytes (1 where invalid). */
uint32_t lk_utf8_decode(const unsigned char *text, size_t nbytes, size_t *length);

/* Bytes of code_point into out (room for 4); returns how many. Accepts
 * LK_UTF8_INVALID + b, which gives back the byte b. */
size_t lk_utf8_encode(unsigned char out[4], uint32_t code_point);

/* How many bytes at the end of text are the beginning of a character that
 * more bytes could complete (0 to 3): what streaming output holds back. */
size_t lk_utf8_incomplete_tail(const unsigned char *text, size_t nbytes);

/* The greatest character boundary <= at (at <= nbytes): where text may be cut. */
size_t lk_utf8_boundary(const unsigned char *text, size_t nbytes, size_t at);

/* Number of characters, an invalid byte counting as one. */
size_t lk_utf8_count(const unsigned char *text, size_t nbytes);

#endif
