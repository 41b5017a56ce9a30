/* compress/header.h
 * The 64 bytes that stand before a compressed text, integers lowest byte first:
 *
 *      0  8   "likely" 0x1a 1      the last byte is the format's version
 *      8 16   hash of model and tokenizer
 *     24  8   fingerprint of the numeric path
 *     32  8   bytes of the text
 *     40  8   XXH3-64 of the text
 *     48  8   tokens of the text
 *     56  4   streams
 *     60  4   XXH3-64, its lowest four bytes, of bytes 0 .. 59 and of all that
 *             follows the header */
#ifndef LK_COMPRESS_HEADER_H
#define LK_COMPRESS_HEADER_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
	LK_COMPRESSED_HEADER = 64,
	LK_COMPRESSED_HASH = 16,
	LK_COMPRESSED_STREAMS_MOST = 1024,
};

typedef struct {
	unsigned char model[LK_COMPRESSED_HASH];
	uint64_t path; /* fingerprint */
	uint64_t nbytes, text_hash, tokens;
	uint32_t streams; /* 1 .. LK_COMPRESSED_STREAMS_MOST, at most tokens or 1 */
} lk_compressed_header;

/* Into file [LK_COMPRESSED_HEADER + payload_nbytes], behind the header of which the
 * payload stands already. */
void lk_compressed_header_write(unsigned char *file, size_t payload_nbytes,
		const lk_compressed_header *header);

/* From a whole file. What is no such file, of another version, cut, damaged, or
 * contradicts itself is refused with LK_FORMAT or LK_UNSUPPORTED; name begins the
 * message. */
lk_status lk_compressed_header_read(lk_compressed_header *header,
		const unsigned char *file, size_t nbytes, const char *name,
		lk_error *error);

#endif
