/* train/numeric_path.h
 * Everything but corpus, configuration and seed that the bits of a result depend
 * on: program and what compiled it, the C library's mathematics, OpenBLAS and the
 * kernels it chose, the instruction set. */
#ifndef LK_TRAIN_NUMERIC_PATH_H
#define LK_TRAIN_NUMERIC_PATH_H

#include "base/cpu.h"

#include <stddef.h>

/* "likely 0.1.0 (gcc 12.2.0, glibc 2.36), OpenBLAS 0.3.21 pthread SkylakeX, v4"
 * into text; returns text. */
char *lk_numeric_path(char *text, size_t size, lk_isa isa);

/* The program's version: "0.1.0". */
const char *lk_version(void);

#endif
