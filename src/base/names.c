#include "base/names.h"

#include <string.h>

int lk_name_find(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -1;
}
