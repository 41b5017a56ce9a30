#include "train/numeric_path.h"

#include "kernels/blas.h"

#include <gnu/libc-version.h>
#include <stdio.h>

#ifdef __clang__
#define COMPILER __VERSION__ /* names itself */
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *lk_version(void)
{
	return LK_VERSION;
}

char *lk_numeric_path(char *text, size_t size, lk_isa isa)
{
	char blas[128];

	snprintf(text, size, "likely %s (%.80s, glibc %s), %s, %s", LK_VERSION, COMPILER,
			gnu_get_libc_version(), lk_blas_text(blas, sizeof blas),
			lk_isa_name(isa));
	return text;
}
