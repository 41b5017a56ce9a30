/* base/names.h
 * Choices by their names: tables that enumerations number. */
#ifndef LK_BASE_NAMES_H
#define LK_BASE_NAMES_H

#include <stddef.h>

/* Number of `name` in names[count]; -1 where it is none of them. */
int lk_name_find(const char *name, const char *const *names, size_t count);

#endif
