/* evaluate/compressors.h
 * General compressors as a baseline: the programs that are installed, at their
 * best settings, cold and primed with training text.
 *
 * Primed is C(training + text) - C(training), where as much of the training text
 * stands before the text as the compressor can look back on, and at most
 * LK_PRIME_MOST bytes of it. */
#ifndef LK_EVALUATE_COMPRESSORS_H
#define LK_EVALUATE_COMPRESSORS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LK_PRIME_MOST = 8 << 20 };

/* clang-format off */
/* program, its arguments, how far it looks back in bytes, whether that is a block
 * (which begins anew) and no sliding window */
#define LK_COMPRESSORS(X)                                                             \
	X("xz",     "-9e",         NULL,    64u << 20,  false) /* dictionary */       \
	X("zstd",   "--ultra",     "-22",   128u << 20, false) /* window log 27 */    \
	X("brotli", "--quality=11", "--lgwin=24", (16u << 20) - 16, false)            \
	X("bzip2",  "-9",          NULL,    900000,     true)
/* clang-format on */

enum {
#define X(...) +1
	LK_COMPRESSOR_COUNT = 0 LK_COMPRESSORS(X)
#undef X
};

typedef struct {
	const char *program;
	char command[64];   /* as one would type it */
	bool installed;     /* and it worked; otherwise nothing below counts */
	uint64_t reach;     /* bytes */
	uint64_t cold;      /* bytes that the text becomes */
	uint64_t primed;    /* and primed; where primed_with > 0 */
	size_t primed_with; /* bytes of training text that stood before it */
} lk_compressed;

/* Run number i of LK_COMPRESSORS on the text. training is the end of the training
 * text, of which the last part is used; NULL: none. A program that is not there or
 * fails is no error. Runs up to three processes at a time, on temporary files. */
lk_status lk_compress_with(lk_compressed *out, size_t i, const unsigned char *text,
		size_t nbytes, const unsigned char *training, size_t training_nbytes,
		lk_error *error);

#endif
