#include "base/array.h"

#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST = 16 /* elements to begin with */ };

bool lk_array_reserve(void *array, size_t *capacity, size_t wanted, size_t size)
{
	size_t grown = lk_most(wanted, *capacity + *capacity / 2 + LEAST), nbytes;
	void *data;

	if (wanted <= *capacity)
		return true;
	if (__builtin_mul_overflow(grown, size, &nbytes))
		return false;
	memcpy(&data, array, sizeof data); /* a pointer of any type */
	data = realloc(data, nbytes);
	if (!data)
		return false;
	memcpy(array, &data, sizeof data);
	*capacity = grown;
	return true;
}
