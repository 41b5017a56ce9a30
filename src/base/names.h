/* base/names.h
 * Choices by their names: tables that enumerations number. */
#ifndef LK_BASE_NAMES_H
#define LK_BASE_NAMES_H

#include <stddef.h>

/* Number of `name` in names[count]; -1 where it is none of them. */
int lk_name_find(const char *name, const char *const *names, size_t count);

/* Define, for an enumeration that LIST numbers with rows X(constant, text):
 *     const char *lk_NOUN_name(TYPE value)        "?" for a value of no row
 *     int lk_NOUN_find(const char *name)          -1 for a name of no row */
#define LK_NAMES(TYPE, NOUN, LIST)                                              \
	static const char *const NOUN##_names[] = { LIST(LK_NAMES_TEXT_) };     \
	const char *lk_##NOUN##_name(TYPE value)                                \
	{                                                                       \
		return (size_t)value < sizeof NOUN##_names / sizeof(char *)     \
				? NOUN##_names[value]                           \
				: "?";                                          \
	}                                                                       \
	int lk_##NOUN##_find(const char *name)                                  \
	{                                                                       \
		return lk_name_find(name, NOUN##_names,                         \
				sizeof NOUN##_names / sizeof(char *));          \
	}
#define LK_NAMES_TEXT_(constant, text) text,

#endif
