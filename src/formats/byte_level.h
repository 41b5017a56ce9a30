/* formats/byte_level.h
 * How files spell tokens that are any bytes: GPT-2's way [Radford et al. 2019]. */
#ifndef LK_FORMATS_BYTE_LEVEL_H
#define LK_FORMATS_BYTE_LEVEL_H

#include <stddef.h>
#include <stdint.h>

/* The stand-in for a byte, a printable character that is no space: printable
 * Latin-1 stands for itself, the other bytes for U+0100, U+0101, ... in ascending
 * order. */
uint32_t lk_byte_stand_in(unsigned byte);

/* Bytes as the text of their stand-ins, malloc'd; NULL when out of memory. */
char *lk_byte_level_text(const unsigned char *bytes, size_t nbytes);

/* And back, in place of `out`, which has room for as many bytes as text has (it may
 * be text). SIZE_MAX where a character of text is no stand-in. */
size_t lk_byte_level_bytes(unsigned char *out, const char *text);

#endif
