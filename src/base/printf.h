/* base/printf.h
 * Texts made by a format. */
#ifndef LK_BASE_PRINTF_H
#define LK_BASE_PRINTF_H

#include <stdarg.h>

/* malloc'd; NULL when out of memory. */
char *lk_asprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *lk_vasprintf(const char *format, va_list arguments)
		__attribute__((format(printf, 1, 0)));

#endif
