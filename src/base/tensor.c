#include "base/tensor.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

size_t lk_dtype_nbytes(lk_dtype dtype)
{
	static const size_t nbytes[] = {
#define X(name, bytes, text) bytes,
			LK_DTYPES(X)
#undef X
	};

	return (size_t)dtype < LK_DTYPE_COUNT ? nbytes[dtype] : 0;
}

const char *lk_dtype_name(lk_dtype dtype)
{
	static const char *const names[] = {
#define X(name, bytes, text) text,
			LK_DTYPES(X)
#undef X
	};

	return (size_t)dtype < LK_DTYPE_COUNT ? names[dtype] : "?";
}

size_t lk_tensor_count(const lk_tensor *tensor)
{
	size_t count = 1;

	for (size_t i = 0; i < tensor->rank; i++)
		if (__builtin_mul_overflow(count, tensor->shape[i], &count))
			return SIZE_MAX;
	return count;
}

size_t lk_tensor_nbytes(const lk_tensor *tensor)
{
	size_t nbytes;

	if (__builtin_mul_overflow(lk_tensor_count(tensor),
			    lk_dtype_nbytes(tensor->dtype), &nbytes))
		return SIZE_MAX;
	return nbytes;
}

const lk_tensor *lk_tensor_find(const lk_tensor *tensors, size_t count,
		const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(tensors[i].name, name))
			return &tensors[i];
	return NULL;
}

char *lk_tensor_shape_text(const lk_tensor *tensor, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i <= tensor->rank && used < size; i++) {
		int n = i == tensor->rank
				? snprintf(text + used, size - used, "%s",
						  i ? "]" : "[]")
				: snprintf(text + used, size - used, "%s%zu",
						  i ? ", " : "[",
						  tensor->shape[i]);
		if (n < 0)
			break;
		used += (size_t)n;
	}
	return text;
}
