/* kernels/blas.h
 * Which OpenBLAS runs, and making it the right one.
 *
 * OpenBLAS looks up the processor in a table once, as it is loaded, before
 * main(). A processor newer than the table gets the kernels of a very old one:
 * 0.3.21, say, runs SSE3 on a Xeon of 2023, at a fifth of its speed. The
 * environment variable OPENBLAS_CORETYPE overrides the table, but is read at
 * that moment only; so the program sets it and begins again. */
#ifndef LK_KERNELS_BLAS_H
#define LK_KERNELS_BLAS_H

#include <stddef.h>

/* To be called first in main(), before any thread exists. Products run on the
 * thread that calls them from here on. Where the core type that OpenBLAS chose
 * lacks AVX2 and the processor has it, sets OPENBLAS_CORETYPE; sets GNU OpenMP's
 * GOMP_SPINCOUNT, so that threads wait briefly at barriers, then sleep; and, as
 * both are read when their libraries are loaded, executes the program anew with
 * the same arguments. Variables that the user has set are left alone. If the
 * execution fails, goes on as it is. */
void lk_blas_prepare(char **argv);

/* "OpenBLAS 0.3.21 pthread SkylakeX" into text; returns text. */
char *lk_blas_text(char *text, size_t size);

#endif
