/* base/tensor.h
 * A named view of numbers in memory: what file formats, optimisers and
 * reports know of a model. It owns nothing. */
#ifndef LK_BASE_TENSOR_H
#define LK_BASE_TENSOR_H

#include <stddef.h>

enum { LK_TENSOR_NAME = 128, LK_TENSOR_RANK = 4 };

/* clang-format off */
/* name, bytes per element, name in safetensors */
#define LK_DTYPES(X)       \
	X(F64,  8, "F64")  \
	X(F32,  4, "F32")  \
	X(F16,  2, "F16")  \
	X(BF16, 2, "BF16") \
	X(I64,  8, "I64")  \
	X(I32,  4, "I32")  \
	X(I16,  2, "I16")  \
	X(I8,   1, "I8")   \
	X(U64,  8, "U64")  \
	X(U32,  4, "U32")  \
	X(U16,  2, "U16")  \
	X(U8,   1, "U8")   \
	X(BOOL, 1, "BOOL")
/* clang-format on */

typedef enum {
#define X(name, nbytes, text) LK_##name,
	LK_DTYPES(X)
#undef X
	LK_DTYPE_COUNT
} lk_dtype;

typedef struct {
	char name[LK_TENSOR_NAME];
	lk_dtype dtype;
	size_t rank;                  /* 0 (a scalar) to LK_TENSOR_RANK */
	size_t shape[LK_TENSOR_RANK]; /* row-major, outermost first */
	void *data;                   /* not owned; NULL where only described */
} lk_tensor;

size_t lk_dtype_nbytes(lk_dtype dtype);
const char *lk_dtype_name(lk_dtype dtype);

/* Number of elements; SIZE_MAX where the product overflows. */
size_t lk_tensor_count(const lk_tensor *tensor);

/* Number of bytes; SIZE_MAX where the product overflows. */
size_t lk_tensor_nbytes(const lk_tensor *tensor);

/* The tensor of that name, or NULL. */
const lk_tensor *lk_tensor_find(const lk_tensor *tensors, size_t count,
		const char *name);

/* "[512, 128]" into text, cut where it does not fit; returns text. */
char *lk_tensor_shape_text(const lk_tensor *tensor, char *text, size_t size);

#endif
